"""From what a speech model wrote for each stretch of speech to the text that is inserted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Style:
    """How what was said is to be written."""

    language: str | None = None
    """ISO 639-1 code of what is spoken; spoken commands and fillers are those of this language, or of English where it is not known."""
    commands: bool = True
    """Whether spoken commands are carried out."""
    spoken: Mapping[str, str] = field(default_factory=dict)
    """Spoken commands of the user's own, and what they write."""
    replacements: Mapping[str, str] = field(default_factory=dict)
    """Words and phrases, and what is written in their place."""
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Names and terms as they are written, each with what it is misheard as."""
    drop_fillers: bool = False
    """Whether "um", "uh" and their like are left out."""


def compose(utterances: Sequence[str], style: Style, before: str = "") -> str:
    """Give what a person would have typed.

    Args:
        utterances: what the model wrote for each stretch of speech between two pauses, in order.
        style: how it is to be written.
        before: the end of what stands before the cursor, where that is known; the text begins with the space that it needs there.
    """
    text = " ".join(each.strip() for each in utterances if each.strip())
    return f" {text}" if text and before and not before[-1].isspace() else text


def hotwords(style: Style) -> tuple[str, ...]:
    """The names and terms that a model which takes them is told to expect."""
    return tuple(style.words)
