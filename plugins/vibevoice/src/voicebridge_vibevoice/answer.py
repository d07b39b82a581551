"""Parse the output of the speech-to-text model: usually JSON, but possibly malformed in any way.

::

    assistant
    [{"Start":0.0,"End":5.2,"Speaker":0,"Content":"Good morning."},{"Start":5.6, …

As much as possible is recovered: an object that is not valid JSON is parsed by its keys, and a truncated one as far as it goes.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_KEYS = ("start", "end", "speaker", "content")
# The model is prompted for "Start time, End time, Speaker ID, Content" and usually shortens these keys.
_OBJECT = re.compile(r"\{\s*\"?(?:Start|End|Speaker|Content)\b", re.IGNORECASE)
_NUMBER = r"\"?([-+]?[\d:]*\.?\d+)"
_FIELDS = {
    "start": re.compile(rf"\"?Start(?: time)?\"?\s*:\s*{_NUMBER}", re.IGNORECASE),
    "end": re.compile(rf"\"?End(?: time)?\"?\s*:\s*{_NUMBER}", re.IGNORECASE),
    "speaker": re.compile(r"\"?Speaker(?: ID)?\"?\s*:\s*\"?(\d+)", re.IGNORECASE),
    "content": re.compile(r"\"?Content\"?\s*:\s*\"(.*?)(?:\"?\s*\}?\s*[\],]*\s*)$", re.IGNORECASE | re.DOTALL),
}
_EVENTS = re.compile(r"\s*(\[[^\[\]]*\]\s*)+")


@dataclass(frozen=True, slots=True)
class Utterance:
    """An utterance transcribed by the model."""

    text: str
    """Not empty, and stripped of whitespace."""
    start: float | None = None
    """Seconds from the start of the model's input."""
    end: float | None = None
    """Likewise."""
    speaker: int | None = None
    """The model's number of the speaker, from 0."""

    @property
    def is_event(self) -> bool:
        """Whether it is a sound other than speech, such as ``[Music]``."""
        return _EVENTS.fullmatch(self.text) is not None


class Answer:
    """An answer that arrives incrementally."""

    def __init__(self) -> None:
        self._text = ""
        self._begun = False

    def feed(self, text: str) -> Iterator[Utterance]:
        """Add to the answer, and yield the utterances that are now complete."""
        self._text += text
        while opening := _OBJECT.search(self._text):
            self._begun = True
            try:
                found, end = json.JSONDecoder(strict=False).raw_decode(self._text, opening.start())
            except (ValueError, RecursionError):
                following = _OBJECT.search(self._text, opening.end())
                if following is None:
                    return  # the rest may not have arrived yet
                found, end = _by_keys(self._text[opening.start() : following.start()]), following.start()
            self._text = self._text[end:]
            yield from _utterance(found)

    def finish(self) -> Iterator[Utterance]:
        """Yield what can be recovered from an incomplete object; for an answer without objects, its plain text."""
        rest = self._text
        self._text = ""
        if opening := _OBJECT.search(rest):
            yield from _utterance(_by_keys(rest[opening.start() :]))
        elif not self._begun:
            rest = re.sub(r"^\s*(assistant\b)?\s*", "", rest)
            if not rest.startswith(("[", "{")):
                yield from _utterance({"content": rest})


def _by_keys(text: str) -> dict[str, object]:
    return {key: match[1] for key, pattern in _FIELDS.items() if (match := pattern.search(text))}


def _utterance(found: Mapping[str, object]) -> Iterator[Utterance]:
    fields = {key: value for name, value in found.items() for key in _KEYS if str(name).lower().startswith(key)}
    content = fields.get("content")
    text = " ".join(content.split()) if isinstance(content, str) else ""
    if any(letter.isalnum() for letter in text):
        speaker = _seconds(fields.get("speaker"))
        yield Utterance(text, _seconds(fields.get("start")), _seconds(fields.get("end")), None if speaker is None else int(speaker))


def _seconds(value: object) -> float | None:
    # 75, "75.0" and "1:15" are all valid; speaker numbers are parsed by the same rules.
    if isinstance(value, str):
        try:
            seconds = 0.0
            for part in value.split(":"):
                seconds = seconds * 60 + float(part)
        except ValueError:
            return None
    elif isinstance(value, int | float) and not isinstance(value, bool):
        try:
            seconds = float(value)
        except OverflowError:
            return None
    else:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None
