"""The descriptors of what plugins add besides models, services and commands.

Like those of :mod:`voicebridge.specs`, they are plain data that refer to code by a reference, which is imported on first use. The objects
that factories return follow the protocols of :mod:`voicebridge.extension_ports`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

from voicebridge.errors import PluginError
from voicebridge.spec_fields import Ref, check_name, check_ref, check_seconds, check_words, open_to_newer_fields

Stage = Literal["dictation", "transcript", "speech"]
"""Where a text filter runs: on dictated text, on the text of transcripts, on text before it is spoken."""
STAGES: tuple[str, ...] = get_args(Stage)


@open_to_newer_fields
@dataclass(frozen=True, kw_only=True)
class SettingsSpec:
    """The plugin's own settings: the table ``[plugins.NAME]`` of the configuration. A plugin has at most one."""

    title: ClassVar[str] = "settings"
    unknown: ClassVar[tuple[str, ...]] = ()
    """Fields that were given and that only a newer version knows."""
    settings: Ref
    """A subclass of :class:`voicebridge.options.EngineOptions`, whose fields have descriptions."""
    name: str = "settings"
    """Only for messages."""
    description: str = ""
    """One line for ``voicebridge plugins show``."""

    def __post_init__(self) -> None:
        check_name(self.name)
        check_ref("settings", self.settings)


@dataclass(frozen=True, kw_only=True)
class ExtensionSpec:
    """Common fields of the descriptors below."""

    title: ClassVar[str]
    """What it describes, in the singular."""
    unknown: ClassVar[tuple[str, ...]] = ()
    """Fields that were given and that only a newer version knows."""
    name: str
    """Unique within the plugin for its kind; the full name is ``plugin/name``."""
    factory: Ref
    """Returns the object that does the work."""
    description: str = ""
    """One line for ``voicebridge plugins show``."""

    def __post_init__(self) -> None:
        check_name(self.name)
        check_ref("factory", self.factory)


@open_to_newer_fields
@dataclass(frozen=True, kw_only=True)
class TextFilterSpec(ExtensionSpec):
    """Changes text; ``factory`` is called without arguments and returns a :class:`voicebridge.extension_ports.TextFilter`."""

    title: ClassVar[str] = "text filter"
    stages: Collection[str]
    """Where it runs, of :data:`STAGES`."""
    order: int = 0
    """Filters of a stage run in ascending order."""
    seconds: float = 10.0
    """Maximum seconds for one text; after that the unfiltered text is used."""
    automatic: bool = True
    """Whether it runs without being named in ``[filters]``."""

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "stages", frozenset(check_words("stages", self.stages)))
        if unknown := sorted(set(self.stages) - set(STAGES)):
            raise PluginError(f"{self.name}: {unknown[0]!r} is not a stage. Use one of {', '.join(STAGES)}.")
        if not self.stages:
            raise PluginError(f"{self.name}: stages is empty. Name at least one of {', '.join(STAGES)}.")
        check_seconds(self.name, self.seconds)


@open_to_newer_fields
@dataclass(frozen=True, kw_only=True)
class FormatSpec(ExtensionSpec):
    """A file format of transcripts.

    ``factory`` is called as ``factory(file, words)`` and returns a :class:`voicebridge.speech.TranscriptWriter`. ``file`` is open
    for writing; ``words`` tells whether the user requested word timestamps. The name is that of ``stt -f NAME``, and the file extension.
    """

    title: ClassVar[str] = "transcript format"
    binary: bool = False
    """Whether the file is written as bytes; otherwise, as text in UTF-8."""
    words: bool = False
    """Whether word timestamps improve the result, even if they are not shown."""
    speakers: bool = False
    """Whether it shows who speaks."""


@open_to_newer_fields
@dataclass(frozen=True, kw_only=True)
class DocumentReaderSpec(ExtensionSpec):
    """Reads a kind of document.

    ``factory`` is called without arguments and returns a :class:`voicebridge.extension_ports.DocumentReader`.
    """

    title: ClassVar[str] = "document reader"
    suffixes: Collection[str]
    """Suffixes of its files, in lower case with the dot: ``[".odt"]``."""
    starts: Collection[bytes] = ()
    """The first bytes of its files, any of which identify them regardless of their name."""
    media_types: Collection[str] = ()
    """For files that are zip archives with a part ``mimetype``: its content, which identifies them regardless of their name."""

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "suffixes", frozenset(check_words("suffixes", self.suffixes)))
        given: object = self.starts
        if isinstance(given, bytes):  # would become a collection of numbers
            raise PluginError(f"{self.name}: starts={given!r} is one value where several belong: write starts=[{given!r}].")
        object.__setattr__(self, "starts", tuple(self.starts))
        object.__setattr__(self, "media_types", frozenset(check_words("media_types", self.media_types)))
        if not all(isinstance(each, bytes) and each for each in self.starts):
            raise PluginError(f"{self.name}: starts={self.starts!r} has something else than bytes, or none.")
        if wrong := sorted(each for each in self.suffixes if not each.startswith(".") or each != each.lower()):
            raise PluginError(f"{self.name}: {wrong[0]!r} is not a suffix. Write it in lower case with the dot, like '.odt'.")


@open_to_newer_fields
@dataclass(frozen=True, kw_only=True)
class DaemonPartSpec(ExtensionSpec):
    """Something that runs in the daemon, such as a server.

    ``factory`` is called without arguments and returns a :class:`voicebridge.host.DaemonPart`.
    """

    title: ClassVar[str] = "daemon part"


@open_to_newer_fields
@dataclass(frozen=True, kw_only=True)
class ExecutorSpec(ExtensionSpec):
    """Where the recordings of a batch are transcribed.

    ``factory`` is called without arguments and returns a :class:`voicebridge.extension_ports.Executor`. The name is that of
    ``stt --executor NAME``.
    """

    title: ClassVar[str] = "executor"


@open_to_newer_fields
@dataclass(frozen=True, kw_only=True)
class DiarizerSpec(ExtensionSpec):
    """Finds out who speaks when in a recording.

    ``factory`` is called without arguments and returns a :class:`voicebridge.extension_ports.Diarizer`.
    """

    title: ClassVar[str] = "diarizer"
    sample_rate: int = 16_000
    """Of the audio that it receives, in hertz."""
    max_speakers: int | None = None
    """The maximum number of speakers that it tells apart; ``None`` if there is no limit."""
    seconds: float = 600.0
    """Maximum seconds for creating it, and without taking audio or yielding a turn; after that the recording fails."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.sample_rate > 0:
            raise PluginError(f"{self.name}: sample_rate={self.sample_rate!r} is not above 0.")
        if self.max_speakers is not None and not self.max_speakers > 0:
            raise PluginError(f"{self.name}: max_speakers={self.max_speakers!r} is not above 0.")
        check_seconds(self.name, self.seconds)


@open_to_newer_fields
@dataclass(frozen=True, kw_only=True)
class CheckSpec(ExtensionSpec):
    """A check of ``voicebridge doctor``.

    ``factory`` is called without arguments and returns a :class:`voicebridge.extension_ports.Check`.
    """

    title: ClassVar[str] = "check"
    seconds: float = 5.0
    """Maximum seconds for the check."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_seconds(self.name, self.seconds)


@open_to_newer_fields
@dataclass(frozen=True, kw_only=True)
class ListenerSpec(ExtensionSpec):
    """Is called about events; ``factory`` is called without arguments and returns a :class:`voicebridge.extension_ports.Listener`."""

    title: ClassVar[str] = "listener"
    events: Collection[str] = ()
    """The names of the events that it receives; all if empty."""

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "events", frozenset(check_words("events", self.events)))
