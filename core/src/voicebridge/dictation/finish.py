"""The last step of a dictation: from the transcript to the text that is inserted, kept or printed."""

from __future__ import annotations

from collections.abc import Sequence

from voicebridge.dictation.text.compose import Style, compose
from voicebridge.filters.filtering import Filtering
from voicebridge.ports import CursorText
from voicebridge.runtime.settings import DictationSettings
from voicebridge.speech import Segment

_START = "\n"
"""The text before the cursor if there is none or it is unknown: the dictation starts like a line, with a capital and without a space."""


def finish(
    utterances: Sequence[str],
    segments: Sequence[Segment],
    language: str | None,
    settings: DictationSettings,
    filtering: Filtering,
    around: CursorText | None = None,
) -> str:
    """Compose the text of a dictation and filter it.

    Args:
        utterances: the transcript of each utterance, in order.
        segments: the recognised segments of all of them.
        language: the language of the text, as an ISO 639-1 code, if known.
        settings: how dictated words are written.
        filtering: the filters, for this dictation.
        around: the text around the cursor, if known.
    """
    before, after = (around.before, around.after) if around is not None else ("", "")
    text = compose(utterances, style_of(settings, language), before or _START, after)
    return filtering.text(text, language, segments)


def style_of(settings: DictationSettings, language: str | None) -> Style:
    """The style for a text in that language, if known."""
    return Style(
        language=language,
        commands=settings.commands,
        spoken=settings.spoken,
        replacements=settings.replacements,
        words=settings.vocabulary,
        drop_fillers=settings.drop_fillers,
    )
