"""faster-whisper alone, used as in a short script: reads a file, prints its text."""

from __future__ import annotations

import argparse

from faster_whisper import BatchedInferencePipeline, WhisperModel


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recording")
    parser.add_argument("model", help="folder of the weights")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--batch", type=int, required=True)
    arguments = parser.parse_args()
    model = WhisperModel(arguments.model, device="cpu", compute_type="int8", cpu_threads=arguments.threads)
    segments, _ = BatchedInferencePipeline(model).transcribe(arguments.recording, language="en", batch_size=arguments.batch)
    for segment in segments:
        print(segment.text)


if __name__ == "__main__":
    main()
