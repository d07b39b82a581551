"""Which words of a dictation are spoken commands, and which only sound like one.

The rule, which docs/guide.md tells to users:

1. The user's own phrases always count.
2. A phrase that hardly anybody says for anything else ("question mark", "new paragraph") counts in running text, save beside words that
   speak about it: "a new line of products", "the comma key".
3. A phrase that is a common word as well ("period", "dash") counts where it is parted from the words on both sides, by a pause, a mark or
   another command; "period" and "colon" need more than two commas. It also counts where marks are spoken in the same dictation, or this one
   twice; "period" and "colon" then at the end of a sentence, where they always count after a word that belongs to no noun ("I will answer
   soon period").
4. Marks that are named one after the other ("comma, colon and period") are talked about and stay words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from voicebridge.text.dictated.languages.language import DELETE, MARKS, Language, Needs
from voicebridge.text.dictated.tokens import Gap, Token, gap, plain

_LONGEST = 8
"""Words of a phrase."""


@dataclass(frozen=True, slots=True)
class Command:
    """A phrase that may be a command: the words from ``start`` up to ``end``."""

    start: int
    end: int
    signs: str
    """What it writes, sign by sign, as :class:`Language` has it; empty where it writes ``text``."""
    text: str | None
    """What it writes as it stands: the user's own."""
    needs: Needs | None
    """``None`` for the user's own, which need nothing."""

    @property
    def is_mark(self) -> bool:
        """Whether it writes just a mark that stands after a word."""
        return len(self.signs) == 1 and self.signs in MARKS

    @property
    def has_mark(self) -> bool:
        """Whether it writes such a mark, with a line break perhaps."""
        return not MARKS.isdisjoint(self.signs)


def commands_in(tokens: Sequence[Token], language: Language, built_in: bool, spoken: Mapping[str, str]) -> list[Command]:
    """The commands that are to be carried out, in order; none overlap.

    Args:
        tokens: all that was said.
        language: whose phrases count.
        built_in: whether the language's own phrases count.
        spoken: the user's own phrases, and what each writes.
    """
    found = list(_phrases(tokens, language if built_in else Language(), spoken))
    return _Judge(tokens, language, found).verdict() if found else []


def _phrases(tokens: Sequence[Token], language: Language, spoken: Mapping[str, str]) -> Iterator[Command]:
    built_in = {plain(phrase): value for phrase, value in language.phrases.items()}
    own = {plain(phrase): text for phrase, text in spoken.items()}
    words = [plain(token.core) for token in tokens]
    place = 0
    while place < len(tokens):
        command = None
        for end in range(min(place + _LONGEST, len(tokens)), place, -1):
            if any(gap(tokens[each], tokens[each + 1]) for each in range(place, end - 1)):
                continue
            phrase = " ".join(words[place:end])
            if phrase in own:
                needs = built_in[phrase][1] if phrase in built_in else None
                command = Command(place, end, "", own[phrase], needs)
            elif phrase in built_in:
                command = Command(place, end, built_in[phrase][0], None, built_in[phrase][1])
            if command:
                break
        if command:
            yield command
        place = command.end if command else place + 1


class _Judge:
    def __init__(self, tokens: Sequence[Token], language: Language, found: Sequence[Command]) -> None:
        self._tokens, self._language, self._found = tokens, language, found
        self._words = [plain(token.core) for token in tokens]
        self._lists = {name: frozenset(map(plain, getattr(language, name))) for name in _LISTS}
        self._carried: set[int] = set()

    def verdict(self) -> list[Command]:
        talk = self._talked_about()
        candidates = [number for number in range(len(self._found)) if number not in talk]
        self._carried = {
            number for number in candidates if self._found[number].needs in (None, Needs.NOTHING) and not self._is_named(number)
        }
        self._carry(candidates, self._is_apart)
        self._carry(candidates, self._is_usual)
        self._carry(candidates, self._is_apart)
        return [self._found[number] for number in sorted(self._carried)]

    def _carry(self, candidates: Sequence[int], test: Callable[[int], bool]) -> None:
        grows = True
        while grows:
            more = {number for number in candidates if number not in self._carried and test(number)}
            self._carried |= more
            grows = bool(more)

    def _token(self, place: int) -> Token | None:
        return self._tokens[place] if 0 <= place < len(self._tokens) else None

    def _gaps(self, command: Command) -> tuple[Gap, Gap]:
        before = gap(self._token(command.start - 1), self._tokens[command.start])
        return before, gap(self._tokens[command.end - 1], self._token(command.end))

    def _in(self, name: str, place: int) -> bool:
        return 0 <= place < len(self._words) and self._words[place] in self._lists[name]

    def _is_named(self, number: int) -> bool:
        """Whether the words beside it show that the command is spoken about."""
        command = self._found[number]
        if command.needs is None or command.signs == DELETE:
            return False
        before, after = self._gaps(command)
        start, end = command.start, command.end
        if before is Gap.NONE and (self._in("before", start - 1) or self._belongs(start - 1)):
            return True
        if before is Gap.NONE and self._in("adjectives", start - 1) and gap(self._token(start - 2), self._token(start - 1)) is Gap.NONE:
            return self._in("before", start - 2)
        if after is Gap.NONE and self._in("after" if "\n" not in command.signs else "after_break", end):
            return True
        if command.signs in (",", ".") and before is after is Gap.NONE and self._is_number(start - 1) and self._is_number(end):
            return True
        return command.is_mark and start == 0 and after is Gap.NONE and end not in self._starts()

    def _belongs(self, place: int) -> bool:
        return self._words[place].endswith(("'s", "'"))

    def _starts(self) -> set[int]:
        return {command.start for command in self._found}

    def _is_number(self, place: int) -> bool:
        word = self._words[place]
        return word[-1:].isdigit() or self._in("numbers", place)

    def _sides(self, number: int) -> tuple[Gap, Gap]:
        """What is on both sides, where a command that is carried out counts as a pause."""
        command = self._found[number]
        before, after = self._gaps(command)
        place = command.start - 1
        while command.signs == DELETE and before is Gap.NONE and self._in("interjections", place):  # "No, scratch that."
            before = gap(self._token(place - 1), self._token(place))
            place -= 1
        ends = {self._found[each].end for each in self._carried}
        starts = {self._found[each].start for each in self._carried}
        return Gap.PAUSE if command.start in ends else before, Gap.PAUSE if command.end in starts else after

    def _is_apart(self, number: int) -> bool:
        command = self._found[number]
        if command.needs is Needs.NOTHING or self._is_named(number):
            return False
        before, after = self._sides(number)
        if self._touches(number) and DELETE not in command.signs:
            return True
        return min(before, after) > Gap.NONE and (command.needs is Needs.APART or max(before, after) > Gap.COMMA)

    def _touches(self, number: int) -> bool:
        """Whether a command that is carried out follows at once; "the trial period, new paragraph" may be about a trial period."""
        command = self._found[number]
        follows = any(self._found[each].start == command.end for each in self._carried)
        return follows and self._gaps(command)[1] <= (Gap.NONE if command.signs == "." else Gap.COMMA)

    def _is_usual(self, number: int) -> bool:
        """Whether marks are spoken in this dictation, or this one is spoken twice, so that it can stand in running text."""
        command = self._found[number]
        before, after = self._sides(number)
        if command.needs is Needs.NOTHING or before is not Gap.NONE or self._is_named(number):
            return False
        if command.is_mark and after >= Gap.STOP and self._in("settled", command.start - 1):
            return True
        alike = "“”" if command.signs in "“”" else command.signs
        same = sum(each.signs in alike and not self._is_named(place) for place, each in enumerate(self._found) if each.signs)
        if same < 2 and not any(self._found[each].has_mark for each in self._carried):
            return False
        if command.needs is Needs.ALONE:
            return after >= Gap.STOP and not self._in("adjectives", command.start - 1)
        return command.signs not in (DELETE, "\n", "\n\n") and not self._in("after_apart", command.end)

    def _talked_about(self) -> set[int]:
        talk: set[int] = set()
        marks = [number for number, command in enumerate(self._found) if command.is_mark]
        for one, other in pairwise(marks):
            first, second = self._found[one], self._found[other]
            between = second.start - first.end
            joined = between == 0 or (between == 1 and self._in("conjunctions", first.end))
            ends = {first.signs, second.signs} <= {"?", "!"}
            apart = any(gap(self._token(place - 1), self._token(place)) >= Gap.STOP for place in range(first.end, second.start + 1))
            if joined and not ends and not apart:
                talk |= {one, other}
        return talk


_LISTS = ("before", "adjectives", "after", "after_break", "after_apart", "settled", "numbers", "conjunctions", "interjections")
