"""Run an engine directly: the recording is already in memory, and the segments are only counted."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from voicebridge import AudioChunk, SttRequest
from voicebridge.spec_fields import load_ref
from voicebridge_whisper.plugin import voicebridge_stt_models

RATE = 16_000


def main(recording: Path, model: str) -> None:
    sound = np.load(recording)
    spec = next(spec for spec in voicebridge_stt_models() if spec.name == model)
    engine = load_ref(spec.factory)(spec.name, load_ref(str(spec.options))())
    print(sum(1 for _ in engine.transcribe(chunks(sound), SttRequest(language="en"))))
    engine.close()


def chunks(sound: np.ndarray) -> Iterator[AudioChunk]:
    """Yield half a second at a time, as the host does."""
    for at in range(0, len(sound), RATE // 2):
        yield AudioChunk(sound[at : at + RATE // 2], RATE, at / RATE)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
