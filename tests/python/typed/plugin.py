"""A plugin with all that a plugin can have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np
from pydantic import Field
from voicebridge import (
    AudioChunk,
    Block,
    CheckSpec,
    CommandSpec,
    DaemonPartSpec,
    DiarizerSpec,
    Document,
    DocumentReaderSpec,
    DocumentSource,
    EngineOptions,
    Event,
    ExecutorSpec,
    Finding,
    FormatSpec,
    Host,
    InputError,
    Line,
    ListenerSpec,
    Segment,
    ServiceSpec,
    SettingsSpec,
    SpeechToText,
    SttJob,
    SttRequest,
    SttSpec,
    SttWorker,
    TextContext,
    TextFilterSpec,
    TextToSpeech,
    TranscriptInfo,
    TtsRequest,
    TtsSpec,
    Turn,
    UnavailableError,
    Voice,
    WeightsPlace,
    WeightsStore,
    Word,
    hookimpl,
)
from voicebridge.extension_ports import Check, Diarizer, DocumentReader, Executor, JobListener, Listener, TextFilter
from voicebridge.host import DaemonPart
from voicebridge.ports import Notifier, Progress
from voicebridge.speech import TranscriptWriter

VOICEBRIDGE_API = 1


@hookimpl
def voicebridge_stt_models() -> Iterator[SttSpec]:
    yield SttSpec(
        name="ear", factory="acme.plugin:Ear", options="acme.plugin:Options", weights="acme.plugin:Weights", languages={"en", "de"},
        aliases=["ohr"], words=True, frame=1_600, sample_type="int16", parallel=2,
    )  # fmt: skip


@hookimpl(trylast=True)
def voicebridge_tts_models() -> Iterable[TtsSpec]:
    voices = [Voice("clara", "en")]
    return [TtsSpec(name="clara", factory="acme.plugin:Clara", sample_rate=22_050, voices=voices, speed=True, speed_range=(0.5, 2.0))]


@hookimpl
def voicebridge_services() -> Iterable[ServiceSpec]:
    yield ServiceSpec(kind="notifier", name="bell", factory="acme.plugin:Bell", probe="acme.plugin:probe")


@hookimpl
def voicebridge_commands() -> Iterable[CommandSpec]:
    yield CommandSpec(name="minutes", command="acme.plugin:minutes", help="Write the minutes of a meeting.")


@hookimpl
def voicebridge_settings() -> Iterable[SettingsSpec]:
    yield SettingsSpec(settings="acme.plugin:Settings")


@hookimpl
def voicebridge_text_filters() -> Iterable[TextFilterSpec]:
    yield TextFilterSpec(name="long", factory="acme.plugin:Long", stages=["transcript", "speech"], order=-1)


@hookimpl
def voicebridge_transcript_formats() -> Iterable[FormatSpec]:
    yield FormatSpec(name="sbv", factory="acme.plugin:Writer", description="Subtitles for YouTube.")


@hookimpl
def voicebridge_document_readers() -> Iterable[DocumentReaderSpec]:
    yield DocumentReaderSpec(name="odt", factory="acme.plugin:Reader", suffixes=[".odt"], starts=[b"PK"])


@hookimpl
def voicebridge_daemon_parts() -> Iterable[DaemonPartSpec]:
    yield DaemonPartSpec(name="web", factory="acme.plugin:Server")


@hookimpl
def voicebridge_diarizers() -> Iterable[DiarizerSpec]:
    yield DiarizerSpec(name="turns", factory="acme.plugin:Turns", max_speakers=4)


@hookimpl
def voicebridge_checks() -> Iterable[CheckSpec]:
    yield CheckSpec(name="licence", factory="acme.plugin:Licence")


@hookimpl
def voicebridge_events() -> Iterable[ListenerSpec]:
    yield ListenerSpec(name="mail", factory="acme.plugin:Mail", events=["transcript.written"])


@hookimpl
def voicebridge_executors() -> Iterable[ExecutorSpec]:
    yield ExecutorSpec(name="grid", factory="acme.plugin:Grid")


class Options(EngineOptions):
    beam_size: int = Field(5, ge=1, description="Hypotheses kept while decoding.")


class Settings(EngineOptions):
    greeting: str = Field("Hello", description="The word to greet with.")
    end: Literal["!", "."] = Field("!", description="The character at the end.")


class Ear:
    def __init__(self, name: str, options: Options | None) -> None:
        self.beam_size = options.beam_size if options else 5

    def transcribe(self, audio: Iterable[AudioChunk], request: SttRequest) -> Iterator[Segment]:
        for chunk in audio:
            end = chunk.start + chunk.duration
            level = float(np.abs(chunk.samples).max())
            words = (Word(chunk.start, end, "loud", level),) if request.words else ()
            yield Segment(chunk.start, end, "loud", words, language=request.language or "en")

    def close(self) -> None:
        pass


class Clara:
    def __init__(self, name: str, options: None) -> None:
        self.name = name

    def synthesize(self, text: Iterable[str], request: TtsRequest) -> Iterator[AudioChunk]:
        for passage in text:
            speaker = passage.speaker if isinstance(passage, Line) else 0
            seconds = len(passage) / 15 / request.speed
            yield AudioChunk(np.full(int(seconds * 22_050), speaker, np.float32), 22_050)

    def close(self) -> None:
        pass


class Weights:
    def places(self, model: str) -> Sequence[WeightsPlace]:
        return [WeightsPlace("folder", str(Path(model)), found=Path(model).is_dir())]

    def download(self, model: str, progress: Progress | None = None) -> Path:
        if progress:
            progress(1, None)
        return Path(model)

    def remove(self, model: str) -> Sequence[Path]:
        return []


class Bell:
    def notify(self, title: str, body: str, tag: str | None = None) -> None:
        print("\a", title, body)


def probe() -> int:
    raise UnavailableError("There is no bell here. Use another terminal.")


def minutes(name: str) -> None:
    settings: Settings = Host.current().settings("acme")
    print(settings.greeting, f"{name}{settings.end}")


class Long:
    def filter(self, text: str, context: TextContext) -> str:
        if context.window and context.window.application == "editor":
            return text
        return text.replace("asap", "as soon as possible") if context.language in (None, "en") else text


class Writer:
    def __init__(self, file: IO[str], words: bool) -> None:
        self.file = file

    def write(self, segment: Segment) -> None:
        self.file.write(f"{segment.start},{segment.end}\n{segment.text}\n\n")

    def finish(self, heard: TranscriptInfo) -> None:
        self.file.write(f"{heard.duration} {heard.language}\n")


class Reader:
    def read(self, source: DocumentSource) -> Document:
        if not source.read(2):
            raise InputError(f"{source.name} is empty. Check the file.")
        with source.open() as file:
            return Document((Block("paragraph", line.decode()) for line in file), title=source.path.stem)


class Server:
    def start(self, host: Host) -> None:
        self.model = host.load_stt("tiny")

    def status(self) -> Mapping[str, Any]:
        return {"address": "localhost", "problem": None}

    def reload(self, host: Host) -> None:
        host.logger("acme").info("reloaded")

    def stop(self, seconds: float) -> None:
        self.model.close()


class Turns:
    def diarize(self, audio: Iterable[AudioChunk], speakers: int | None) -> Iterator[Turn]:
        for chunk in audio:
            yield Turn(chunk.start, chunk.start + chunk.duration, "A")

    def close(self) -> None:
        pass


class Licence:
    def check(self) -> Iterable[Finding]:
        yield Finding("warning", "it ends soon", "acme renew")


class Mail:
    def handle(self, event: Event) -> None:
        print(event.name, event.data.get("file"))


class Grid:
    def run(self, jobs: Sequence[SttJob], listener: JobListener, at_once: int | None) -> None:
        with SttWorker() as worker:
            for job in jobs:
                listener.done(worker.run(job, listener))

    def stop(self) -> None:
        pass

    def close(self) -> None:
        pass


ear: SpeechToText = Ear("ear", None)
clara: TextToSpeech = Clara("clara", None)
weights: WeightsStore = Weights()
bell: Notifier = Bell()
others: tuple[TextFilter, DocumentReader, DaemonPart, Diarizer, Check, Listener, Executor] = (
    Long(), Reader(), Server(), Turns(), Licence(), Mail(), Grid(),
)  # fmt: skip
writers: list[type[TranscriptWriter]] = [Writer]
