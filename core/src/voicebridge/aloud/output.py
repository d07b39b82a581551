"""Playing on any speaker, also on one from before a playback could be controlled."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from inspect import signature
from typing import Any

from voicebridge.playback import Playing
from voicebridge.ports import Speaker
from voicebridge.speech import AudioChunk

AHEAD = 0.3
"""Seconds of sound that a speaker without control is given before they are heard: so late does it come to a stop."""
_SLICE = 0.1
_LOOK = 0.02


def play(speaker: Speaker, audio: Iterator[AudioChunk], device: str | None, playing: Playing) -> None:
    """Play, with control of it; see :meth:`voicebridge.ports.Speaker.play`.

    Raises:
        VoiceBridgeError: what the speaker and the audio raise.
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
    """The same sound, in small chunks, each shortly before it is to be heard."""
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
            begun = max(begun, time.monotonic() - given)  # an engine that was late was waited for
            given += len(samples) / chunk.sample_rate
