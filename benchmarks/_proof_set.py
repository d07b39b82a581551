"""Hundreds of varied short clips for comparing two ways of transcribing: lengths, voices, noise, silence, languages."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import numpy as np
from _speech import RATE, TEXTS, Clip, Sound, everyday, joined, load, prose, recordings, renamed, resampled

LONGEST = 25.0
"""Seconds; longer recordings are split."""
LENGTHS = (2, 6, 1, 12, 4, 18, 8, 25, 3, 10, 5, 15)
"""Target durations of the prose clips in seconds, in turn."""
SNRS = (20, 10, 5)
"""Signal-to-noise ratios in decibels."""
ESPEAK = shutil.which("espeak-ng")
LANGUAGES = {"de": "German", "fr": "French", "es": "Spanish", "it": "Italian"}


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A clip to transcribe, and its group."""

    group: str
    clip: Clip
    language: str | None = "en"
    """The language passed to the model."""
    spoken: str = "en"
    """The language of the clip."""


def english(count: int, folder: Path | None) -> Iterator[Case]:
    """Yield ``count`` synthesised clips and those in ``folder``, each unmodified and with every modification."""
    kinds = {
        "one to three words": _spread(everyday("answers"), count // 4),
        "every-day sentences": _spread([clip for clip in everyday() if not clip.name.startswith("answers")], count // 4),
        "prose, 1 to 25 s": _spread(pieces_of_prose(), count - 2 * (count // 4)),
    }
    if folder:
        named = recordings(folder)
        kinds["named recordings"] = [clip for clip in named if clip.text and clip.duration <= LONGEST]
        kinds["named recordings without a transcript, cut up"] = [
            piece for clip in named if not clip.text or clip.duration > LONGEST for piece in cut_up(clip)
        ]
    for kind, clips in kinds.items():
        yield from (Case(kind, clip) for clip in clips)
    clean = [clip for clips in kinds.values() for clip in clips if clip.text]
    for name, disguise in DISGUISES.items():
        yield from (Case(name, renamed(clip, clip.name, disguise(clip.sound))) for clip in clean)


def without_words(lengths: Sequence[float] = (0.5, 1, 2, 5, 10, 20)) -> Iterator[Case]:
    """Yield silence, noise and hum without speech."""
    for seconds in lengths:
        samples = round(seconds * RATE)
        hum = 0.1 * np.sin(2 * np.pi * 50 * np.arange(samples) / RATE)
        sounds = {
            "silence": np.zeros(samples),
            "faint noise": 0.0005 * white(samples),
            "white noise": 0.05 * white(samples),
            "pink noise": 0.1 * pink(samples),
            "hum": hum + 0.002 * white(samples),
            "clicks": np.where(np.arange(samples) % (RATE // 2) < 20, 0.3, 0.0) + 0.001 * white(samples),
        }
        for name, sound in sounds.items():
            yield Case("silence, noise, hum and clicks alone", Clip(f"{name}, {seconds:g} s", "", sound.astype(np.float32)))


def other_languages() -> Iterator[Case]:
    """Yield sentences by espeak-ng, with the language specified and detected; none if it is not installed."""
    for code, name in LANGUAGES.items() if ESPEAK else ():
        lines = (TEXTS / "languages" / f"{code}.txt").read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines, start=1):
            clip = Clip(f"{name} {number}", line, _espeak(code, line))
            yield Case(name, clip, code, code)
            yield Case("these languages, found out", clip, None, code)


def pieces_of_prose() -> list[Clip]:
    """Sentences joined until they reach the next of :data:`LENGTHS`."""
    found: list[Clip] = []
    waiting: list[Clip] = []
    lengths = cycle(LENGTHS)
    wanted = next(lengths)
    for clip in prose():
        if waiting and sum(each.duration + 1 for each in [*waiting, clip]) > LONGEST:
            found.append(joined(waiting[0].name, waiting))
            waiting, wanted = [], next(lengths)
        waiting.append(clip)
        if sum(each.duration for each in waiting) >= wanted:
            found.append(joined(waiting[0].name, waiting))
            waiting, wanted = [], next(lengths)
    return [clip for clip in found if clip.duration <= LONGEST]


def cut_up(clip: Clip) -> Iterator[Clip]:
    """Split a long recording at quiet places into pieces of 1 to 25 s, whose text is unknown."""
    begin, lengths = 0, cycle(LENGTHS)
    while len(clip.sound) - begin > RATE:
        earliest, latest = begin + RATE, begin + (next(lengths) + 2) * RATE
        end = len(clip.sound) if latest + RATE > len(clip.sound) else earliest + _quietest(clip.sound[earliest:latest])
        yield Clip(f"{clip.name} at {begin / RATE:.1f} s", None, clip.sound[begin:end])
        begin = end


def white(samples: int) -> Sound:
    """White noise at 0 dBFS RMS, the same each time."""
    return np.random.default_rng(samples).standard_normal(samples).astype(np.float32)


def pink(samples: int) -> Sound:
    """Pink noise, with equal power per octave like most background noise; at 0 dBFS RMS, the same each time."""
    spectrum = np.fft.rfft(white(samples)) / np.sqrt(np.maximum(np.arange(samples // 2 + 1), 1))
    noise = np.fft.irfft(spectrum, samples)
    return (noise / (_rms(noise.astype(np.float32)) or 1.0)).astype(np.float32)


def with_noise(sound: Sound, snr: float) -> Sound:
    """Add pink noise, ``snr`` dB below the mean power of the sound."""
    noisy = sound + pink(len(sound)) * _rms(sound) * np.float32(10 ** (-snr / 20))
    return (noisy / max(1.0, float(np.abs(noisy).max()))).astype(np.float32)


def in_silence(sound: Sound, before: float, after: float) -> Sound:
    """Add faint noise before and after the sound (s)."""
    return np.concatenate([0.0003 * white(round(before * RATE)), sound, 0.0003 * white(round(after * RATE))]).astype(np.float32)


def over_the_telephone(sound: Sound) -> Sound:
    """Resample the sound to 8 kHz and back."""
    return resampled(resampled(sound, RATE, 8000), 8000, RATE)


def _noisy(snr: float) -> Callable[[Sound], Sound]:
    return lambda sound: with_noise(sound, snr)


DISGUISES: dict[str, Callable[[Sound], Sound]] = {
    **{f"noise at {snr} dB": _noisy(snr) for snr in SNRS},
    "silence before and after": lambda sound: in_silence(sound, 2.0, 3.0),
    "nothing before and after": lambda sound: _trimmed(sound),
    "8 kHz": over_the_telephone,
    "quiet, -30 dB": lambda sound: sound * np.float32(0.0316),
}
"""The modifications of every clip with known text, by group name."""


def _trimmed(sound: Sound) -> Sound:
    loud = np.flatnonzero(np.abs(sound) > 0.02 * np.abs(sound).max(initial=0.0))
    return sound[loud[0] : loud[-1] + 1] if len(loud) else sound


def _spread(clips: Sequence[Clip], count: int) -> list[Clip]:
    """``count`` clips, evenly spread over the list; all of them if there are fewer."""
    return [clips[number * len(clips) // count] for number in range(min(count, len(clips)))] if count < len(clips) else list(clips)


def _quietest(sound: Sound) -> int:
    """The sample in the middle of the quietest fifth of a second."""
    width = RATE // 5
    power = np.convolve(sound.astype(np.float64) ** 2, np.ones(width), "valid")
    return int(np.argmin(power)) + width // 2


def _rms(sound: Sound) -> np.float32:
    return np.float32(np.sqrt(np.mean(sound.astype(np.float64) ** 2))) if len(sound) else np.float32(0)


def _espeak(language: str, text: str) -> Sound:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "said.wav")
        subprocess.run([str(ESPEAK), "-v", language, "-s", "150", "-w", str(path), text], check=True)
        return load(path)
