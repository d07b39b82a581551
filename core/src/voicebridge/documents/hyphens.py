"""Rejoin words that were split at a line end: "nega-" and "tive"; "well-" and "known" keep their hyphen."""

from __future__ import annotations

from voicebridge.patterns import pattern

_PARTED = pattern(r"([^\W\d_]{1,60})[-\u00ad\u2010\u2011¬]$")
_FIRST = pattern(r"[^\W_]+(?:[-\u2010\u2011][^\W_]+)*")
_HANGING = pattern(r"(?:und|oder|bzw|and|or|et|ou|y|o|e|en|of|to|bis)\b(?!-)")
_TENS = frozenset({"twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"})
_ONES = frozenset({"one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "first", "second", "third", "fourth", "fifth"})
_LEADING = _ONES | {
    "well", "ill", "half", "self", "high", "low", "long", "short", "old", "new", "full", "part", "hard", "soft", "left", "right",
    "far", "ever", "cross", "all", "wide", "deep", "best", "better", "ten", "middle", "so", "good", "much", "fair", "dark",
    "light", "red", "blue", "black", "white", "grey", "gray", "brown", "green", "open", "single", "double", "broad", "kind",
    "cold", "warm", "hot", "large", "small",
}  # fmt: skip
_FOLLOWING = frozenset({
    "known", "being", "made", "called", "looking", "minded", "hearted", "headed", "dressed", "educated", "year", "years", "time",
    "term", "hand", "handed", "class", "quality", "speed", "level", "sized", "scale", "eyed", "haired", "faced", "born", "built",
    "fed", "read", "paid", "fashioned", "established", "meaning", "behaved", "worn", "written", "spoken", "lit", "earned",
    "deserved", "natured", "mannered", "tempered", "bred", "kept", "preserved", "respect", "esteem", "control", "conscious",
    "confidence", "defence", "defense", "evident", "reaching", "distance", "lasting", "lived", "range", "century", "day", "hour",
    "minute", "mile", "foot", "storey", "story", "aged", "length", "size", "dozen", "past", "way", "open", "closed", "asleep",
    "dead", "brother", "sister", "loved", "needed", "off", "to", "do", "examination", "section", "legged", "winged", "coloured",
    "colored", "thirds", "quarters", "fold", "sided", "shouldered", "blooded", "skinned", "toned", "green", "blue", "brown",
    "grey", "gray", "white", "black", "red",
})  # fmt: skip


def joint(before: str, after: str) -> tuple[str, str]:
    """How to join two lines: the first one, without a hyphen that ends it, and the separator; unchanged and a space by default."""
    parted = _PARTED.search(before[-60:])
    if parted is None or not after[:1].isalpha():
        return before, " "
    if before[-1] == "\u00ad":
        hyphen = ""
    elif after[0].islower():
        if _HANGING.match(after):  # "pre- and post-war"
            return before, " "
        hyphen = "-" if _keeps_hyphen(before, parted[1].lower(), after) else ""
    else:
        hyphen = "-"
    return before[:-1], hyphen


def _keeps_hyphen(before: str, first: str, after: str) -> bool:
    following = _FIRST.match(after)
    second = following[0].lower() if following else ""
    if (
        "-" in second or "\u2010" in second or before[-len(first) - 2 : -len(first) - 1] in ("-", "\u2010", "\u2011")
    ):  # "state-of-" "the-art"
        return True
    return (first in _TENS and second in _ONES) or (first in _LEADING and second in _FOLLOWING)
