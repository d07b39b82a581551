"""The user's vocabulary and replacements."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from voicebridge.patterns import pattern
from voicebridge.phonetics import sound_of, spelled_by_sound

_WORD = r"\w\u0300-\u036f"
_SPACELESS = pattern("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_FEWEST_SOUNDS = 5
"""Minimum number of consonants in a name to be matched by sound; shorter ones would match common words."""
_ALIKE = 0.85
"""Minimum similarity (0 to 1) of two phonetic spellings to be one word; "complains" and "compliance" have 0.84."""
_LONGEST = 4
"""Maximum words of a misheard name."""
_SHORT = 3
"""Letters up to which a name is part of a contraction ("we're"), instead of elided or possessive."""
_PARTS = pattern(r"[^\W\d_](?:(?=[^\W\d_])[^A-ZÀ-ÖØ-Þ])+|[A-ZÀ-ÖØ-Þ]+(?![^\W\d_A-ZÀ-ÖØ-Þ])")
"""The parts of a name with inner capitals: "Voice" and "Bridge", "Open" and "AI"."""
_PARTICLES = frozenset(("in", "on", "up", "out", "off", "at", "to", "by", "it"))
_STROKES = str.maketrans({"ł": "l", "đ": "d", "ð": "d", "ø": "o", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "Å": "Aa", "Ø": "Oe"})
"""Their equivalents on keyboards that lack them."""


def replacer(replacements: Mapping[str, str], *, names: bool = False) -> Callable[[str], str]:
    """Create a function that applies the user's replacements to a text; for ``names``, also in possessives and after elisions.

    Whole words and phrases are replaced regardless of case, the longest first, and the result is not processed again. It keeps its own
    case; a replacement in lower case is capitalised if the original started a sentence with a capital.
    """
    known = {_key(phrase): text for phrase, text in replacements.items() if _key(phrase)}
    if not known:
        return lambda text: text
    spellings = {" ".join(phrase.lower().split()) for phrase in replacements} | known.keys()  # "straße", and "strasse"
    phrases = sorted(filter(None, spellings), key=lambda phrase: (-len(phrase), phrase))
    wanted = re.compile("|".join(_pattern(phrase, names) for phrase in phrases), re.IGNORECASE)

    def replaced(match: re.Match[str]) -> str:
        text = known.get(_key(match[0]), match[0])
        begins = not match.string[: match.start()].strip(" \"'“«(¿¡") or match.string[: match.start()].rstrip().endswith((".", "!", "?"))
        if begins and match[0][:1].isupper() and not match[0].isupper() and text.islower() and text != match[0].lower():
            return text[0].upper() + text[1:]
        return text

    return lambda text: wanted.sub(replaced, text)


def speller(words: Mapping[str, tuple[str, ...]]) -> Callable[[str], str]:
    """Create a function that spells names and terms like the user.

    Listed mishearings are replaced like by :func:`replacer`. Names with inner capitals ("GitHub") get them. Otherwise, words match a name
    only if they have the same consonants in order and a similar phonetic spelling, and the name is long.
    """
    exact = {heard: word for word, forms in words.items() for heard in forms}
    exact |= {word: word for word in words if any(each.isupper() for each in word[1:]) and len(word) > 2}
    exact |= {apart: word for word in words if (apart := _apart(word)) and apart not in exact}
    accented = _accented(words)
    forms = [_form(word, heard) for word, given in words.items() for heard in (word, *given)]
    near: dict[str, list[_Form]] = {}
    for form in forms:
        if len(form.sound) >= _FEWEST_SOUNDS:
            near.setdefault(form.sound, []).append(form)
    names = replacer(exact, names=True)
    written = frozenset(word.casefold() for word in words)

    def spelled(text: str) -> str:
        text = names(text)
        text = _with_accents(text, accented) if accented else text
        return _with_near(text, near, written) if near else text

    return spelled


def _apart(word: str) -> str:
    """A name with inner capitals as two or more words, as it may be transcribed; empty if that would be common words."""
    parts = _PARTS.findall(word) if word.isalpha() else []
    if len(parts) < 2 or parts[0].lower() in ("a", "i") or parts[-1].lower() in _PARTICLES:
        return ""
    return " ".join(parts)


def _accented(words: Mapping[str, tuple[str, ...]]) -> dict[tuple[str, ...], str]:
    """Words and phrases with accents, by the plain letters of their words."""
    found = {}
    for word in words:
        for plain in (_plain_words(word), _plain_words(word.translate(_UMLAUTS))):
            if " ".join(plain) != word.casefold() and any(len(each) > 1 for each in plain):
                found[plain] = word
    return found


def _with_accents(text: str, accented: Mapping[tuple[str, ...], str]) -> str:
    """The text with the user's spelling of these words, if it has them without or with different accents."""
    longest = max(map(len, accented))
    words = list(re.finditer(rf"[{_WORD}]+", text))
    parts: list[str] = []
    done = place = 0
    while place < len(words):
        for end in range(min(place + longest, len(words)), place, -1):
            stretch = words[place:end]
            written = text[stretch[0].start() : stretch[-1].end()]
            name = accented.get(tuple(_unaccented(each[0]) for each in stretch))
            if name and re.fullmatch(rf"[{_WORD}]+(?:[ -][{_WORD}]+)*", written):
                parts += [
                    text[done : stretch[0].start()],
                    name.upper() if written.isupper() and len(written) > 3 else _begun(text, stretch[0], name),
                ]
                done, place = stretch[-1].end(), end
                break
        else:
            place += 1
    return "".join([*parts, text[done:]])


def _begun(text: str, first: re.Match[str], name: str) -> str:
    """The spelling of a name at this position: one in lower case gets the capital of the start of a sentence."""
    before = text[: first.start()].rstrip()
    begins = not before.strip(" \"'“«(¿¡") or before.endswith((".", "!", "?"))
    return name[0].upper() + name[1:] if begins and name.islower() and first[0][0].isupper() else name


def _plain_words(phrase: str) -> tuple[str, ...]:
    return tuple(map(_unaccented, phrase.replace("-", " ").split()))


def _unaccented(word: str) -> str:
    """A word in lower case without accents and strokes, which Unicode doesn't treat as accents."""
    plain = unicodedata.normalize("NFKD", word.casefold().translate(_STROKES))
    return "".join(each for each in plain if not unicodedata.combining(each))


@dataclass(frozen=True, slots=True)
class _Form:
    word: str
    sound: str
    letters: str
    parts: int
    """Number of words; only a phrase listed by the user may match several."""


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
    """The end and the name for the words from ``place``, the longest match first."""
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
    from voicebridge.phonetics import plain_letters

    return plain_letters(text)


def _key(phrase: str) -> str:
    return " ".join(phrase.casefold().replace("\u2019", "'").split())


def _pattern(phrase: str, is_name: bool) -> str:
    words = [re.escape(word).replace("'", "['\u2019]") for word in phrase.split()]
    # "o'clock" and "can't" are separate words; "d'Angers" and "Klein's" contain a name.
    elided = is_name and len(phrase) > _SHORT
    apart_before, apart_after = ("", "(?!['\u2019](?!s(?!\\w))\\w)") if elided else (r"(?<!\w['\u2019])", r"(?!['\u2019]\w)")
    before = rf"(?<![{_WORD}]){apart_before}" if re.match(r"\w", phrase) and not _SPACELESS.match(phrase[0]) else ""
    after = rf"(?![{_WORD}]){apart_after}" if re.search(r"\w$", phrase) and not _SPACELESS.match(phrase[-1]) else ""
    return before + r"[ \u00a0\u202f-]".join(words) + after
