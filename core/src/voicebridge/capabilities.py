"""What models can do, read from their descriptors: a model that can't do what is asked is refused before it is loaded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from voicebridge import languages
from voicebridge.errors import NotSupportedError, UnknownNameError, nearest
from voicebridge.model import Model
from voicebridge.specs import ModelSpec, SttSpec, TtsSpec
from voicebridge.text.scripts import languages_in, script_name, unreadable

_Spec = TypeVar("_Spec", bound=ModelSpec)

CAPABILITIES = {
    "translate": "translate",
    "words": "time words",
    "prompt": "take a prompt",
    "hotwords": "take hotwords",
    "diarization": "tell speakers apart",
    "streaming": "give text while the audio is still arriving",
    "resume": "go on in the middle of a recording",
    "light": "keep up with speech on a plain processor",
}
"""What a speech-to-text model may be able to do: the fields of :class:`SttSpec`, each as the tail of "it can …"."""

TTS_CAPABILITIES = {
    "cloning": "speak in the voice of a sample",
    "speed": "speak faster or slower",
    "seed": "be made repeatable",
    "streaming": "give sound before the text is finished",
    "light": "speak at once on a plain processor",
    "normalizes": "read numbers and abbreviations by itself",
}
"""What a text-to-speech model may be able to do: the fields of :class:`TtsSpec`, each as the tail of "it can …"."""


def require(model: Model[_Spec], wanted: Iterable[str], language: str | None, others: Sequence[Model[_Spec]]) -> None:
    """Refuse, before it is loaded, a model that can't do what is asked.

    Args:
        model: the chosen model.
        wanted: names of its spec's capabilities, such as ``translate``.
        language: ISO 639-1 code of what is spoken, where it is known.
        others: the models to recommend from.

    Raises:
        NotSupportedError: naming a model that can, where there is one.
        UnknownNameError: when no model knows the language.
    """
    wanted = list(wanted)
    phrases = CAPABILITIES if isinstance(model.spec, SttSpec) else TTS_CAPABILITIES
    for capability in wanted:
        if not getattr(model.spec, capability):
            raise NotSupportedError(f"{model.full_name} can't {phrases[capability]}.{_recommend(others, wanted, language)}")
    known = {code for other in (model, *others) for code in other.spec.languages or ()}
    if language is not None and language not in known and (wrong := languages.problem(language, known)):
        raise UnknownNameError(wrong)
    if not _speaks(model.spec, language):
        if language not in known and all(other.spec.languages is not None for other in others):
            raise UnknownNameError(
                f"No model knows the language {language!r}.{nearest(str(language), known)} See what each knows: voicebridge models"
            )
        raise NotSupportedError(f"{model.full_name} doesn't know the language {language!r}.{_recommend(others, wanted, language)}")


def require_speakers(model: Model[TtsSpec], speakers: int, others: Sequence[Model[TtsSpec]]) -> None:
    """Refuse, before it is loaded, a model that has fewer voices at once than a script has speakers.

    Raises:
        NotSupportedError: naming a model that can, where there is one.
    """
    if speakers <= model.spec.speakers:
        return
    able = [other for other in others if other.spec.speakers >= speakers]
    best = next((other for other in able if other.is_local()), next(iter(able), None))
    remedy = f"Use one that can: -m {best.full_name}" if best else "Give the script fewer speakers."
    raise NotSupportedError(f"{model.full_name} can't speak for {speakers} speakers, only for {model.spec.speakers}. {remedy}")


def require_script(model: Model[TtsSpec], text: str, languages: frozenset[str], others: Sequence[Model[TtsSpec]]) -> None:
    """Refuse, before it is loaded, a voice that can't read the letters that most of a text is in.

    Args:
        model: the chosen model.
        text: the beginning of what is to be spoken.
        languages: ISO 639-1 codes of what the voice reads.
        others: the models to recommend from.

    Raises:
        NotSupportedError: naming a voice that can, where there is one.
    """
    script = unreadable(text, languages)
    if script is None:
        return
    remedy = "No active model can read it."
    for language in languages_in(script):
        able = [other for other in others if _speaks(other.spec, language) and other.spec.languages is not None]
        best = next((other for other in able if other.is_local()), next(iter(able), None))
        if best is not None:
            voice = next((each.name for each in best.spec.voices if each.language == language), None)
            remedy = f"Use one that can: {f'-v {voice}' if voice else f'-m {best.full_name} -l {language}'}"
            break
    spoken = ", ".join(sorted(languages))
    raise NotSupportedError(f"The text is in {script_name(script)}, which {model.full_name} can't read: it speaks {spoken}. {remedy}")


def _speaks(spec: ModelSpec, language: str | None) -> bool:
    return language is None or spec.languages is None or language in spec.languages


def _recommend(others: Sequence[Model[_Spec]], wanted: Sequence[str], language: str | None) -> str:
    able = [model for model in others if all(getattr(model.spec, each) for each in wanted) and _speaks(model.spec, language)]
    best = next((model for model in able if model.is_local()), next(iter(able), None))
    return f" Use one that can: -m {best.full_name}" if best else " No active model can."
