"""Split any text into parts that Kokoro can speak one after another; pure functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

TEXT_AT_ONCE = 1_000
"""Maximum number of characters per call of the phonemizer; a sentence may be cut at this limit."""
EASY_BREATH = 150
"""Phonemes per run, about 9 s, if the text has pauses at which to split it: nothing is heard before a run is complete."""
LONGEST_BREATH = 200
"""Maximum number of phonemes per run, about 12 s; Kokoro accepts 510. Few sentences have more."""
SENTENCE_PAUSE, CLAUSE_PAUSE = 0.25, 0.1
"""Seconds of silence between two runs, as in kokoro-onnx: it removes the silence at their ends."""

_SENTENCE_MARKS, _CLAUSE_MARKS = frozenset(".!?…"), frozenset(",;:")

Split = Callable[[str, int], Sequence[str]]
"""Splits phonemes into runs of at most so many; :func:`kokoro_onnx.chunker.split_phonemes`."""


def cleaned(text: str) -> str:
    """Remove text that causes errors in a C library, and line breaks."""
    return " ".join(text.encode("utf-8", "replace").decode("utf-8").replace("\0", " ").split())


def breaths(phonemes: str, split: Split) -> list[str]:
    """The runs in which a text is spoken: split after sentences and clauses, or if it has none, as rarely as possible."""
    runs = split(phonemes, EASY_BREATH)
    if not all(run[-1] in _SENTENCE_MARKS | _CLAUSE_MARKS for run in runs[:-1]):
        runs = split(phonemes, LONGEST_BREATH)
    return [run for run in runs if any(map(str.isalpha, run))]


def pause_after(run: str) -> float:
    """Seconds of silence between this run and the next one."""
    if run[-1] in _SENTENCE_MARKS:
        return SENTENCE_PAUSE
    return CLAUSE_PAUSE if run[-1] in _CLAUSE_MARKS else 0.0
