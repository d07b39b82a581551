"""From what a speech model wrote for each stretch of speech to the text that is inserted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from voicebridge.text.dictated.commands import Command, commands_in
from voicebridge.text.dictated.languages import language_of
from voicebridge.text.dictated.languages.language import SYMBOLS, Language
from voicebridge.text.dictated.tokens import Token, text_of, tokens_of
from voicebridge.text.dictated.writer import Writer, separator


@dataclass(frozen=True, slots=True)
class Style:
    """How what was said is to be written."""

    language: str | None = None
    """ISO 639-1 code of what is spoken; spoken commands and fillers are those of this language, or of English where it is not known."""
    commands: bool = True
    """Whether the language's spoken commands are carried out; the user's own always are."""
    spoken: Mapping[str, str] = field(default_factory=dict)
    """Spoken commands of the user's own, and what they write."""
    replacements: Mapping[str, str] = field(default_factory=dict)
    """Words and phrases, and what is written in their place."""
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Names and terms as they are written, each with what it is misheard as."""
    drop_fillers: bool = False
    """Whether "um", "uh" and their like are left out."""


def compose(utterances: Sequence[str], style: Style, before: str = "", after: str = "") -> str:
    """Give what a person would have typed.

    Args:
        utterances: what the model wrote for each stretch of speech between two pauses, in order.
        style: how it is to be written.
        before: the end of what stands before the cursor, where that is known; the text begins with the space that it needs there. A line
            break is as good as the start of all text; nothing is as good as not to know.
        after: the beginning of what stands behind the cursor, where that is known; the text ends with the space that it needs there.
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
    """Whether it is all that its utterance consists of, so that the marks around it mean nothing."""
    utterance = tokens[command.start].utterance
    begins = command.start == 0 or tokens[command.start - 1].utterance != utterance
    return begins and (command.end == len(tokens) or tokens[command.end].utterance != utterance)


def _text(tokens: Sequence[Token], style: Style, language: Language) -> str:
    if style.drop_fillers:
        from voicebridge.text.dictated.fillers import without_fillers

        tokens = without_fillers(tokens, language)
    if not language.capitals.isdisjoint(token.core for token in tokens):
        capitals = language.capitals
        tokens = [replace(token, core=token.core.capitalize()) if token.core in capitals else token for token in tokens]
    return text_of(tokens)


def _speller(style: Style) -> Callable[[str], str]:
    if not style.words and not style.replacements:
        return lambda text: text
    from voicebridge.text.dictated.corrections import replacer, speller

    spelled, replaced = speller(style.words), replacer(style.replacements)
    return lambda text: replaced(spelled(text))
