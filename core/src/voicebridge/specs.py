"""The descriptors that plugins yield from their hooks: plain, frozen data.

A descriptor refers to code by a :data:`Ref`, which is imported when the model or service is first used. That keeps ``voicebridge --help``
fast regardless of the number of engines (docs/adr/0001-descriptors-not-objects.md).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

from voicebridge.errors import PluginError
from voicebridge.spec_fields import Ref, check_count, check_name, check_ref, check_words, open_to_newer_fields
from voicebridge.speech import Voice

SERVICE_KINDS = ("microphone", "speaker", "clipboard", "focus", "cursor", "presses", "inserter", "hotkeys", "notifier", "autostart")
SampleType = Literal["float32", "int16"]
SAMPLE_TYPES: tuple[str, ...] = get_args(SampleType)


@dataclass(frozen=True, kw_only=True)
class ModelSpec:
    """Common fields of speech-to-text and text-to-speech models."""

    title: ClassVar[str]
    """What it describes, in the singular."""
    unknown: ClassVar[tuple[str, ...]] = ()
    """Fields that were given and that only a newer version knows."""
    name: str
    """Unique within the plugin; the full name is ``plugin/name``."""
    factory: Ref
    """Called as ``factory(name, options)``; returns the loaded model."""
    options: Ref | None = None
    """A subclass of :class:`voicebridge.options.EngineOptions`."""
    weights: Ref | None = None
    """Called without arguments; returns a :class:`voicebridge.ports.WeightsStore`."""
    description: str = ""
    """One line for ``voicebridge models``."""
    aliases: Collection[str] = ()
    """Other names for this model."""
    languages: Collection[str] | None = None
    """ISO 639-1 codes; ``None`` if any language is accepted."""
    sample_rate: int = 16_000
    """In hertz: the input rate of a speech-to-text model, or the output rate of a text-to-speech model."""
    megabytes: int | None = None
    """Approximate size of its weights on disk; ``None`` if unknown, or if it has none."""
    fast: int | None = None
    """Speed on an ordinary CPU, from 1 to 5 (fastest), for comparing models of one kind."""
    accurate: int | None = None
    """Accuracy or sound quality, from 1 to 5 (best)."""
    automatic: bool = True
    """Whether it may become the default; ``False`` if it is only for users who name it."""
    open_names: str | None = None
    """Set if the spec also accepts names that are not listed (a folder, a hub id): a phrase that describes them."""
    repeatable: bool = True
    """Whether the same input and request give the same output again; ``False`` if the engine samples without a seed."""

    def __post_init__(self) -> None:
        check_name(self.name)
        for field in ("fast", "accurate"):
            if getattr(self, field) not in (None, 1, 2, 3, 4, 5):
                raise PluginError(f"{self.name}: {field}={getattr(self, field)!r} is not a whole number from 1 to 5.")
        check_ref("factory", self.factory)
        check_ref("options", self.options)
        check_ref("weights", self.weights)
        object.__setattr__(self, "aliases", check_words("aliases", self.aliases))
        for alias in self.aliases:
            check_name(alias)
        if self.languages is not None:
            object.__setattr__(self, "languages", frozenset(check_words("languages", self.languages)))


@open_to_newer_fields
@dataclass(frozen=True, kw_only=True)
class SttSpec(ModelSpec):
    """A speech-to-text model. ``factory`` returns a :class:`voicebridge.ports.SpeechToText`."""

    title: ClassVar[str] = "speech-to-text model"
    translate: bool = False
    """Supports translation into English."""
    words: bool = False
    """Supports word timestamps."""
    prompt: bool = False
    """Accepts a prompt for style and spelling."""
    hotwords: bool = False
    """Accepts names and terms to expect."""
    diarization: bool = False
    """Labels speakers."""
    streaming: bool = False
    """Yields text while the audio is still arriving."""
    partials: bool = False
    """Yields drafts on request: segments with ``final=False``, each of which the next segment replaces."""
    resume: bool = False
    """Supports :attr:`voicebridge.SttRequest.after`, and yields segments in the order of their ends."""
    light: bool = False
    """Faster than real time on an ordinary CPU; such models are preferred as the default."""
    parallel: int = 1
    """How many recordings a loaded model benefits from processing at once, each in its own thread."""
    frame: int = 0
    """The number of samples in every chunk that the engine receives; only the last chunk may be shorter. With 0, chunks have any size."""
    sample_type: SampleType = "float32"
    """The type of the samples that the engine receives: ``float32`` in [-1, 1], or ``int16``."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_count(self.name, "frame", self.frame)
        if self.sample_type not in SAMPLE_TYPES:
            raise PluginError(f"{self.name}: sample_type={self.sample_type!r} is not known. Use one of {', '.join(SAMPLE_TYPES)}.")

    @property
    def is_resumable(self) -> bool:
        """Whether an interrupted recording can be resumed in the middle: what precedes must come out the same again."""
        return self.resume and self.repeatable

    @property
    def is_live(self) -> bool:
        """Whether it transcribes a microphone continuously, instead of each utterance at the pause after it."""
        return self.streaming and self.partials


@open_to_newer_fields
@dataclass(frozen=True, kw_only=True)
class TtsSpec(ModelSpec):
    """A text-to-speech model. ``factory`` returns a :class:`voicebridge.ports.TextToSpeech`."""

    title: ClassVar[str] = "text-to-speech model"
    voices: Collection[Voice] = ()
    """The included voices."""
    cloning: bool = False
    """Can clone the voice of a sample."""
    speed: bool = False
    """Supports different speaking rates."""
    seed: bool = False
    """Can produce reproducible output."""
    streaming: bool = False
    """Yields audio before the text is complete."""
    speakers: int = 1
    """The maximum number of speakers in a script."""
    light: bool = False
    """Faster than real time on an ordinary CPU; such models are preferred as the default."""
    normalizes: bool = False
    """Reads numbers, dates, currency, abbreviations and addresses itself; for other models, they are expanded into words."""
    passage: int = 0
    """The number of characters that it reads best in one step: sentences are joined up to this length. With 0, it receives single
    sentences, for the lowest latency.
    """
    longest_text: int = 0
    """The maximum number of characters that it receives in one passage; longer ones are split. With 0, there is no limit."""
    speed_range: tuple[float, float] | None = None
    """The lowest and the highest supported speed; ``None`` if any is."""
    default_voice: str = ""
    """The voice that is requested if the user names none, unless the text is in another language than the voice."""
    open_voices: str | None = None
    """Set if the model also accepts names of voices that are not listed, such as a blend of several: a phrase that describes them."""

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "voices", tuple(self.voices))
        check_count(self.name, "longest_text", self.longest_text)
        if 0 < self.longest_text < self.passage:
            raise PluginError(f"{self.name}: passage={self.passage} is above longest_text={self.longest_text}. Lower it.")
        self._check_speeds()
        names = [voice.name for voice in self.voices]
        if self.default_voice and self.default_voice not in names:
            raise PluginError(f"{self.name}: default_voice={self.default_voice!r} is not one of its voices ({', '.join(names) or 'none'}).")

    def _check_speeds(self) -> None:
        if self.speed_range is None:
            return
        object.__setattr__(self, "speed_range", tuple(self.speed_range))
        if not self.speed:
            raise PluginError(f"{self.name}: speed_range needs speed=True.")
        if len(self.speed_range) != 2 or not 0 < self.speed_range[0] <= 1 <= self.speed_range[1]:
            raise PluginError(f"{self.name}: speed_range={self.speed_range!r} is not a lowest speed up to 1 and a highest from 1.")


@open_to_newer_fields
@dataclass(frozen=True, kw_only=True)
class ServiceSpec:
    """A desktop service: a microphone, a clipboard, a source of hotkeys."""

    title: ClassVar[str] = "service"
    unknown: ClassVar[tuple[str, ...]] = ()
    """Fields that were given and that only a newer version knows."""
    kind: str
    """One of :data:`SERVICE_KINDS`."""
    name: str
    """Unique within the plugin and kind."""
    factory: Ref
    """Called without arguments, or with the service's ``options``; returns an object with the protocol in ``ports`` for this kind."""
    probe: Ref
    """Called without arguments; returns a priority (the highest is used), or raises :class:`voicebridge.errors.UnavailableError`."""
    features: Collection[str] = ()
    """Optional capabilities: ``"release"`` for hotkeys that report releases, ``"copies"`` for a clipboard that detects copies."""
    description: str = ""
    options: Ref | None = None
    """A subclass of :class:`voicebridge.options.EngineOptions`; then the factory is called as ``factory(options)``."""

    def __post_init__(self) -> None:
        check_name(self.name)
        if self.kind not in SERVICE_KINDS:
            raise PluginError(f"kind={self.kind!r} is not a kind of service. Use one of {', '.join(SERVICE_KINDS)}.")
        check_ref("factory", self.factory)
        check_ref("probe", self.probe)
        check_ref("options", self.options)
        object.__setattr__(self, "features", frozenset(check_words("features", self.features)))


@open_to_newer_fields
@dataclass(frozen=True, kw_only=True)
class CommandSpec:
    """A command that a plugin adds: ``voicebridge NAME …``."""

    title: ClassVar[str] = "command"
    unknown: ClassVar[tuple[str, ...]] = ()
    """Fields that were given and that only a newer version knows."""
    name: str
    command: Ref
    """A :class:`typer.Typer`, or a function that Typer can turn into a command."""
    help: str
    """One line for ``voicebridge --help``, shown without importing the command."""

    def __post_init__(self) -> None:
        check_name(self.name)
        check_ref("command", self.command)
