"""Abbreviations whose full stop doesn't end a sentence, by language."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from voicebridge.patterns import pattern
from voicebridge.tts.text.normalize.words import word_set

_OTHERS = {
    "fr": (
        "M. MM. Mme. Mmes. Mlle. Mlles. Dr. Pr. Prof. Me. Mgr. St. Ste. Sr. R.P.",
        "p. pp. vol. chap. art. env. av. apr. cf. ex. fig. n. no. éd. t. tél. max. min. nb. janv. févr. avr. juil."
        " sept. oct. nov. déc. ib. id."
        " J.-C. ap. bd. boul. rédac. trad. coll. réf. p.ex. c.-à-d.",
        "etc.",
    ),
    "it": (
        "M. Sig. Sigg. Sig.ra Sig.na Dott. Dott.ssa Prof. Prof.ssa Ing. Avv. Arch. Geom. Rag. On. Sen. Mons. S. SS."
        " Cav. Comm. Gen. Col. Cap.",
        "pag. pagg. p. pp. vol. cap. art. fig. n. nn. nr. es. cfr. ca. tel. max. min. a.C. d.C. sec. ed. v. vv. gen."
        " feb. mar. apr. lug. sett. ott."
        " nov. dic. p.es. ad es.",
        "ecc. etc.",
    ),
    "es": (
        "Sr. Sra. Srta. Sres. Sras. Dr. Dra. Dres. D. Dña. Da. Prof. Profa. Ing. Lic. Arq. Gral. Cnel. Cap. Sto. Sta."
        " Fr. Mons. Excmo. Ilmo. Ud. Uds.",
        "pág. págs. p. pp. vol. cap. art. fig. núm. n. ej. p.ej. aprox. máx. mín. tel. avda. av. a.C. d.C. ed. cf."
        " ene. feb. abr. jun. jul. ago."
        " sept. oct. nov. dic. depto.",
        "etc. EE.UU.",
    ),
    "pt": (
        "Sr. Sra. Srta. Srs. Sras. Dr. Dra. Drs. D. Prof. Profa. Eng. Arq. Gen. Cel. Cap. Pe. S. Sto. Sta. Exmo. Exma. V.",
        "pág. págs. p. pp. vol. cap. art. fig. núm. n. ex. p.ex. aprox. máx. mín. tel. av. a.C. d.C. ed. cf. jan."
        " fev. mar. abr. jun. jul. ago. set."
        " out. nov. dez.",
        "etc.",
    ),
    "nl": (
        "dhr. Dhr. mevr. Mevr. mw. Mw. dr. Dr. drs. Drs. prof. Prof. ir. Ir. ing. Ing. mr. Mr. ds. Ds. St.",
        "bijv. bv. d.w.z. o.a. m.a.w. i.p.v. t.o.v. m.b.t. blz. p. nr. nrs. ca. max. min. incl. excl. tel. vgl. art."
        " hfst. afb. fig. v.Chr. n.Chr. jl."
        " resp. evt. jan. feb. mrt. apr. jun. jul. aug. sept. okt. nov. dec. ong.",
        "enz. etc.",
    ),
    "pl": (
        "p. pp. prof. Prof. hab. inż. mgr. dr. ks. św. Św. o. gen. płk. kpt. abp. bp.",
        "np. tzn. tj. tzw. m.in. ok. ul. al. pl. godz. min. maks. nr. str. s. t. rys. tab. art. ust. pkt. tel. r. w."
        " por. zob. ur. zm. n.e. p.n.e. wg.",
        "itd. itp. etc.",
    ),
    "sv": (
        "dr. Dr. prof. Prof. hr. Hr. fr. Fr. S:t.",
        "t.ex. bl.a. d.v.s. dvs. kl. ca. s. nr. kap. fig. tel. max. min. inkl. exkl. f.Kr. e.Kr. jfr. resp. s.k."
        " m.fl. jan. feb. apr. jun. jul. aug. sept."
        " okt. nov. dec. fr.o.m. t.o.m. p.g.a.",
        "osv. m.m. etc.",
    ),
    "ru": (
        "г. гр. им. проф. акад. д-р. св. Св. ул. о.",
        "т.е. т.к. т.н. напр. ок. стр. с. рис. гл. тел. см. ср. н.э. до н.э. руб. коп. тыс. млн. млрд.",
        "т.д. т.п. др.",
    ),
}  # fmt: skip
"""Those before a name, those before anything, and those that may also end a sentence."""
_ENGLISH_ENDS = word_set(
    "etc. Jr. Sr. Inc. Ltd. Corp. Co. Bros. Ave. Blvd. Rd. Dr. St. Ln. Hwy. Ph.D. dept. Dept. ibid. op. cit. al. a.k.a. misc. govt. ed."
)
_GERMAN_ENDS = word_set("usw. etc. usf. Chr. Ä. o. u. Str. MwSt. Std. Mio. Mrd.")
_LAST = pattern(r"(?:^|[\s(\[„“\"«'’/–—-])((?:[^\W\d_]{1,12}[.-]{1,2}){0,4}[^\W\d_]{1,12}\.)$")
_NUMBER = pattern(r"(?:^|[\s(„])\d{1,3}\.$")
_FIRST = pattern(r"[\s(\[„“\"«'’‚‘]*([^\W\d_]+|\d)")


@dataclass(frozen=True, slots=True)
class _Known:
    titles: frozenset[str]
    others: frozenset[str]
    """Those that continue, unless the next word starts a sentence."""
    ends: frozenset[str]
    """Those that continue only before a lower-case letter or a digit."""
    openers: frozenset[str]


def goes_on(text: str, following: str, language: str) -> bool:
    """Whether the supposed sentence ``text`` continues with ``following``.

    Args:
        text: the preceding text, up to 80 characters.
        following: the following text, without a leading space.
        language: ISO 639-1 code.
    """
    first = _FIRST.match(following[:80])
    if first is None:
        return False
    word = first[1]
    known = _known(language)
    if language == "de" and _NUMBER.search(text):
        return _is_german_ordinal(text, word, known.openers)
    last = _LAST.search(text)
    if last is None:
        return False
    abbreviation = last[1]
    if abbreviation in known.titles and abbreviation not in known.ends:
        return word[0].isupper()
    if abbreviation in known.ends:
        return not word[0].isupper() or (abbreviation in known.titles and word.lower() not in known.openers)
    return abbreviation in known.others and not (word[0].isupper() and word.lower() in known.openers)


def _is_german_ordinal(text: str, word: str, openers: frozenset[str]) -> bool:
    from voicebridge.tts.text.normalize.german_rules import counts_by_itself

    return word[0].isalpha() and word.lower() not in openers and not counts_by_itself(text)


@cache
def _known(language: str) -> _Known:
    if language in ("en", "de"):
        from voicebridge.tts.text.normalize.english import WORDS as ENGLISH
        from voicebridge.tts.text.normalize.german import WORDS as GERMAN

        words = ENGLISH if language == "en" else GERMAN
        last_parts = {each.rpartition(" ")[2] for each in words.abbreviations}
        return _Known(
            frozenset(words.titles),
            frozenset({*last_parts, *words.before_numbers, *words.days}),
            _ENGLISH_ENDS if language == "en" else _GERMAN_ENDS,
            words.openers,
        )
    titles, others, ends = (word_set(part) for part in _OTHERS.get(language, ("", "", "")))
    return _Known(titles, others, ends, frozenset())
