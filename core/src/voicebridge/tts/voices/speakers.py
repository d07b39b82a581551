"""Detect a change of speaker in a recording with the Bayesian information criterion (Chen and Gopalakrishnan, 1998).

Two sections of speech are modelled by one Gaussian of their cepstra, and by one each; if two fit so much better that this outweighs the
additional parameters, there are two speakers. This needs no model, and the result is an estimate:
docs/adr/0015-voices-and-verifying.md gives its accuracy.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from voicebridge.audio.loudness import FRAME, loudness, speech

Sound = npt.NDArray[np.float32]
"""``float32[n]``, mono, in [-1, 1]."""
Cepstra = npt.NDArray[np.float64]
"""``float64[frames, coefficients]``."""

HOP, WINDOW = 0.01, 0.025
"""Seconds between two frames, and seconds per frame."""
COEFFICIENTS = 12
FILTERS = 26
HIGHEST = 7600.0
"""Hertz: higher frequencies hardly distinguish voices, and many recordings lack them."""
SHORTEST_TURN = 2.0
"""Minimum seconds of speech needed to distinguish a speaker from another."""
WINDOW_OF_TURNS = 10.0
"""Seconds of speech that are searched for one change: in more, a speaker who returns would hide that there are two."""
WINDOW_STEP, PLACE_STEP = 2.0, 0.1
"""Seconds between two windows, and between two positions in a window that are tested for a change."""
PENALTY = 3.0
"""Weight of the criterion's penalty. The theory has 1, for independent frames; adjacent frames are not independent."""


def speaker_change(samples: Sound, rate: int) -> float | None:
    """The position (s) of a probable change of speaker; ``None`` if there is probably only one.

    Args:
        samples: ``float32[n]``, mono.
        rate: of the samples, in Hz.
    """
    cepstra = cepstra_of(samples, rate)
    is_speech = np.repeat(speech(loudness(samples, rate)), round(FRAME / HOP))[: len(cepstra)]
    where = np.flatnonzero(is_speech)
    spoken = cepstra[where]
    size, step = round(WINDOW_OF_TURNS / HOP), round(WINDOW_STEP / HOP)
    begins = range(0, max(1, len(spoken) - size + 1), step)
    changes = [(evidence, begin + place) for begin in begins for evidence, place in [strongest_change(spoken[begin : begin + size])]]
    evidence, place = max(changes)
    return float(where[place] * HOP) if evidence > PENALTY else None


def strongest_change(cepstra: Cepstra) -> tuple[float, int]:
    """The evidence for two voices, as the highest penalty that it would outweigh; and the frame at which the second starts."""
    frames, least = len(cepstra), round(SHORTEST_TURN / HOP)
    places = range(least, frames - least + 1, round(PLACE_STEP / HOP))
    if not places:
        return 0.0, 0
    # Cumulative sums make every position equally cheap, because a covariance is a sum of products.
    products = np.cumsum(np.einsum("ni,nj->nij", cepstra, cepstra), axis=0)
    sums = np.cumsum(cepstra, axis=0)
    whole = frames * _log_determinant(products[-1], sums[-1], frames)
    gains = []
    for place in places:
        before, after = place - 1, frames - place
        first = place * _log_determinant(products[before], sums[before], place)
        second = after * _log_determinant(products[-1] - products[before], sums[-1] - sums[before], after)
        gains.append((whole - first - second) / 2)
    parameters = COEFFICIENTS + COEFFICIENTS * (COEFFICIENTS + 1) / 2
    best = int(np.argmax(gains))
    return float(gains[best] / (parameters / 2 * np.log(frames))), places[best]


def _log_determinant(products: npt.NDArray[np.float64], sums: npt.NDArray[np.float64], count: int) -> float:
    mean = sums / count
    covariance = products / count - np.outer(mean, mean)
    return float(np.linalg.slogdet(covariance + 1e-6 * np.eye(len(sums)))[1])


def cepstra_of(samples: Sound, rate: int) -> Cepstra:
    """Mel-frequency cepstral coefficients except the first, which is the loudness: ``float64[frames, COEFFICIENTS]``."""
    size, hop = round(WINDOW * rate), round(HOP * rate)
    if len(samples) < size:
        return np.zeros((0, COEFFICIENTS))
    emphasised = np.append(samples[:1], samples[1:] - 0.97 * samples[:-1]).astype(np.float64)
    frames = np.lib.stride_tricks.sliding_window_view(emphasised, size)[::hop] * np.hamming(size)
    length = 1 << (size - 1).bit_length()
    power = np.abs(np.fft.rfft(frames, length)) ** 2
    energies = np.log(power @ _filters(rate, length).T + 1e-10)
    cepstra: Cepstra = energies @ _cosines().T
    return cepstra


@cache
def _filters(rate: int, length: int) -> npt.NDArray[np.float64]:
    """Triangular filters on the mel scale, ``float64[FILTERS, length // 2 + 1]``."""
    highest = min(HIGHEST, rate / 2)
    mels = np.linspace(_mel(60.0), _mel(highest), FILTERS + 2)
    edges = 700 * (10 ** (mels / 2595) - 1)
    hertz = np.linspace(0, rate / 2, length // 2 + 1)
    rising = (hertz - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - hertz) / (edges[2:] - edges[1:-1])[:, None]
    triangles: npt.NDArray[np.float64] = np.maximum(np.minimum(rising, falling), 0.0)
    return triangles


def _mel(hertz: float) -> float:
    return float(2595 * np.log10(1 + hertz / 700))


@cache
def _cosines() -> npt.NDArray[np.float64]:
    """The rows of the discrete cosine transform from the second, ``float64[COEFFICIENTS, FILTERS]``."""
    orders = np.arange(1, COEFFICIENTS + 1)[:, None]
    waves: npt.NDArray[np.float64] = np.sqrt(2 / FILTERS) * np.cos(np.pi * orders * (np.arange(FILTERS) + 0.5) / FILTERS)
    return waves
