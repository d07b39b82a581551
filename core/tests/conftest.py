"""Real media, made on the spot with the codecs that PyAV carries."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest

Samples = npt.NDArray[np.float32]
Record = Callable[..., Path]


def tone(seconds: float = 1.0, hertz: float = 440.0, rate: int = 48_000) -> Samples:
    """A sine at half of full scale, ``float32[n]``."""
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


@pytest.fixture
def record(tmp_path: Path) -> Record:
    """Write sound, 48 kHz mono ``float32[n]``, into a file of any container and codec, with or without pictures."""

    def write(
        name: str, codec: str = "pcm_s16le", rate: int = 16_000, layout: str = "mono", sound: Samples | None = None, *, video: bool = False,
        options: dict[str, str] | None = None,
    ) -> Path:  # fmt: skip
        path = tmp_path / name
        with av.open(str(path), "w", options=options or {}) as container:
            pictures = container.add_stream("mpeg4", rate=10, width=64, height=64, pix_fmt="yuv420p") if video else None
            track = container.add_stream(codec, rate=rate, layout=layout) if codec else None
            if pictures is not None:
                _write_pictures(container, pictures)
            if track is not None:
                _write_sound(container, track, tone() if sound is None else sound, rate, layout)
        return path

    return write


def _write_pictures(container: Any, stream: Any) -> None:
    for index in range(20):
        frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
        frame.pts = index
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def _write_sound(container: Any, stream: Any, sound: Samples, rate: int, layout: str) -> None:
    size = stream.codec_context.frame_size or 1024
    resampler = av.AudioResampler(format=stream.format.name, layout=layout, rate=rate, frame_size=size)
    for at in range(0, len(sound), 4800):
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound[np.newaxis, at : at + 4800]), format="flt", layout="mono")
        frame.sample_rate, frame.pts = 48_000, at
        for resampled in resampler.resample(frame):
            container.mux(stream.encode(resampled))
    for resampled in resampler.resample(None):
        container.mux(stream.encode(resampled))
    container.mux(stream.encode(None))
