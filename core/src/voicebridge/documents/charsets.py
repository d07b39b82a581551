"""Guess which legacy encoding a text is in, from whether its letters belong to a language that was written in that encoding.

Detectors that use letter-pair frequencies need pages of text; a line of French has two or three accents. But each encoding was designed
for certain languages, and a wrong one soon produces a letter that none of them has, or a symbol inside a word.
"""

from __future__ import annotations

import re

from voicebridge.patterns import pattern

_WORDS = 20_000
"""How many words with such letters are examined."""
_WORD = pattern(rb"[A-Za-z\x80-\xff]{0,60}?[\x80-\xff][A-Za-z\x80-\xff]{0,60}")

_WESTERN = {
    "en": "éèêëïîôöüçñàâäæœáíóúøå", "fr": "àâæçéèêëîïôœùûüÿ", "de": "äöüßéèàç", "es": "áéíñóúüªº", "it": "àèéìíîòóùú",
    "pt": "àáâãçéêíóôõúüªº", "sv": "åäöéàüè", "da": "æøåéöäü", "no": "æøåéòôè", "nl": "éëïöüèêóáí", "is": "áðéíóúýþæö",
    "fi": "äöåéšž", "ca": "àçèéíïòóúü·", "et": "äöüõšž",
}  # fmt: skip
_CENTRAL = {
    "pl": "ąćęłńóśźż", "cs": "áčďéěíňóřšťúůýž", "sk": "áäčďéíĺľňóôŕšťúýž", "hu": "áéíóöőúüű", "sl": "čšž", "hr": "čćđšž",
    "ro": "ăâîşţșț", "de": "äöüß",
}  # fmt: skip
_SINGLE = (
    ("cp1252", _WESTERN), ("cp1250", _CENTRAL), ("iso8859_2", _CENTRAL), ("cp1254", {"tr": "âçğıİîöşüû"}),
    ("cp1257", {"lt": "ąčęėįšųūž", "lv": "āčēģīķļņšūž"}), ("mac_roman", _WESTERN), ("cp850", _WESTERN),
)  # fmt: skip
"""Encodings for Latin scripts, most likely first, and the letters other than A to Z of the languages written in them."""
_CYRILLIC = ("cp1251", "koi8_r", "cp866", "iso8859_5", "mac_cyrillic", "koi8_u")
_CYRILLIC_LANGUAGES = {
    "ru": "абвгдеёжзийклмнопрстуфхцчшщъыьэюя", "uk": "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя", "bg": "абвгдежзийклмнопрстуфхцчшщъьюя",
    "sr": "абвгдђежзијклљмнњопрстћуфхцчџш", "be": "абвгдеёжзійклмнопрстуўфхцчшыьэюя", "mk": "абвгдѓежзѕијклљмнњопрстќуфхцчџш",
}  # fmt: skip
_GREEK = ("cp1253", "iso8859_7")
_GREEK_LANGUAGES = {"el": "αβγδεζηθικλμνξοπρστυφχψωςάέήίόύώϊϋΐΰ"}
_COMMON = {"cyrillic": frozenset("оеаинтсрві"), "greek": frozenset("αοιετσνηυρ")}
_RARE = frozenset("щъэф")
"""Characters that are frequent when Hebrew is decoded as Cyrillic."""
_NEUTRAL = frozenset("’‘–—…·\u00ad\u00a0µ°©®™€£§")
"""Symbols that occur inside or next to words in every language."""
_ENOUGH = 0.97
"""Minimum share of the letters other than A to Z that belong to one language."""
_HINTED = 0.9
"""The same, if the user has specified the language."""
_FEW = 20
"""Number of letters: in a text with fewer, they may belong to names from several languages."""
_CHINESE = (
    "[的一是不了在人有我他这這个個们們中来來上大为為和国國地到以说說时時要就出会會可也你"
    "对對生能而子那得于於着著下自之年过過发發后後作里裡天]"
)
_EASTERN = (
    ("cp932", "ja", "[\u3041-\u30ff]", 0.25), ("euc_jp", "ja", "[\u3041-\u30ff]", 0.25), ("cp949", "ko", "[\uac00-\ud7a3]", 0.9),
    ("gb18030", "zh", _CHINESE, 0.1), ("big5", "zh", _CHINESE, 0.1),
)  # fmt: skip
"""Double-byte encodings, their languages, letters that are frequent in these, and the minimum share of them."""
_SMALL = {"he": "cp1255", "ar": "cp1256", "th": "cp874", "vi": "cp1258"}
LIKE = {
    "iso-8859-1": "cp1252", "latin1": "cp1252", "latin-1": "cp1252", "us-ascii": "cp1252", "ascii": "cp1252", "shift_jis": "cp932",
    "shift-jis": "cp932", "gb2312": "gb18030", "gbk": "gb18030", "euc-kr": "cp949", "ks_c_5601-1987": "cp949",
    "iso-8859-9": "cp1254",
}  # fmt: skip
"""Encodings that are labelled as a subset of what they contain, mapped to the superset, as browsers do."""


def guessed(data: bytes, language: str | None) -> str | None:
    """Guess the encoding of a text that is not UTF-8, given its presumed language; ``None`` if its letters do not identify one."""
    words = [match[0] for _, match in zip(range(_WORDS), _WORD.finditer(data), strict=False)]
    if language in _SMALL and _decoded(data, _SMALL[language]) is not None:
        return _SMALL[language]
    return (
        (_eastern(data, language) if language in ("ja", "ko", "zh") else None)
        or _latin(words, language)
        or _other("cyrillic", words, _CYRILLIC, _CYRILLIC_LANGUAGES)
        or _other("greek", words, _GREEK, _GREEK_LANGUAGES)
        or _eastern(data, None)
    )


def _eastern(data: bytes, language: str | None) -> str | None:
    best, best_share = None, -1.0 if language else 0.0
    for encoding, its_language, common, enough in _EASTERN:
        if language not in (None, its_language) or (text := _decoded(data, encoding)) is None:
            continue
        letters = sum(map(str.isalpha, text)) - len(re.findall("[A-Za-z\uff61-\uff9f]", text))
        share = len(re.findall(common, text)) / max(letters, 1)
        if share >= enough and its_language != "zh":
            return encoding
        if share > best_share and (share >= enough or language):
            best, best_share = encoding, share
    return best


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        return data[: error.start].decode(encoding) if len(data) - error.start < 4 and error.start else None


def _latin(words: list[bytes], language: str | None) -> str | None:
    best, best_share = None, 0.0
    for encoding, alphabets in _SINGLE:
        texts = [text for word in words if (text := _decoded(word, encoding))]
        if len(texts) < len(words) or not _is_latin(texts):
            continue
        letters = [letter for text in texts for letter in _foreign(text)]
        if not letters and encoding != "cp1252":
            continue
        shares = {name: _share(letters, alphabet) for name, alphabet in alphabets.items()}
        if shares.get(language or "", 0.0) >= _HINTED:
            return encoding
        if (share := max(shares.values())) >= _ENOUGH and share > best_share:
            best, best_share = encoding, share
        elif encoding == "cp1252" and len(letters) < _FEW and _share(letters, "".join(alphabets.values())) == 1:
            best = encoding
    return best


def _is_latin(texts: list[str]) -> bool:
    """Whether most words contain plain letters too, and have capitals only at the start, throughout, or not at all."""
    if any(re.search("[\x80-\x9f]", text) for text in texts):
        return False
    words = [core for text in texts if len(core := _core(text)) > 1]
    plain = sum(bool(re.search("[A-Za-z]", word)) for word in words)
    return plain >= 0.7 * len(words) and sum(map(_is_well_cased, words)) >= 0.9 * len(words)


def _is_well_cased(word: str) -> bool:
    return all(part[1:].islower() or part.isupper() or len(part) < 2 for part in re.findall(r"[^\W\d_]+", word))


def _core(text: str) -> str:
    """A word without the punctuation around it."""
    start, end = 0, len(text)
    while start < end and not text[start].isalpha():
        start += 1
    while end > start and not text[end - 1].isalpha():
        end -= 1
    return text[start:end]


def _foreign(text: str) -> list[str]:
    """A word's letters other than A to Z, and symbols inside it, which are letters in another encoding."""
    return [letter for letter in _core(text).lower() if not letter.isascii() and letter not in _NEUTRAL]


def _share(letters: list[str], alphabet: str) -> float:
    return sum(letter in alphabet for letter in letters) / len(letters) if letters else 1.0


def _other(script: str, words: list[bytes], encodings: tuple[str, ...], alphabets: dict[str, str]) -> str | None:
    """The encoding in which words are in one script, plausibly capitalised, and consist mainly of common letters."""
    best, best_share = None, 0.3
    for encoding in encodings:
        raw = [text for word in words if (text := _decoded(word, encoding))]
        texts = list(map(_core, raw))
        letters = [letter for text in texts for letter in _foreign(text)]
        if len(letters) < 0.8 * sum(not letter.isascii() for text in raw for letter in text):
            continue
        if script == "greek" and len(texts) > 2 and not any(letter in "άέήίόύώ" for letter in letters):
            continue
        if len(texts) < 0.98 * len(words) or not letters or max(_share(letters, each) for each in alphabets.values()) < _ENOUGH:
            continue
        rare = sum(letter in _RARE for letter in letters) / len(letters)
        if sum(map(_is_well_cased, texts)) < 0.9 * len(texts) or rare > (0.1 if len(letters) > 12 else 0.35):
            continue
        share = sum(letter in _COMMON[script] for letter in letters) / len(letters)
        share *= 0.7 if all(map(str.isupper, texts)) else 1.0
        if share > best_share:
            best, best_share = encoding, share
    return best
