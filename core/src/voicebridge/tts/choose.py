"""Resolve a model, a voice and options; used by the command line and the Python API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from voicebridge import paths
from voicebridge.blocks import Document
from voicebridge.documents.added import AddedReaders
from voicebridge.engines.inputs import check_speed
from voicebridge.errors import InputError, NotSupportedError, UnknownNameError, UsageError, nearest
from voicebridge.filters.filtering import FilterProblems, TextFilters
from voicebridge.options import EngineOptions, Layer
from voicebridge.runtime.capabilities import require, require_script, require_speakers
from voicebridge.runtime.filters import text_filters
from voicebridge.runtime.model import Model
from voicebridge.runtime.readers import document_readers
from voicebridge.runtime.registry import Registry
from voicebridge.runtime.settings import TtsSettings
from voicebridge.specs import TtsSpec
from voicebridge.speech import TtsRequest
from voicebridge.tts.text.pieces import Manner, Piece, pieces_of
from voicebridge.tts.voices.store import StoredVoice, VoiceStore, check_voice_name

if TYPE_CHECKING:
    from voicebridge.tts.text.script import Turn

_LETTERS_TO_KNOW_A_SCRIPT = 200
"""Characters at the start of a text that decide whether a voice can read it."""


@dataclass(frozen=True)
class SpeechSetup:
    """A text-to-speech model with all its parameters; nothing is loaded yet."""

    registry: Registry
    model: Model[TtsSpec]
    request: TtsRequest
    options: EngineOptions | None
    settings: TtsSettings
    sample: StoredVoice | None = None
    """The user's own sample, if it is the voice."""
    store: VoiceStore = field(default_factory=lambda: VoiceStore(paths.data_dir() / "voices"))
    filters: TextFilters = field(default=TextFilters("speech"))
    """The filters of the text."""

    def pieces(self, document: Document, name: str = "This text", *, source: Path | None = None) -> Iterator[Piece]:
        """A document's passages for the model, at least one.

        Args:
            document: the document.
            name: its name at the start of a message.
            source: its file, if any, for filters.

        Raises:
            InputError: if it contains nothing to speak.
            NotSupportedError: if it is in a script that the voice can't read.
        """
        return _some(self._readable(pieces_of(document, self._manner(document.language, source))), name)

    def script(self, turns: Sequence[Turn], casting: Mapping[str, str], *, source: Path | None = None) -> Iterator[Piece]:
        """A script's passages for the model, at least one.

        Args:
            turns: the turns of the script.
            casting: the voice of each speaker, by name; others get the model's default.
            source: its file, if any, for filters.

        Raises:
            InputError: if it contains nothing to speak.
            NotSupportedError: if the model supports fewer speakers than the script has.
            UnknownNameError: if there is no voice of that name.
            UsageError: if a speaker with a voice has no line.
        """
        from voicebridge.tts.text.script import script_pieces  # imported on demand: most texts are not scripts

        speakers = list(dict.fromkeys(turn.speaker for turn in turns))
        require_speakers(self.model, len(speakers), self.registry.tts_models())
        if idle := next((name for name in casting if name not in speakers), None):
            raise UsageError(f"The script has no speaker {idle!r}.{nearest(idle, speakers)} It has {', '.join(speakers)}.")
        voices = {}
        for speaker, voice in casting.items():
            _, own, sample = find_voice(self.registry, self.store, self.model.full_name, voice)
            voices[speaker] = own, sample.sample(self.model.spec.sample_rate) if sample else None
        return _some(self._readable(script_pieces(turns, self._manner(None, source), voices)), "This text")

    @property
    def readers(self) -> AddedReaders:
        """The document readers of plugins."""
        return document_readers(lambda: self.registry)

    @property
    def language(self) -> str | None:
        """ISO 639-1 code of the spoken language, if it is certain before the text is read."""
        return self.request.language or _language_of(self.model.spec, self.request.voice)

    @property
    def fingerprint(self) -> dict[str, object]:
        """Everything that determines the audio of a text; users see the names when a value differs."""
        request = asdict(replace(self.request, sample=None))
        del request["sample"]
        options = self.options.model_dump(mode="json") if self.options else {}
        return {
            "model": self.model.full_name,
            **request,
            "voice sample": self.sample.sha256 if self.sample else None,
            "pause": self.settings.pause,
            "paragraph pause": self.settings.paragraph_pause,
            **{f"-O {name}": value for name, value in options.items()},
            **({"filters": self.filters.names} if self.filters.names else {}),
        }

    def _readable(self, pieces: Iterator[Piece]) -> Iterator[Piece]:
        """The passages, after checking that the voice can read the script of their start."""
        languages = frozenset({self.language}) if self.language else self.model.spec.languages
        beginning: list[Piece] = []
        letters = 0
        while letters < _LETTERS_TO_KNOW_A_SCRIPT and (piece := next(pieces, None)) is not None:
            beginning.append(piece)
            letters += len(piece.written)
        if languages is not None:
            require_script(self.model, " ".join(piece.written for piece in beginning), frozenset(languages), self.registry.tts_models())
        yield from beginning
        yield from pieces

    def _manner(self, document_language: str | None, source: Path | None) -> Manner:
        spec = self.model.spec
        filtering = self.filters.begin(FilterProblems(), source=source)

        def change(text: str, language: str | None) -> str:
            filtered = filtering.text(text, language)
            filtering.follow(filtered)
            return filtered

        return Manner(
            language=self.language or document_language,
            passage=spec.passage,
            normalize=not spec.normalizes,
            pronunciations=self.settings.pronunciations,
            pause=self.settings.pause,
            paragraph_pause=self.settings.paragraph_pause,
            change=change if self.filters.filters else None,
        )


def choose(
    registry: Registry,
    *,
    model: str | None,
    voice: str | None,
    asked: Mapping[str, object],
    layers: Iterable[Layer] = (),
    filters: bool = True,
) -> SpeechSetup:
    """Resolve the parameters of a request.

    Args:
        registry: the models of the user's configuration.
        model: its name; by default, the one with the voice, the configured one, or a lightweight one.
        voice: a voice of a model, or one of the user's own.
        asked: fields of :class:`voicebridge.TtsRequest` that override the configuration.
        layers: engine options that override the configuration.
        filters: whether filters of text run.

    Raises:
        VoiceBridgeError: if a name or an option is invalid, or the model doesn't support the request.
    """
    settings = registry.config.settings.tts
    store = VoiceStore(paths.data_dir() / "voices")
    language = asked.get("language")
    found, own, sample = find_voice(registry, store, model, voice, str(language) if language else None)
    options = registry.options(found, layers)
    request = replace(settings.request({**asked, "voice": own}), sample=sample.sample(found.spec.sample_rate) if sample else None)
    require(found, request.capabilities, request.language, registry.tts_models())
    check_speed(found.full_name, found.spec, request.speed)
    chosen = text_filters(registry, "speech") if filters else TextFilters("speech")
    return SpeechSetup(registry, found, request, options, settings, sample, store, chosen)


def _some(pieces: Iterator[Piece], name: str) -> Iterator[Piece]:
    first = next(pieces, None)
    if first is None:
        raise InputError(f"{name} contains nothing to speak. It needs letters or digits.")
    return chain([first], pieces)


def _language_of(spec: TtsSpec, voice: str | None) -> str | None:
    """The language of the output if it is certain: the voice's, or the only one that the model supports."""
    spoken = next((each.language for each in spec.voices if each.name == voice), None)
    return spoken or (next(iter(spec.languages)) if spec.languages is not None and len(spec.languages) == 1 else None)


def find_voice(
    registry: Registry, store: VoiceStore, model: str | None = None, voice: str | None = None, language: str | None = None
) -> tuple[Model[TtsSpec], str | None, StoredVoice | None]:
    """The model, with the name of one of its voices, or a user's sample, or neither.

    A user's sample needs a model that can clone: the named one, else one with local weights. A model's voice determines the model. A voice
    that is not listed needs a model that accepts such voices: the named or the configured one. Missing values come from the configuration;
    a configured voice that a named model lacks is ignored.

    Args:
        registry: the models.
        store: the user's samples.
        model: the requested model.
        voice: the requested voice.
        language: ISO 639-1 code of the text, if requested; matters for the default model.

    Raises:
        UnknownNameError: if there is no such voice or model, with the closest name.
        NotSupportedError: if the voice is a sample and the model can't clone.
    """
    named = registry.tts(model) if model is not None else None
    if voice is None:
        voice = _configured(registry, store, named)
    if voice is None:
        return named or registry.tts(language=language), None, None
    if named is not None and _has(named, voice):
        return named, voice, None
    if voice in store.names():
        return _cloner(registry, named, voice), None, store.get(voice)
    owner = owner_of(registry, voice)
    if named is None and owner is not None:
        return registry.tts(voice=voice), voice, None
    if owner is None and (open_to_it := _open(registry, named)):
        return open_to_it, voice, None
    raise _unknown(registry, store, named, voice)


def owner_of(registry: Registry, voice: str) -> Model[TtsSpec] | None:
    """The model that a voice belongs to; ``None`` if no model has a voice of that name."""
    return next((model for model in registry.tts_models() if _has(model, voice)), None)


def check_free(registry: Registry, store: VoiceStore, name: str) -> None:
    """Reject an invalid or used name for a new voice.

    Raises:
        UsageError: with the rule, or the existing voice.
    """
    check_voice_name(name)
    if owner := owner_of(registry, name):
        raise UsageError(f"{name!r} is already a voice of {owner.full_name}. Choose another name.")
    store.check_free(name)


def _has(model: Model[TtsSpec], voice: str) -> bool:
    return any(each.name == voice for each in model.spec.voices)


def _open(registry: Registry, named: Model[TtsSpec] | None) -> Model[TtsSpec] | None:
    """The named model, else the configured one, if it accepts voices that are not listed."""
    model = named or (registry.tts() if registry.config.settings.tts.model else None)
    return model if model is not None and model.spec.open_voices else None


def _configured(registry: Registry, store: VoiceStore, named: Model[TtsSpec] | None) -> str | None:
    voice = registry.config.settings.tts.voice
    if voice is None or named is None or _has(named, voice) or (named.spec.cloning and voice in store.names()):
        return voice
    return None


def _cloner(registry: Registry, named: Model[TtsSpec] | None, voice: str) -> Model[TtsSpec]:
    if named is not None and named.spec.cloning:
        return named
    able = [model for model in registry.tts_models() if model.spec.cloning]
    configured = registry.config.settings.tts.model
    preferred = [registry.tts(configured)] if configured else []
    best = next((model for model in [*preferred, *able] if model.spec.cloning and model.is_local()), next(iter(able), None))
    if named is None and best is not None:
        return best
    who = named.full_name if named else "No active model"
    verb = "can't" if named else "can"
    if best:
        advice = f"Use one that can: -m {best.full_name}"
    else:
        from voicebridge.installing import remedy

        advice = f"Install one that can: {remedy('voicebridge-vibevoice')}"
    raise NotSupportedError(f"{who} {verb} speak in the voice of a sample such as {voice!r}. {advice}")


def _unknown(registry: Registry, store: VoiceStore, named: Model[TtsSpec] | None, voice: str) -> UnknownNameError:
    listing = "List them with: voicebridge voices"
    if named is None:
        known = [*store.names(), *(each.name for model in registry.tts_models() for each in model.spec.voices)]
        return UnknownNameError(f"No voice is named {voice!r}.{nearest(voice, known)} {listing}")
    if owner := owner_of(registry, voice):
        return UnknownNameError(f"{named.full_name} has no voice named {voice!r}; {owner.full_name} does: -m {owner.full_name}")
    known = [*(each.name for each in named.spec.voices), *store.names()]
    return UnknownNameError(f"{named.full_name} has no voice named {voice!r}.{nearest(voice, known)} {listing}")
