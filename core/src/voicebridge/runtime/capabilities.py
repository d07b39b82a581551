"""The capabilities of models, from their descriptors: unsupported requests are rejected before loading."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from voicebridge import languages
from voicebridge.errors import NotSupportedError, UnknownNameError, nearest
from voicebridge.runtime.model import Model
from voicebridge.scripts import languages_in, script_name, unreadable
from voicebridge.specs import ModelSpec, SttSpec, TtsSpec

_Spec = TypeVar("_Spec", bound=ModelSpec)

CAPABILITIES = {
    "translate": "translate",
    "words": "give word timestamps",
    "prompt": "take a prompt",
    "hotwords": "take hotwords",
    "diarization": "tell speakers apart",
    "streaming": "transcribe while recording",
    "partials": "show drafts while it transcribes",
    "resume": "resume in the middle of a recording",
    "light": "run in real time on a CPU",
}
"""The capabilities of speech-to-text models: fields of :class:`SttSpec`, each as the end of "it can …"."""

TTS_CAPABILITIES = {
    "cloning": "speak in the voice of a sample",
    "speed": "speak faster or slower",
    "seed": "give reproducible output",
    "streaming": "stream audio",
    "light": "speak without delay on a CPU",
    "normalizes": "normalise numbers and abbreviations itself",
}
"""The capabilities of text-to-speech models: fields of :class:`TtsSpec`, each as the end of "it can …"."""


def require(model: Model[_Spec], wanted: Iterable[str], language: str | None, others: Sequence[Model[_Spec]]) -> None:
    """Reject a model that doesn't support a request, before it is loaded.

    Args:
        model: the selected model.
        wanted: names of the required capabilities, such as ``translate``.
        language: ISO 639-1 code of the spoken language, if known.
        others: models to suggest instead.

    Raises:
        NotSupportedError: naming a model that supports it, if there is one.
        UnknownNameError: if no model supports the language.
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
                f"No model supports the language {language!r}.{nearest(str(language), known)} See the languages of each: voicebridge models"
            )
        raise NotSupportedError(f"{model.full_name} doesn't support the language {language!r}.{_recommend(others, wanted, language)}")


def require_speakers(model: Model[TtsSpec], speakers: int, others: Sequence[Model[TtsSpec]]) -> None:
    """Reject a model that supports fewer speakers than a script has, before it is loaded.

    Raises:
        NotSupportedError: naming a model that supports them, in one of the same languages if possible.
    """
    if speakers <= model.spec.speakers:
        return
    able = [other for other in others if other.spec.speakers >= speakers]
    if spoken := model.spec.languages:
        able = [other for other in able if any(_speaks(other.spec, language) for language in spoken)] or able
    best = next((other for other in able if other.is_local()), next(iter(able), None))
    remedy = f"Use one that can: -m {best.full_name}" if best else "Use fewer speakers in the script."
    raise NotSupportedError(
        f"{model.full_name} supports only {model.spec.speakers} speaker{'' if model.spec.speakers == 1 else 's'}, not {speakers}. {remedy}"
    )


def require_script(model: Model[TtsSpec], text: str, languages: frozenset[str], others: Sequence[Model[TtsSpec]]) -> None:
    """Reject a voice that can't read the main script of a text, before it is loaded.

    Args:
        model: the selected model.
        text: the start of the text to speak.
        languages: ISO 639-1 codes that the voice supports.
        others: models to suggest instead.

    Raises:
        NotSupportedError: naming a suitable voice, if there is one.
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
            remedy = f"Use one that can: {f'--voice {voice}' if voice else f'-m {best.full_name} -l {language}'}"
            break
    spoken = ", ".join(sorted(languages))
    raise NotSupportedError(f"The text is in {script_name(script)}, which {model.full_name} can't read: it speaks {spoken}. {remedy}")


def _speaks(spec: ModelSpec, language: str | None) -> bool:
    return language is None or spec.languages is None or language in spec.languages


def _recommend(others: Sequence[Model[_Spec]], wanted: Sequence[str], language: str | None) -> str:
    able = [model for model in others if all(getattr(model.spec, each) for each in wanted) and _speaks(model.spec, language)]
    best = next((model for model in able if model.is_local()), next(iter(able), None))
    return f" Use one that can: -m {best.full_name}" if best else " No active model can."
