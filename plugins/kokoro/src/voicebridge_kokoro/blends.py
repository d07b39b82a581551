"""The styles of voices, and blends of several voices, such as ``af_sky+af_bella`` or ``af_sky:0.7+af_bella:0.3``."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection

import numpy as np
import numpy.typing as npt
from voicebridge import UnknownNameError
from voicebridge.errors import nearest

Style = npt.NDArray[np.float32]
"""A voice: a row of 256 numbers for each length of a text in phonemes."""


def parts_of(voice: str, known: Collection[str]) -> dict[str, float]:
    """The voices in a name, with weights that sum up to 1.

    Args:
        voice: the name of a voice, or several joined with ``+``, each with a weight after ``:`` if they are not equal.
        known: the names of voices.

    Raises:
        UnknownNameError: if there is no such voice, or a weight is not a number above 0.
    """
    weights: dict[str, float] = {}
    for part in voice.split("+"):
        name, colon, weight = (each.strip() for each in part.partition(":"))
        if name not in known:
            raise UnknownNameError(f"Kokoro has no voice {name!r}.{nearest(name, known)} List the voices with: voicebridge voices")
        weights[name] = weights.get(name, 0.0) + (_weight(weight, voice) if colon else 1.0)
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()}


def _weight(given: str, voice: str) -> float:
    try:
        weight = float(given)
    except ValueError:
        weight = 0.0
    if not 0 < weight < math.inf:
        raise UnknownNameError(f"{given!r} in the voice {voice!r} is not a weight. Write numbers above 0, as in af_sky:0.7+af_bella:0.3.")
    return weight


def blend(parts: dict[str, float], style: Callable[[str], Style]) -> Style:
    """The style of a blend.

    Args:
        parts: the weights of its voices.
        style: returns the style of a voice.
    """
    mixed = sum((np.float32(weight) * style(name) for name, weight in parts.items()), np.zeros(1, np.float32))
    return np.asarray(mixed, np.float32)
