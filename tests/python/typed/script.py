"""A script that uses the Python API in breadth."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import voicebridge
from voicebridge import (
    AudioChunk,
    EngineOptions,
    Host,
    InputError,
    Receipt,
    Segment,
    SttJob,
    SttModel,
    SttRequest,
    SttWorker,
    Transcript,
    TtsModel,
    VoiceBridgeError,
    Word,
)


def transcribe_all(recordings: list[Path]) -> dict[Path, Transcript]:
    found: dict[Path, Transcript] = {}
    with voicebridge.load_model("whisper/base", options={"beam_size": 1}) as model:
        for recording in recordings:
            try:
                found[recording] = model.transcribe(recording, words=True, hotwords=["VoiceBridge"])
            except InputError as error:
                print(error, file=sys.stderr)
    return found


def subtitles(recording: str) -> Path:
    transcript = voicebridge.transcribe(recording, language="en", channels=["Agent", "Caller"], progress=True)
    words: list[Word] = [word for segment in transcript.segments for word in segment.words]
    print(transcript.language, transcript.duration, transcript.text, [word.probability for word in words])
    written = transcript.write(f"{recording}.json")
    assert Transcript.load(written).segments == transcript.segments
    return transcript.write(Path(recording).with_suffix(".txt"), format="srt")


def show(done: float, total: float | None) -> None:
    print(f"{done:.0f} of {total or 0:.0f} s")


def draft(model: SttModel, samples: npt.NDArray[np.float32]) -> Iterator[str]:
    for segment in model.stream(samples, sample_rate=44_100, partials=True, progress=show):
        yield segment.text if segment.final else f"({segment.text} …)"


def chunks(samples: npt.NDArray[np.float32]) -> Iterator[AudioChunk]:
    for start in range(0, len(samples), 8_000):
        yield AudioChunk(samples[start : start + 8_000], 16_000, start / 16_000)


def arrays(samples: npt.NDArray[np.int16]) -> None:
    segments: list[Segment] = list(voicebridge.stream(chunks((samples / 32_768).astype(np.float32))))
    print(segments, voicebridge.transcribe(samples).text, voicebridge.transcribe(iter([samples])), voicebridge.transcribe(b"RIFF"))
    with Path("talk.wav").open("rb") as file:
        print(voicebridge.transcribe(file, diarize=True, speakers=2).segments[0].speaker)


def speak(voice: TtsModel, article: Path) -> npt.NDArray[np.float32]:
    voicebridge.save_speech("The train leaves at half past seven.", "train.mp3", speed=1.2, seed=1)
    print(voice.save(article, article.with_suffix(".m4b"), progress=show))
    first = next(voicebridge.speak("Good morning.", voice="joe"))
    print(first.start, first.sample_rate, first.duration, first.samples.max())
    return np.concatenate([chunk.samples for chunk in voice.speak(article, language="en")])


class Settings(EngineOptions):
    greeting: str = "Hello"


def look_around(name: str) -> None:
    host = Host.load("office")
    for model in host.stt_models():
        print(model.name, model.spec.description, model.spec.words, sorted(model.spec.languages or ()))
    for voice_model, voice in host.voices():
        print(voice_model, voice.name, voice.language)
    print(host.find_tts(language="en").spec.sample_rate, host.find_stt("base").name, host.formats(), host.executors(), host.profile)
    print([reader.spec.suffixes for reader in host.readers()], [service.spec.kind for service in host.services("clipboard")])
    print([model.spec.voices for model in host.tts_models()], [each.spec.max_speakers for each in host.diarizers()])
    with host.load_stt(name) as listener, host.load_tts("joe", options={"noise": 0.5}) as reader:
        print(listener.transcribe("talk.wav").text, speak(reader, Path("article.md")))


def in_a_run(plugin: str) -> None:
    host = Host.current()
    settings = host.settings(plugin)
    assert isinstance(settings, Settings)
    host.logger(plugin).warning("%s %s", settings.greeting, settings.model_dump())
    if not host.is_offline:
        fetched = host.fetch(plugin, "https://example.org/words.txt", "0" * 64, progress=lambda done, total: print(done, total))
        print(fetched.read_text(encoding="utf-8"), host.data_folder(plugin), host.cache_folder(plugin))


def work(lines: list[str]) -> list[Receipt]:
    with SttWorker() as worker:
        receipts = [worker.run(SttJob.from_json(line)) for line in lines]
    for receipt in receipts:
        if receipt.error:
            print(receipt.job, receipt.error)
        print(receipt.files, receipt.heard and receipt.heard.language, receipt.to_json())
    job = SttJob(id="1", recording=Path("/talk.wav"), model="whisper/base", request=SttRequest(language="en"), options={"beam_size": 1})
    print(job.to_json(), job.content_hash())
    return receipts


if __name__ == "__main__":
    try:
        print(voicebridge.__version__, transcribe_all([Path(each) for each in sys.argv[1:]]))
    except VoiceBridgeError as error:
        sys.exit(str(error))
