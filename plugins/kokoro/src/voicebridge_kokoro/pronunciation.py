"""Phonemes of a text: by espeak-ng for most languages."""

from __future__ import annotations

import logging
import threading
from functools import lru_cache

from phonemizer.backend import EspeakBackend
from voicebridge import ModelError
from voicebridge.errors import brief

from voicebridge_kokoro import japanese
from voicebridge_kokoro.catalog import Accent

_LOCK = threading.Lock()  # espeak-ng has global state

logger = logging.getLogger(__name__)
logger.setLevel(logging.ERROR)  # phonemizer counts what it has changed in every text


def phonemes_of(text: str, accent: Accent) -> str:
    """The phonemes of a text, with its punctuation.

    Args:
        text: without line breaks.
        accent: of the voice.

    Raises:
        ModelError: if the text can't be converted, or a package for the language is missing.
    """
    if accent.espeak is None:
        return japanese.phonemes(text)
    try:
        with _LOCK:
            return "".join(_espeak(accent.espeak).phonemize([text]))
    except Exception as error:
        raise ModelError(f"espeak-ng can't convert the text to phonemes: {brief(error)}.") from error


@lru_cache
def _espeak(language: str) -> EspeakBackend:
    """espeak-ng for a language, once per process: each is a copy of the library in a temporary folder.

    kokoro-onnx's own would leave the marks of words in other languages in the phonemes, such as ``(fr)``, which would be spoken.
    """
    return EspeakBackend(language, preserve_punctuation=True, with_stress=True, language_switch="remove-flags", logger=logger)
