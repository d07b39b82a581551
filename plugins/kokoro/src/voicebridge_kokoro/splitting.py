"""Split any text into parts that Kokoro can speak one after another; pure functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

TEXT_AT_ONCE = 1_000
"""Maximum number of characters per call of the phonemizer; a sentence may be cut at this limit."""
EASY_BREATH = 150
"""Phonemes per run, about 9 s, if the text has pauses at which to split it: nothing is heard before a run is complete."""
LONGEST_BREATH = 200
"""Maximum number of phonemes per run, about 12 s; Kokoro accepts 510. Few sentences have more."""
SENTENCE_PAUSE, CLAUSE_PAUSE = 0.25, 0.1
"""Seconds of silence between two runs, as in kokoro-onnx: it removes the silence at their ends."""

_SENTENCE_END = re.compile("[.!?…]['\")\\]»\u201d\u2019]*\\s|[\u3002\uff01\uff1f][\u300d\u300f\u201d\uff09]*")
_SPACE = re.compile(r"\s")
_SENTENCE_MARKS, _CLAUSE_MARKS = frozenset(".!?…"), frozenset(",;:")

Split = Callable[[str, int], Sequence[str]]
"""Splits phonemes into runs of at most so many; :func:`kokoro_onnx.chunker.split_phonemes`."""


def cleaned(text: str) -> str:
    """Remove text that causes errors in a C library, and line breaks."""
    return " ".join(text.encode("utf-8", "replace").decode("utf-8").replace("\0", " ").split())


def stretches(text: str, limit: int = TEXT_AT_ONCE) -> Iterator[str]:
    """Yield the text in stretches of at most ``limit`` characters, leaving out those without anything to speak.

    They end at the end of a sentence if there is one nearby, otherwise at a space, otherwise anywhere.
    """
    at = 0
    while at < len(text):
        end = len(text) if len(text) - at <= limit else at + _cut(text[at : at + limit])
        if any(map(str.isalnum, stretch := text[at:end])):
            yield stretch
        at = end


def _cut(window: str) -> int:
    for pattern in (_SENTENCE_END, _SPACE):
        ends = [match.end() for match in pattern.finditer(window)]
        if ends and ends[-1] > len(window) // 4:
            return ends[-1]
    return len(window)


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
