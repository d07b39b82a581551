"""Playback on any speaker, including those without playback control."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from inspect import signature
from typing import Any

from voicebridge.playback import Playing
from voicebridge.ports import Speaker
from voicebridge.speech import AudioChunk

AHEAD = 0.3
"""Seconds of audio sent ahead to a speaker without playback control; it stops with this delay."""
_SLICE = 0.1
_LOOK = 0.02


def play(speaker: Speaker, audio: Iterator[AudioChunk], device: str | None, playing: Playing) -> None:
    """Play with control of the playback; see :meth:`voicebridge.ports.Speaker.play`.

    Raises:
        VoiceBridgeError: errors of the speaker and the audio.
    """
    if "playing" in signature(speaker.play).parameters:
        speaker.play(audio, device, playing)
        return
    simple: Callable[..., Any] = speaker.play
    try:
        simple(_in_time(audio, playing), device)
    finally:
        playing.progress(playing.heard, sounds=False)


def _in_time(audio: Iterator[AudioChunk], playing: Playing) -> Iterator[AudioChunk]:
    """The same audio in small chunks, each shortly before it is to be played."""
    given = 0.0
    begun = time.monotonic()
    for chunk in audio:
        step = max(1, round(_SLICE * chunk.sample_rate))
        for at in range(0, len(chunk.samples), step):
            while playing.paused and not playing.stopped:
                before = time.monotonic()
                playing.progress(given, sounds=before - begun < given)
                time.sleep(_LOOK)
                begun += time.monotonic() - before if before - begun >= given else 0.0
            while not playing.stopped and (heard := time.monotonic() - begun) < given - AHEAD:
                playing.progress(max(0.0, heard), sounds=True)
                time.sleep(_LOOK)
            if playing.stopped:
                return
            samples = chunk.samples[at : at + step]
            yield AudioChunk(samples if playing.gain == 1 else samples * playing.gain, chunk.sample_rate)
            begun = max(begun, time.monotonic() - given)  # the engine was slow, and the speaker waited for it
            given += len(samples) / chunk.sample_rate
