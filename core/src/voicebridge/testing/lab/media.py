"""Recordings in any container and codec, made on the spot with the codecs that PyAV carries."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np

from voicebridge.testing.sounds import Sound

_RATE = 48_000
_BLOCK = _RATE // 10


def write_media(
    path: Path, sound: Sound, codec: str, *, rate: int = 16_000, layout: str = "mono", video: bool = False,
    options: dict[str, str] | None = None,
) -> Path:  # fmt: skip
    """Write a file whose ending names its container, and give its path.

    Args:
        path: where to write.
        sound: ``float32[n]``, mono, of 48 kHz.
        codec: FFmpeg's name of the codec; none for a file without sound.
        rate: samples per second in the file.
        layout: FFmpeg's name of the channels in the file; each of them is the sound.
        video: with two seconds of black pictures.
        options: FFmpeg's options of the container.
    """
    with av.open(str(path), "w", options=options or {}) as container:
        pictures = container.add_stream("mpeg4", rate=10, width=64, height=64, pix_fmt="yuv420p") if video else None
        track = container.add_stream(codec, rate=rate, layout=layout) if codec else None
        if pictures is not None:
            _write_pictures(container, pictures)
        if track is not None:
            _write_sound(container, track, sound, rate, layout)
    return path


def _write_pictures(container: Any, stream: Any) -> None:
    for index in range(20):
        frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
        frame.pts = index
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def _write_sound(container: Any, stream: Any, sound: Sound, rate: int, layout: str) -> None:
    size = stream.codec_context.frame_size or 1024
    resampler = av.AudioResampler(format=stream.format.name, layout=layout, rate=rate, frame_size=size)
    for at in range(0, len(sound), _BLOCK):
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound[np.newaxis, at : at + _BLOCK]), format="flt", layout="mono")
        frame.sample_rate, frame.pts = _RATE, at
        for resampled in resampler.resample(frame):
            container.mux(stream.encode(resampled))
    for resampled in resampler.resample(None):
        container.mux(stream.encode(resampled))
    container.mux(stream.encode(None))
