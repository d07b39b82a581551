"""From what a user names (a model, a voice, options) to something that speaks: the command line and the Python API begin here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

from voicebridge import paths
from voicebridge.capabilities import require, require_script, require_speakers
from voicebridge.errors import UsageError, nearest
from voicebridge.model import Model
from voicebridge.options import EngineOptions, Layer
from voicebridge.ports import TextToSpeech
from voicebridge.registry import Registry
from voicebridge.settings import TtsSettings
from voicebridge.specs import TtsSpec
from voicebridge.speech import TtsRequest
from voicebridge.text.document import Document
from voicebridge.text.pieces import Manner, Piece, pieces_of
from voicebridge.text.script import Turn, script_pieces
from voicebridge.voices.choose import find_voice
from voicebridge.voices.store import StoredVoice, VoiceStore

_LETTERS_TO_KNOW_A_SCRIPT = 200
"""Letters at the beginning of a text that decide whether a voice can read it."""


@dataclass(frozen=True)
class Reader:
    """A text-to-speech model and all that decides how it reads; nothing is loaded yet."""

    registry: Registry
    model: Model[TtsSpec]
    request: TtsRequest
    options: EngineOptions | None
    settings: TtsSettings
    sample: StoredVoice | None = None
    """The user's own sample, where that is the voice."""
    store: VoiceStore = field(default_factory=lambda: VoiceStore(paths.data_dir() / "voices"))

    def pieces(self, document: Document) -> Iterator[Piece]:
        """A document in the pieces that the model is given.

        Raises:
            NotSupportedError: with the first piece, when it is written in a script that the voice can't read.
        """
        return self._readable(pieces_of(document, self._manner(document.language)))

    def script(self, turns: Sequence[Turn], casting: Mapping[str, str]) -> Iterator[Piece]:
        """A script in the pieces that the model is given.

        Args:
            turns: who says what.
            casting: the voice of each speaker, by name; who has none gets what the model chooses.

        Raises:
            NotSupportedError: when the model has fewer voices at once than the script has speakers.
            UnknownNameError: when nobody has a voice of that name.
            UsageError: when a speaker who is cast says nothing.
        """
        speakers = list(dict.fromkeys(turn.speaker for turn in turns))
        require_speakers(self.model, len(speakers), self.registry.tts_models())
        if idle := next((name for name in casting if name not in speakers), None):
            raise UsageError(f"The script has no speaker {idle!r}.{nearest(idle, speakers)} It has {', '.join(speakers)}.")
        voices = {}
        for speaker, voice in casting.items():
            _, own, sample = find_voice(self.registry, self.store, self.model.full_name, voice)
            voices[speaker] = own, sample.sample(self.model.spec.sample_rate) if sample else None
        return self._readable(script_pieces(turns, self._manner(None), voices))

    def load(self) -> TextToSpeech:
        """Load the model.

        Raises:
            VoiceBridgeError: when it can't be loaded.
        """
        engine: TextToSpeech = self.model.load(self.options)
        return engine

    @property
    def language(self) -> str | None:
        """ISO 639-1 code of what is spoken, where that is certain before the text is read."""
        return self.request.language or _language_of(self.model.spec, self.request.voice)

    @property
    def belongs(self) -> dict[str, object]:
        """What decides over the sound of a text; the names are those that a user is told when one differs."""
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
        }

    def _readable(self, pieces: Iterator[Piece]) -> Iterator[Piece]:
        """The pieces, once their beginning was found to be in letters that the voice can read."""
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

    def _manner(self, document_language: str | None) -> Manner:
        spec = self.model.spec
        return Manner(
            language=self.language or document_language,
            passage=spec.passage,
            normalize=not spec.normalizes,
            pronunciations=self.settings.pronunciations,
            pause=self.settings.pause,
            paragraph_pause=self.settings.paragraph_pause,
        )


def find_reader(
    registry: Registry, *, model: str | None, voice: str | None, asked: Mapping[str, object], layers: Iterable[Layer] = ()
) -> Reader:
    """What reads a text as the user wants it read.

    Args:
        registry: the models, under the user's configuration.
        model: its name; without it the one that has the voice, the configured one, or a light one.
        voice: one of a model's voices or of the user's own.
        asked: fields of :class:`voicebridge.TtsRequest` over those of the configuration.
        layers: engine options over those of the configuration.

    Raises:
        VoiceBridgeError: when a name or an option is wrong, or the model can't do what is asked.
    """
    settings = registry.config.settings.tts
    store = VoiceStore(paths.data_dir() / "voices")
    found, own, sample = find_voice(registry, store, model, voice)
    options = registry.options(found, layers)
    request = replace(settings.request({**asked, "voice": own}), sample=sample.sample(found.spec.sample_rate) if sample else None)
    require(found, request.capabilities, request.language, registry.tts_models())
    return Reader(registry, found, request, options, settings, sample, store)


def _language_of(spec: TtsSpec, voice: str | None) -> str | None:
    """What a model speaks where that is certain: the voice's language, or the only one that it knows."""
    spoken = next((each.language for each in spec.voices if each.name == voice), None)
    return spoken or (next(iter(spec.languages)) if spec.languages is not None and len(spec.languages) == 1 else None)
