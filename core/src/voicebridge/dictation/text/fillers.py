"""Remove fillers, with the commas around them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from voicebridge.dictation.text.languages.language import Language
from voicebridge.dictation.text.tokens import Token

_COMMA = ", \u00a0\u202f"


def without_fillers(tokens: Sequence[Token], language: Language) -> list[Token]:
    """The tokens without fillers such as "um" and "uh"; the next word gets the capital at the start of a sentence.

    A filler with a question or exclamation mark ("Eh?") and one in capitals ("ER") is a word.
    """
    kept: list[Token] = []
    capital = False
    for token in tokens:
        if _is_filler(token, language):
            same = bool(kept) and kept[-1].utterance == token.utterance
            capital = capital or (token.core[0].isupper() and (not same or _ends(kept[-1])))
            if same:
                kept[-1] = _joined(kept[-1], token, language)
            continue
        if capital:
            token = replace(token, core=token.core[0].upper() + token.core[1:])
        capital = False
        kept.append(replace(token, space="") if not kept or kept[-1].utterance != token.utterance else token)
    return kept


def _is_filler(token: Token, language: Language) -> bool:
    is_shouted = len(token.core) > 1 and token.core.isupper()
    return token.core.casefold() in language.fillers and not is_shouted and not token.lead and not set(token.tail) & set("?!\"'”»)")


def _ends(token: Token) -> bool:
    return bool(set(token.tail) & set(".!?…"))


def _joined(word: Token, filler: Token, language: Language) -> Token:
    """The word before a filler, with the remaining punctuation of both."""
    if _ends(word):
        return word
    if _ends(filler):
        return replace(word, tail=word.tail.rstrip(_COMMA) + filler.tail.lstrip(_COMMA))
    if word.tail.endswith(",") and word.core.casefold() not in language.interjections:
        return replace(word, tail=word.tail[:-1].rstrip(_COMMA))
    return word
