"""The descriptors that plugins return from their hooks: plain, frozen data.

A descriptor names its code by a :data:`Ref`, which is imported when the model or service is first used and not before. That keeps
``voicebridge --help`` fast however many engines are installed (docs/adr/0001-descriptors-not-objects.md).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from voicebridge.errors import PluginError, brief
from voicebridge.speech import Voice

Ref = str
"""``package.module:attribute``."""

SERVICE_KINDS = ("microphone", "speaker", "clipboard", "focus", "cursor", "presses", "inserter", "hotkeys", "notifier", "autostart")

_REF = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")


def load_ref(ref: Ref) -> Any:
    """Import what a reference points to.

    Raises:
        PluginError: when the module can't be imported, for whatever reason, or has no such attribute.
    """
    module_name, _, attribute = ref.partition(":")
    try:
        target: Any = import_module(module_name)
        for part in attribute.split("."):
            target = getattr(target, part)
    except Exception as error:  # an engine fails to import in many ways: a missing shared library is an OSError
        raise PluginError(f"{ref} can't be imported: {brief(error)}. Reinstall the package that it belongs to.") from error
    return target


def _check_ref(field: str, ref: Ref | None) -> None:
    if ref is not None and not (isinstance(ref, str) and _REF.fullmatch(ref)):
        raise PluginError(f"{field}={ref!r} is not a reference: write it as 'package.module:attribute'.")


def check_name(name: str) -> None:
    """Refuse what can't be part of a full name such as ``whisper/base``.

    Raises:
        PluginError: with the rule.
    """
    if not (isinstance(name, str) and _NAME.fullmatch(name)):
        raise PluginError(f"{name!r} is not a name: use lower-case letters, digits, '.', '_' and '-', and begin with a letter or digit.")


def _words(field: str, value: Collection[str]) -> tuple[str, ...]:
    if isinstance(value, str):  # a collection of its letters, which nobody means
        raise PluginError(f"{field}={value!r} is one word where several belong: write {field}=[{value!r}].")
    return tuple(value)


@dataclass(frozen=True, kw_only=True)
class ModelSpec:
    """What speech-to-text and text-to-speech models have in common."""

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
    """Other names that mean this model."""
    languages: Collection[str] | None = None
    """ISO 639-1 codes; ``None`` when any language may be tried."""
    sample_rate: int = 16_000
    """Hertz: what a speech-to-text model is fed, or what a text-to-speech model gives."""
    megabytes: int | None = None
    """What its weights take on disk, about; ``None`` when nobody knows, or it has none."""
    fast: int | None = None
    """How fast it is on a plain processor, from 1 to 5, for comparing models of one kind; 5 is the fastest."""
    accurate: int | None = None
    """How few mistakes it makes, or how good it sounds, from 1 to 5; 5 is the best."""
    open_names: str | None = None
    """Set when this spec also serves names that nobody listed (a folder, a hub id): one phrase that says which."""

    def __post_init__(self) -> None:
        check_name(self.name)
        for field in ("fast", "accurate"):
            if getattr(self, field) not in (None, 1, 2, 3, 4, 5):
                raise PluginError(f"{self.name}: {field}={getattr(self, field)!r} is not a whole number from 1 to 5.")
        _check_ref("factory", self.factory)
        _check_ref("options", self.options)
        _check_ref("weights", self.weights)
        object.__setattr__(self, "aliases", _words("aliases", self.aliases))
        for alias in self.aliases:
            check_name(alias)
        if self.languages is not None:
            object.__setattr__(self, "languages", frozenset(_words("languages", self.languages)))


@dataclass(frozen=True, kw_only=True)
class SttSpec(ModelSpec):
    """A speech-to-text model. ``factory`` gives a :class:`voicebridge.ports.SpeechToText`."""

    translate: bool = False
    """Can write an English translation."""
    words: bool = False
    """Can time single words."""
    prompt: bool = False
    """Takes a prompt for style and spelling."""
    hotwords: bool = False
    """Takes names and terms to expect."""
    diarization: bool = False
    """Tells speakers apart."""
    streaming: bool = False
    """Yields text while the audio is still arriving."""
    resume: bool = False
    """Heeds :attr:`voicebridge.SttRequest.after`, and its segments end in the order in which they come."""
    light: bool = False
    """Keeps up with speech on a plain processor; such a model is preferred when nobody names one."""
    parallel: int = 1
    """How many recordings a loaded model profits from being given at once, from as many threads."""


@dataclass(frozen=True, kw_only=True)
class TtsSpec(ModelSpec):
    """A text-to-speech model. ``factory`` gives a :class:`voicebridge.ports.TextToSpeech`."""

    voices: Collection[Voice] = ()
    """The voices that come with it."""
    cloning: bool = False
    """Speaks in the voice of a sample."""
    speed: bool = False
    """Can speak faster and slower."""
    seed: bool = False
    """Can be made repeatable."""
    streaming: bool = False
    """Yields sound before the text is finished."""
    speakers: int = 1
    """How many speakers a script may have."""
    light: bool = False
    """Speaks faster than real time on a plain processor; such a model is preferred when nobody names one."""
    normalizes: bool = False
    """Reads numbers, dates, currency, abbreviations and addresses by itself; other models are given them in words."""
    passage: int = 0
    """How many characters of text it reads best at one go: sentences are joined up to this. With 0 it is given one sentence at a time,
    so that the first is heard soonest."""

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "voices", tuple(self.voices))


@dataclass(frozen=True, kw_only=True)
class ServiceSpec:
    """Something of the desktop: a microphone, a clipboard, a source of hotkeys."""

    kind: str
    """One of :data:`SERVICE_KINDS`."""
    name: str
    """Unique within the plugin and kind."""
    factory: Ref
    """Called without arguments; returns what ``ports`` calls for this kind."""
    probe: Ref
    """Called without arguments; returns a priority (the highest wins), or raises :class:`voicebridge.errors.Unavailable`."""
    features: Collection[str] = ()
    """What really differs: ``"release"`` for a hotkey source that sees keys come up, ``"copies"`` for a clipboard that tells of copies."""
    description: str = ""

    def __post_init__(self) -> None:
        check_name(self.name)
        if self.kind not in SERVICE_KINDS:
            raise PluginError(f"kind={self.kind!r} is no kind of service: use one of {', '.join(SERVICE_KINDS)}.")
        _check_ref("factory", self.factory)
        _check_ref("probe", self.probe)
        object.__setattr__(self, "features", frozenset(_words("features", self.features)))


@dataclass(frozen=True, kw_only=True)
class CommandSpec:
    """A verb that a plugin adds: ``voicebridge NAME …``."""

    name: str
    command: Ref
    """A :class:`typer.Typer`, or a function that Typer can make a command of."""
    help: str
    """One line for ``voicebridge --help``, shown without importing the command."""

    def __post_init__(self) -> None:
        check_name(self.name)
        _check_ref("command", self.command)


Spec = SttSpec | TtsSpec | ServiceSpec | CommandSpec
