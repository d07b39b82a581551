"""Language codes, and which code is meant by a name, a country or a locale."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Collection

# ISO 639-1, followed by ISO 639-2 (T).
_CODES = """
aa aar ab abk ae ave af afr ak aka am amh an arg ar ara as asm av ava ay aym az aze ba bak be bel bg bul bi bis bm bam bn ben bo bod br bre
bs bos ca cat ce che ch cha co cos cr cre cs ces cu chu cv chv cy cym da dan de deu dv div dz dzo ee ewe el ell en eng eo epo es spa et est
eu eus fa fas ff ful fi fin fj fij fo fao fr fra fy fry ga gle gd gla gl glg gn grn gu guj gv glv ha hau he heb hi hin ho hmo hr hrv ht hat
hu hun hy hye hz her ia ina id ind ie ile ig ibo ii iii ik ipk io ido is isl it ita iu iku ja jpn jv jav ka kat kg kon ki kik kj kua kk kaz
kl kal km khm kn kan ko kor kr kau ks kas ku kur kv kom kw cor ky kir la lat lb ltz lg lug li lim ln lin lo lao lt lit lu lub lv lav mg mlg
mh mah mi mri mk mkd ml mal mn mon mr mar ms msa mt mlt my mya na nau nb nob nd nde ne nep ng ndo nl nld nn nno no nor nr nbl nv nav ny nya
oc oci oj oji om orm or ori os oss pa pan pi pli pl pol ps pus pt por qu que rm roh rn run ro ron ru rus rw kin sa san sc srd sd snd se sme
sg sag si sin sk slk sl slv sm smo sn sna so som sq sqi sr srp ss ssw st sot su sun sv swe sw swa ta tam te tel tg tgk th tha ti tir tk tuk
tl tgl tn tsn to ton tr tur ts tso tt tat tw twi ty tah ug uig uk ukr ur urd uz uzb ve ven vi vie vo vol wa wln wo wol xh xho yi yid yo yor
za zha zh zho zu zul
""".split()  # noqa: SIM905 - a list would be four pages long
THREE_LETTERS = dict(zip(_CODES[::2], _CODES[1::2], strict=True))
"""The ISO 639-2 code of each ISO 639-1 code."""

# What users write instead of a code: names, and ISO 639-2 (B) and country codes, if they aren't language codes themselves.
_MEANT = """
english en german de deutsch de spanish es castilian es russian ru korean ko french fr japanese ja portuguese pt turkish tr polish pl
catalan ca dutch nl flemish nl arabic ar swedish sv italian it indonesian id hindi hi finnish fi vietnamese vi hebrew he ukrainian uk
greek el malay ms czech cs romanian ro danish da hungarian hu tamil ta norwegian no thai th urdu ur croatian hr bulgarian bg lithuanian lt
latin la maori mi malayalam ml welsh cy slovak sk telugu te persian fa farsi fa latvian lv bengali bn serbian sr azerbaijani az
slovenian sl kannada kn estonian et macedonian mk breton br basque eu icelandic is armenian hy nepali ne mongolian mn bosnian bs kazakh kk
albanian sq swahili sw galician gl marathi mr punjabi pa sinhala si khmer km shona sn yoruba yo somali so afrikaans af occitan oc
georgian ka belarusian be tajik tg sindhi sd gujarati gu amharic am yiddish yi lao lo uzbek uz faroese fo haitian ht pashto ps turkmen tk
nynorsk nn maltese mt sanskrit sa luxembourgish lb burmese my tibetan bo tagalog tl malagasy mg assamese as tatar tt lingala ln hausa ha
bashkir ba javanese jv sundanese su chinese zh mandarin zh cantonese yue hawaiian haw
alb sq arm hy baq eu bur my chi zh cze cs dut nl fre fr geo ka ger de gre el ice is mac mk mao mi may ms per fa rum ro slo sk tib bo wel cy
jp ja cn zh kr ko se sv cz cs dk da ua uk gr el us en gb en iw he jw jv
""".split()  # noqa: SIM905 - a list would be two pages long
MEANT = dict(zip(_MEANT[::2], _MEANT[1::2], strict=True)) | {three: two for two, three in THREE_LETTERS.items()}


def is_code(text: str) -> bool:
    """Whether this is a code: two letters of ISO 639-1, or any three letters (there are thousands), unless a two-letter code exists."""
    return text in THREE_LETTERS or (len(text) == 3 and text.isascii() and text.isalpha() and text.islower() and text not in MEANT)


def meant(text: str) -> str | None:
    """The language code for ``English``, ``en-US``, ``jp`` or ``ger``; ``None`` if unknown."""
    word = text.strip().lower()
    start = word.replace("_", "-").partition("-")[0]
    return next((MEANT.get(each, each) for each in (word, start) if each in MEANT or is_code(each)), None)


def of_locale() -> str:
    """The code of the language of the user's locale; ``en`` if it has none, as the locale ``C``."""
    if sys.platform == "win32":
        import locale  # imported on demand: it takes a while

        name = locale.getlocale()[0]
    else:
        name = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_CTYPE", "LANG"))), None)
    return meant(name or "") or "en"


def problem(text: str, known: Collection[str] = ()) -> str | None:
    """Why a text is not a language code, with a suggestion; ``None`` if it is one.

    Args:
        text: the text.
        known: the codes to choose from, if known: if a code for a small language is not among them, the suggestion is one of them.
    """
    if is_code(text) and (text in known or MEANT.get(text) not in known):
        return None
    if text.strip().lower() == "auto":
        return f"{text!r} is not a language code. Leave out the language to detect it."
    code = MEANT.get(text) or meant(text)
    if is_code(text):
        return f"No model supports the language {text!r}. Did you mean {code!r}?"
    advice = f"Did you mean {code!r}?" if code else "Write it as an ISO 639-1 code such as en, de or fr."
    return f"{text!r} is not a language code. {advice}"


def three_letters(language: str) -> str:
    """The three-letter code of a two-letter code, ``und`` if unknown; three-letter codes are returned unchanged."""
    code = language.lower().partition("-")[0].partition("_")[0]
    return THREE_LETTERS.get(code, code if len(code) == 3 and code.isascii() and code.isalpha() else "und")


def language_code(text: str | None) -> str | None:
    """The ISO 639-1 code of a language in a document's metadata, such as ``en-US`` or ``eng``; ``None`` if there is none."""
    match = re.match(r"\s*([A-Za-z]{2,3})(?![A-Za-z])", text or "")
    if match is None:
        return None
    code = match[1].lower()
    return code if len(code) == 2 else MEANT.get(code)
