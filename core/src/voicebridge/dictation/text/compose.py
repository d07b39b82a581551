"""Compose the text to insert from the transcripts of utterances."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from voicebridge.dictation.text.commands import Command, commands_in
from voicebridge.dictation.text.languages import language_of
from voicebridge.dictation.text.languages.language import SYMBOLS, Language
from voicebridge.dictation.text.tokens import Token, text_of, tokens_of
from voicebridge.dictation.text.writer import Writer, separator


@dataclass(frozen=True, slots=True)
class Style:
    """How dictated text is written."""

    language: str | None = None
    """ISO 639-1 code of the text, which determines spoken commands and fillers; English if unknown."""
    commands: bool = True
    """Whether the language's spoken commands are executed; the user's own always are."""
    spoken: Mapping[str, str] = field(default_factory=dict)
    """The user's own spoken commands, with what they write."""
    replacements: Mapping[str, str] = field(default_factory=dict)
    """Words and phrases, with their replacements."""
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Names and terms in their spelling, each with how it is misheard."""
    drop_fillers: bool = False
    """Whether fillers such as "um" and "uh" are removed."""


def compose(utterances: Sequence[str], style: Style, before: str = "", after: str = "") -> str:
    """Compose a text as a person would have typed it.

    Args:
        utterances: the transcript of each utterance, in order.
        style: how it is to be written.
        before: the end of the text before the cursor, if known; the result starts with a space if needed. A line break is equivalent
            to the start of the text, and an empty string to unknown.
        after: the start of the text after the cursor, if known; the result ends with a space if needed.
    """
    language = language_of(style.language)
    tokens = tokens_of(utterances)
    commands = {command.start: command for command in commands_in(tokens, language, style.commands, style.spoken)}
    writer, spelled = Writer(before, language), _speller(style)
    place, utterance = 0, -1
    while place < len(tokens):
        follows_pause = tokens[place].utterance != utterance
        if follows_pause:
            writer.begin()
            utterance = tokens[place].utterance
        if command := commands.get(place):
            _carry_out(command, tokens, writer)
            place = command.end
            continue
        end = next((each for each in range(place + 1, len(tokens)) if each in commands or tokens[each].utterance != utterance), len(tokens))
        if text := spelled(_text(tokens[place:end], style, language)):
            writer.words(text, follows_pause=follows_pause)
        place = end
    return writer.text + (separator(writer.text, after) if writer.text and after else "")


def _carry_out(command: Command, tokens: Sequence[Token], writer: Writer) -> None:
    tail = "" if _is_alone(command, tokens) else tokens[command.end - 1].tail
    if command.text is not None:
        writer.own(command.text)
        if tail and command.text[-1:].isalnum():  # "Send it to my address."
            writer.keep_end(tail)
        return
    for sign in command.signs:
        writer.sign(sign)
    if (command.signs[-1] in ")]”" or command.signs in SYMBOLS) and tail[:1] in (".", "?", "!"):
        writer.keep_end(tail)


def _is_alone(command: Command, tokens: Sequence[Token]) -> bool:
    """Whether it is a whole utterance, so that the punctuation around it is meaningless."""
    utterance = tokens[command.start].utterance
    begins = command.start == 0 or tokens[command.start - 1].utterance != utterance
    return begins and (command.end == len(tokens) or tokens[command.end].utterance != utterance)


def _text(tokens: Sequence[Token], style: Style, language: Language) -> str:
    if style.drop_fillers:
        from voicebridge.dictation.text.fillers import without_fillers

        tokens = without_fillers(tokens, language)
    if not language.capitals.isdisjoint(token.core for token in tokens):
        capitals = language.capitals
        tokens = [replace(token, core=token.core.capitalize()) if token.core in capitals else token for token in tokens]
    return text_of(tokens)


def _speller(style: Style) -> Callable[[str], str]:
    if not style.words and not style.replacements:
        return lambda text: text
    from voicebridge.dictation.text.corrections import replacer, speller

    spelled, replaced = speller(style.words), replacer(style.replacements)
    return lambda text: replaced(spelled(text))
