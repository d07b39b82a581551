"""The user's own words: what is written in place of what was heard."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from voicebridge.text.sounds import sound_of, spelled_by_sound

_WORD = r"\w\u0300-\u036f"
_SPACELESS = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_FEWEST_SOUNDS = 5
"""Consonants that a name must have for words to be taken for it that only sound like it; with fewer, common words would be."""
_ALIKE = 0.85
"""Likeness (0 to 1) of two spellings by sound from which they may be one word; 0.84 is that of "complains" and "compliance"."""
_LONGEST = 4
"""Words that may be one name misheard."""


def replacer(replacements: Mapping[str, str]) -> Callable[[str], str]:
    """What puts the user's replacements into a text.

    Whole words and phrases are replaced whatever their case, the longest first, and what was put in is not looked at again. It keeps
    its own case; only where it is all small and a sentence begins with it does it get the capital that stood there.
    """
    known = {_key(phrase): text for phrase, text in replacements.items() if _key(phrase)}
    if not known:
        return lambda text: text
    spellings = {" ".join(phrase.lower().split()) for phrase in replacements} | known.keys()  # "straße", and "strasse"
    phrases = sorted(filter(None, spellings), key=lambda phrase: (-len(phrase), phrase))
    pattern = re.compile("|".join(map(_pattern, phrases)), re.IGNORECASE)

    def replaced(match: re.Match[str]) -> str:
        text = known.get(_key(match[0]), match[0])
        begins = not match.string[: match.start()].strip(" \"'“«(¿¡") or match.string[: match.start()].rstrip().endswith((".", "!", "?"))
        if begins and match[0][:1].isupper() and not match[0].isupper() and text.islower() and text != match[0].lower():
            return text[0].upper() + text[1:]
        return text

    return lambda text: pattern.sub(replaced, text)


def speller(words: Mapping[str, tuple[str, ...]]) -> Callable[[str], str]:
    """What writes names and terms as the user does.

    What is misheard for one is replaced as by :func:`replacer`. A name with capitals inside it ("GitHub") gets them. Beyond that, words are
    taken for a name only where they sound the same, consonant by consonant, are spelled nearly the same by sound, and the name is long.
    """
    exact = {heard: word for word, forms in words.items() for heard in forms}
    exact |= {word: word for word in words if any(each.isupper() for each in word[1:]) and len(word) > 2}
    forms = [_form(word, heard) for word, given in words.items() for heard in (word, *given)]
    near: dict[str, list[_Form]] = {}
    for form in forms:
        if len(form.sound) >= _FEWEST_SOUNDS:
            near.setdefault(form.sound, []).append(form)
    replaced = replacer(exact)
    written = frozenset(word.casefold() for word in words)
    return lambda text: _with_near(replaced(text), near, written) if near else replaced(text)


@dataclass(frozen=True, slots=True)
class _Form:
    word: str
    sound: str
    letters: str
    parts: int
    """Number of words; only a phrase that the user gave may stand for several."""


def _form(word: str, heard: str) -> _Form:
    letters = _letters(heard)
    return _Form(word, sound_of(letters), spelled_by_sound(letters), len(heard.split()))


def _with_near(text: str, near: Mapping[str, list[_Form]], written: frozenset[str]) -> str:
    words = list(re.finditer(rf"[{_WORD}]+(?:-[{_WORD}]+)*", text))
    parts: list[str] = []
    done = place = 0
    while place < len(words):
        end, word = next(_near(text, words, place, near, written), (0, ""))
        if end:
            parts += [text[done : words[place].start()], word]
            done = words[end - 1].end()
        place = end or place + 1
    return "".join([*parts, text[done:]])


def _near(
    text: str, words: list[re.Match[str]], place: int, near: Mapping[str, list[_Form]], written: frozenset[str]
) -> Iterator[tuple[int, str]]:
    """The end and the name for the words from ``place``, the longest stretch first."""
    from rapidfuzz.distance import Indel

    for end in range(min(place + _LONGEST, len(words)), place, -1):
        stretch = words[place:end]
        if any(text[one.end() : other.start()] != " " for one, other in pairwise(stretch)):
            continue
        letters = _letters("".join(each[0] for each in stretch))
        for form in near.get(sound_of(letters), ()):
            if " ".join(each[0] for each in stretch).casefold() in written:
                continue
            if (end - place == 1 or form.parts > 1) and Indel.normalized_similarity(spelled_by_sound(letters), form.letters) >= _ALIKE:
                yield end, form.word


def _letters(text: str) -> str:
    from voicebridge.text.sounds import plain_letters

    return plain_letters(text)


def _key(phrase: str) -> str:
    return " ".join(phrase.casefold().replace("\u2019", "'").split())


def _pattern(phrase: str) -> str:
    words = [re.escape(word).replace("'", "['\u2019]") for word in phrase.split()]
    before = rf"(?<![{_WORD}])(?<!\w['\u2019])" if re.match(r"\w", phrase) and not _SPACELESS.match(phrase[0]) else ""
    after = rf"(?![{_WORD}])(?!['\u2019]\w)" if re.search(r"\w$", phrase) and not _SPACELESS.match(phrase[-1]) else ""
    return before + r"[ \u00a0\u202f-]".join(words) + after
