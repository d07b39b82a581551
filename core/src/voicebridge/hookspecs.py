"""The plugin API: hooks that return descriptors.

A plugin is a module referenced by an entry point in the group ``voicebridge``; the name of the entry point is the plugin's name. The module
imports only the standard library and :mod:`voicebridge`, and implements any of the hooks below. ``VOICEBRIDGE_API = 1`` declares the
version of the plugin API that it was written for.
"""

from __future__ import annotations

from collections.abc import Iterable

import pluggy

from voicebridge.extensions import (
    CheckSpec,
    DaemonPartSpec,
    DiarizerSpec,
    DocumentReaderSpec,
    ExecutorSpec,
    FormatSpec,
    ListenerSpec,
    SettingsSpec,
    TextFilterSpec,
)
from voicebridge.specs import CommandSpec, ServiceSpec, SttSpec, TtsSpec

PROJECT = "voicebridge"
"""The entry-point group, and the prefix of every hook."""

API_VERSION = 1
"""The version of the plugin API. New hooks, new arguments and new fields with defaults don't change it; all other changes do."""

Spec = (
    SttSpec | TtsSpec | ServiceSpec | CommandSpec
    | SettingsSpec | TextFilterSpec | FormatSpec | DocumentReaderSpec | DaemonPartSpec | DiarizerSpec | CheckSpec | ListenerSpec
    | ExecutorSpec
)  # fmt: skip
"""Any descriptor."""

hookspec: pluggy.HookspecMarker = pluggy.HookspecMarker(PROJECT)
hookimpl: pluggy.HookimplMarker = pluggy.HookimplMarker(PROJECT)
"""Decorator that marks a plugin's function as the implementation of a hook."""


@hookspec
def voicebridge_stt_models() -> Iterable[SttSpec]:  # type: ignore[empty-body]
    """Yield the speech-to-text models that the plugin offers.

    Called when a command needs to know the models. A model is loaded on first use, in a worker process or in the process of the command or
    daemon. An error of it ends the recording that it was transcribing, with one line.

    Example::

        @hookimpl
        def voicebridge_stt_models():
            yield SttSpec(name="tiny", factory="acme_asr.engine:Engine", languages={"en"})
    """


@hookspec
def voicebridge_tts_models() -> Iterable[TtsSpec]:  # type: ignore[empty-body]
    """Yield the text-to-speech models that the plugin offers.

    Called when a command needs to know the models. A model is loaded on first use, in a worker process or in the process of the command or
    daemon. An error of it ends the reading, with one line.

    Example::

        @hookimpl
        def voicebridge_tts_models():
            yield TtsSpec(name="clara", factory="acme_tts.engine:Engine", sample_rate=22_050, voices=[Voice("clara", "en")])
    """


@hookspec
def voicebridge_services() -> Iterable[ServiceSpec]:  # type: ignore[empty-body]
    """Yield the desktop services that the plugin offers.

    Called when a service is needed. Each probe of the kind is asked; a service whose probe or factory raises is left out, and ``voicebridge
    doctor`` shows why.

    Example::

        @hookimpl
        def voicebridge_services():
            yield ServiceSpec(kind="clipboard", name="wl", factory="acme_os.wl:Clipboard", probe="acme_os.wl:probe")
    """


@hookspec
def voicebridge_commands() -> Iterable[CommandSpec]:  # type: ignore[empty-body]
    """Yield the commands that the plugin adds to the command line.

    Called to complete and show the commands; a command is imported when it is run. A command whose name is taken is left out. An exception
    that is not a ``VoiceBridgeError`` ends only that run.

    Example::

        @hookimpl
        def voicebridge_commands():
            yield CommandSpec(name="minutes", command="acme_minutes.cli:app", help="Write the minutes of a meeting.")
    """


@hookspec
def voicebridge_settings() -> Iterable[SettingsSpec]:  # type: ignore[empty-body]
    """Yield the plugin's own settings, the table ``[plugins.NAME]`` of the configuration; at most one.

    The class is imported when a value is read, completed or checked. If it can't be, only what reads the settings fails.

    Example::

        @hookimpl
        def voicebridge_settings():
            yield SettingsSpec(settings="acme_asr.settings:Settings")
    """


@hookspec
def voicebridge_text_filters() -> Iterable[TextFilterSpec]:  # type: ignore[empty-body]
    """Yield filters that change text between recognition and its destination, or before it is spoken.

    Created once per process on first use, and called for each text. After an exception or a time-out, the unfiltered text is used, and the
    filter isn't called again for that recording or document.

    Example::

        @hookimpl
        def voicebridge_text_filters():
            yield TextFilterSpec(name="names", factory="acme_names.filter:Names", stages=["dictation", "transcript"])
    """


@hookspec
def voicebridge_transcript_formats() -> Iterable[FormatSpec]:  # type: ignore[empty-body]
    """Yield file formats of transcripts.

    Called when a format is named that isn't built in. A writer that fails costs its own file: other formats are written, and the transcript
    is kept for ``--resume``.

    Example::

        @hookimpl
        def voicebridge_transcript_formats():
            yield FormatSpec(name="sbv", factory="acme_sbv:Writer", description="Subtitles for YouTube.")
    """


@hookspec
def voicebridge_document_readers() -> Iterable[DocumentReaderSpec]:  # type: ignore[empty-body]
    """Yield kinds of documents that can be read aloud.

    Called for a document that VoiceBridge can't read itself. An error ends the reading of that document, with one line.

    Example::

        @hookimpl
        def voicebridge_document_readers():
            yield DocumentReaderSpec(name="odt", factory="acme_odt:Reader", suffixes=[".odt"])
    """


@hookspec
def voicebridge_daemon_parts() -> Iterable[DaemonPartSpec]:  # type: ignore[empty-body]
    """Yield what runs in the daemon, such as servers.

    Called when the daemon starts, and when it is reloaded. A part that fails or hangs is shown as broken; it costs no other part.

    Example::

        @hookimpl
        def voicebridge_daemon_parts():
            yield DaemonPartSpec(name="web", factory="acme_web.server:Server", description="A page on this machine.")
    """


@hookspec
def voicebridge_diarizers() -> Iterable[DiarizerSpec]:  # type: ignore[empty-body]
    """Yield models that find out who speaks when.

    Called when speakers are to be labelled (``--diarize``). A failure ends only the recording that was diarized, with one line.

    Example::

        @hookimpl
        def voicebridge_diarizers():
            yield DiarizerSpec(name="turns", factory="acme_turns.diarizer:Diarizer", max_speakers=4)
    """


@hookspec
def voicebridge_checks() -> Iterable[CheckSpec]:  # type: ignore[empty-body]
    """Yield checks of ``voicebridge doctor``.

    Called by ``voicebridge doctor``. A check that raises, or takes too long, is one warning.

    Example::

        @hookimpl
        def voicebridge_checks():
            yield CheckSpec(name="licence", factory="acme_asr.checks:Licence")
    """


@hookspec
def voicebridge_events() -> Iterable[ListenerSpec]:  # type: ignore[empty-body]
    """Yield listeners that are told what has happened.

    Created when the first event comes, in each process that has one. A failure costs one event, a time-out all further ones of the process.

    Example::

        @hookimpl
        def voicebridge_events():
            yield ListenerSpec(name="mail", factory="acme_mail:Mail", events=["transcript.written"])
    """


@hookspec
def voicebridge_executors() -> Iterable[ExecutorSpec]:  # type: ignore[empty-body]
    """Yield where the recordings of a batch can be transcribed: in other processes, or on other machines.

    Called when an executor is named. A recording that fails is reported, and the others go on; a lost job ends the batch with an error.

    Example::

        @hookimpl
        def voicebridge_executors():
            yield ExecutorSpec(name="grid", factory="acme_grid:Grid", description="Workers of the grid engine.")
    """


HOOKS: dict[str, type[Spec]] = {
    "voicebridge_stt_models": SttSpec,
    "voicebridge_tts_models": TtsSpec,
    "voicebridge_services": ServiceSpec,
    "voicebridge_commands": CommandSpec,
    "voicebridge_settings": SettingsSpec,
    "voicebridge_text_filters": TextFilterSpec,
    "voicebridge_transcript_formats": FormatSpec,
    "voicebridge_document_readers": DocumentReaderSpec,
    "voicebridge_daemon_parts": DaemonPartSpec,
    "voicebridge_diarizers": DiarizerSpec,
    "voicebridge_checks": CheckSpec,
    "voicebridge_events": ListenerSpec,
    "voicebridge_executors": ExecutorSpec,
}
"""Every hook, and the descriptor that it yields."""
