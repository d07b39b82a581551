"""Whether the voice in a recording changes, by the Bayesian information criterion for speaker changes (Chen and Gopalakrishnan, 1998).

Two stretches of speech are described by one Gaussian of their cepstra, or by one each; where two describe them so much better that it
outweighs their being more, two people speak. No model is needed, and the answer is a guess: docs/adr/0015-voices-and-verifying.md has how
often it is right.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from voicebridge.audio.levels import FRAME, loudness, speech

Sound = npt.NDArray[np.float32]
"""``float32[n]``, mono, in [-1, 1]."""
Cepstra = npt.NDArray[np.float64]
"""``float64[frames, coefficients]``."""

HOP, WINDOW = 0.01, 0.025
"""Seconds between two frames, and that a frame spans."""
COEFFICIENTS = 12
FILTERS = 26
HIGHEST = 7600.0
"""Hertz: what is above hardly tells one voice from another, and many recordings lack it."""
SHORTEST_TURN = 2.0
"""Seconds of speech that a speaker needs to be told from another."""
WINDOW_OF_TURNS = 10.0
"""Seconds of speech in which one change is looked for: in more of it, a speaker who comes back would hide that there are two."""
WINDOW_STEP, PLACE_STEP = 2.0, 0.1
"""Seconds between two windows, and between two places in a window where a change is looked for."""
PENALTY = 3.0
"""Weight of the criterion's penalty. The theory has 1, for frames that don't depend on each other; neighbouring ones do."""


def speaker_change(samples: Sound, rate: int) -> float | None:
    """Where (s) one voice seems to give way to another; ``None`` where one seems to speak throughout.

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
    """How strong the evidence for two voices is, as the penalty that it would just outweigh; and the frame at which the second begins."""
    frames, least = len(cepstra), round(SHORTEST_TURN / HOP)
    places = range(least, frames - least + 1, round(PLACE_STEP / HOP))
    if not places:
        return 0.0, 0
    # Running sums make each place as cheap as any other: a covariance is a sum of products.
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
    """Mel-frequency cepstral coefficients without the first, which is the loudness: ``float64[frames, COEFFICIENTS]``."""
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
    """Triangles on the mel scale, ``float64[FILTERS, length // 2 + 1]``."""
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
    """The discrete cosine transform's rows from the second, ``float64[COEFFICIENTS, FILTERS]``."""
    orders = np.arange(1, COEFFICIENTS + 1)[:, None]
    waves: npt.NDArray[np.float64] = np.sqrt(2 / FILTERS) * np.cos(np.pi * orders * (np.arange(FILTERS) + 0.5) / FILTERS)
    return waves
