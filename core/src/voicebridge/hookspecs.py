"""The plugin contract: four hooks that return descriptors.

A plugin is a module behind an entry point in the group ``voicebridge``; the entry point's name is the plugin's name. The module
imports the standard library and :mod:`voicebridge` only, and implements any of the hooks below. It may state the contract version it
was written for as ``VOICEBRIDGE_API = 1``.
"""

from __future__ import annotations

from collections.abc import Iterable

import pluggy

from voicebridge.specs import CommandSpec, ServiceSpec, SttSpec, TtsSpec

PROJECT = "voicebridge"
"""The entry-point group, and the prefix of every hook."""

API_VERSION = 1
"""The contract's version. New hooks, new arguments and new defaulted fields don't change it; anything else does."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def voicebridge_stt_models() -> Iterable[SttSpec]:  # type: ignore[empty-body]
    """Yield the speech-to-text models that the plugin offers.

    Example::

        @hookimpl
        def voicebridge_stt_models():
            yield SttSpec(name="tiny", factory="acme_asr.engine:Engine", languages={"en"})
    """


@hookspec
def voicebridge_tts_models() -> Iterable[TtsSpec]:  # type: ignore[empty-body]
    """Yield the text-to-speech models that the plugin offers.

    Example::

        @hookimpl
        def voicebridge_tts_models():
            yield TtsSpec(name="clara", factory="acme_tts.engine:Engine", sample_rate=22_050, voices=[Voice("clara", "en")])
    """


@hookspec
def voicebridge_services() -> Iterable[ServiceSpec]:  # type: ignore[empty-body]
    """Yield the desktop services that the plugin offers.

    Example::

        @hookimpl
        def voicebridge_services():
            yield ServiceSpec(kind="clipboard", name="wl", factory="acme_os.wl:Clipboard", probe="acme_os.wl:probe")
    """


@hookspec
def voicebridge_commands() -> Iterable[CommandSpec]:  # type: ignore[empty-body]
    """Yield the verbs that the plugin adds to the command line.

    Example::

        @hookimpl
        def voicebridge_commands():
            yield CommandSpec(name="minutes", command="acme_minutes.cli:app", help="Write the minutes of a meeting.")
    """


HOOKS: dict[str, type[SttSpec] | type[TtsSpec] | type[ServiceSpec] | type[CommandSpec]] = {
    "voicebridge_stt_models": SttSpec,
    "voicebridge_tts_models": TtsSpec,
    "voicebridge_services": ServiceSpec,
    "voicebridge_commands": CommandSpec,
}
"""Every hook and what it yields."""
