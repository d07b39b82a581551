"""How dictated words become written text, as the user's settings have it."""

from __future__ import annotations

from voicebridge.settings import DictationSettings
from voicebridge.text.dictated.compose import Style


def style_of(settings: DictationSettings, language: str | None) -> Style:
    """The style for what was spoken in a language, where that is known."""
    return Style(
        language=language,
        commands=settings.commands,
        spoken=settings.spoken,
        replacements=settings.replacements,
        words=settings.words,
        drop_fillers=settings.drop_fillers,
    )
