"""A run of ``voicebridge tts``: resolve text, voice and output, speak, and report the result."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import BinaryIO

from voicebridge.audio.sound_file import SoundWriter, wav_stream
from voicebridge.audio.tags import Tags
from voicebridge.blocks import Document
from voicebridge.cli.shared import flags
from voicebridge.cli.shared.fetching import engines_of
from voicebridge.cli.shared.interrupt import Interrupt, Interrupted
from voicebridge.cli.shared.state import RunState
from voicebridge.cli.shared.terminal import Remarks
from voicebridge.cli.tts.report import TtsReport
from voicebridge.cli.tts.source import TextSource, find_source
from voicebridge.cli.tts.target import SoundTarget, find_target
from voicebridge.errors import OutputError, UsageError, VoiceBridgeError
from voicebridge.files.atomic import make_folders
from voicebridge.files.targets import STDOUT
from voicebridge.options import parse_assignments
from voicebridge.ports import Speaker
from voicebridge.runtime.capabilities import require
from voicebridge.runtime.events import emit
from voicebridge.runtime.registry import Registry
from voicebridge.speech import AudioChunk
from voicebridge.tts.choose import SpeechSetup, choose
from voicebridge.tts.piece_log import spoken_log_of
from voicebridge.tts.sound_job import SoundFileJob
from voicebridge.tts.text.pieces import Piece
from voicebridge.tts.utterances import Utterance, Voicing, no_sound, timed, utterances, verified, voicing


@dataclass(frozen=True, kw_only=True)
class TtsArguments:
    """The command-line arguments."""

    source: str
    """Text, a file name, ``-``, or the flag of a service."""
    is_service: bool
    """Whether ``source`` is ``--clipboard`` or ``--selection``."""
    script: bool
    model: str | None
    voices: Sequence[str]
    asked: Mapping[str, object]
    """Fields of :class:`voicebridge.TtsRequest`; ``None`` was not given."""
    options: Sequence[str]
    output: str | None
    file_format: str | None
    play: bool | None
    device: str | None
    existing: str | None
    """``--overwrite`` or ``--resume``, if given."""
    dry_run: bool = False
    """Whether to print the passages without speaking."""
    as_json: bool = False
    """Whether to print it as JSON."""
    verify: bool
    filters: bool
    """Whether filters of text run."""
    daemon: bool
    """Whether to use the daemon's model, if it runs."""
    quiet: bool
    verbose: bool


def run(wanted: TtsArguments, state: RunState) -> int:
    """Run, and return the exit code."""
    remarks = Remarks(quiet=wanted.quiet, verbose=wanted.verbose)
    registry = state.registry()
    voice, casting = _cast(wanted)
    asked = {name: value for name, value in wanted.asked.items() if value is not None}
    reader = choose(
        registry, model=wanted.model, voice=voice, asked=asked, layers=[parse_assignments(wanted.options)], filters=wanted.filters
    )
    source = find_source(wanted.source, registry, reader.readers, is_service=wanted.is_service, language=reader.language)
    if wanted.dry_run:
        return _print_pieces(reader, source, casting, wanted)
    target = find_target(source, wanted.output, wanted.file_format, plays=wanted.play, existing=wanted.existing)
    if target is not None and wanted.existing == "--resume" and target.path.exists() and not spoken_log_of(target.path).exists():
        remarks.say(f"{target.path} already exists and is complete.")
        return 0
    return _Session(wanted, state, remarks, registry, reader, target).over(source, casting)


def _print_pieces(reader: SpeechSetup, source: TextSource, casting: Mapping[str, str], wanted: TtsArguments) -> int:
    from voicebridge.cli.tts.dry_run import print_pieces

    print_pieces(_pieces(reader, source, source.open(), casting, wanted), as_json=wanted.as_json)
    return 0


def _pieces(
    reader: SpeechSetup, source: TextSource, document: Document, casting: Mapping[str, str], wanted: TtsArguments
) -> Iterator[Piece]:
    if wanted.script:
        return reader.script(source.script(), casting, source=source.path)
    return reader.pieces(document, source=source.path)


class _Session:
    """The resolved objects of a run."""

    def __init__(
        self, wanted: TtsArguments, state: RunState, remarks: Remarks, registry: Registry, reader: SpeechSetup, target: SoundTarget | None
    ) -> None:
        self._wanted, self._state, self._remarks = wanted, state, remarks
        self._registry, self._reader, self._target = registry, reader, target
        self._plays = wanted.play if wanted.play is not None else target is None
        self._engines = engines_of(remarks, daemon=wanted.daemon)
        self._speaker: Speaker | None = None
        self._report = TtsReport(remarks, shown=not wanted.quiet and target is not None)

    def over(self, source: TextSource, casting: Mapping[str, str]) -> int:
        """Speak, and return the exit code."""
        document = source.open()
        pieces = _pieces(self._reader, source, document, casting, self._wanted)
        if self._plays:  # report a session without audio before loading a model
            self._speaker = self._registry.load_service("speaker")
        with closing(self._engines), ExitStack() as stack:
            signal: Interrupted | None = None
            try:
                with Interrupt():
                    stack.enter_context(self._report.showing(source))
                    self._play(timed(self._sound(stack, pieces, self._tags(document, source))))
                    self._announce(source)
            except VoiceBridgeError as error:
                emit("job.failed", path=source.path and str(source.path), message=str(error))
                raise
            except Interrupted as came:
                signal = came
                self._state.abandoned = True
            return self._report.close(signal)

    def _announce(self, source: TextSource) -> None:
        if self._target is not None and self._target.path != STDOUT:
            document = source.path and str(source.path)
            emit("speech.written", document=document, file=str(self._target.path), model=self._reader.model.full_name)

    def _sound(self, stack: ExitStack, pieces: Iterator[Piece], tags: Tags) -> Iterator[AudioChunk]:
        """The audio, chunk by chunk, written to the file on the way if there is one."""
        target = self._target
        if target is None or target.path == STDOUT:
            return self._streamed(utterances(pieces, self._voicing()), to_stdout=target is not None)
        existing = flags.existing(self._wanted.existing)
        make_folders(target.path)
        reading = stack.enter_context(SoundFileJob(target.path, target.format, tags, self._reader.fingerprint, existing))
        self._report.writes(target.path, reading)
        return reading.record(pieces, self._voicing, self._report.spoken)

    def _streamed(self, spoken: Iterator[Utterance], *, to_stdout: bool) -> Iterator[AudioChunk]:
        writer: SoundWriter | None = None
        heard = False
        for utterance in spoken:
            for chunk in utterance.sound:
                if to_stdout:
                    writer = writer or wav_stream(_stdout(), chunk.sample_rate)
                    writer.write(chunk.samples)
                heard = True
                yield chunk
            self._report.spoken(utterance.piece)
        if writer is not None:
            writer.close()
        if not heard:
            raise no_sound()

    def _play(self, sound: Iterator[AudioChunk]) -> None:
        if self._speaker is not None:
            self._speaker.play(self._report.watching(sound), self._wanted.device or self._reader.settings.device)
        else:
            for _ in self._report.watching(sound):
                pass

    def _voicing(self) -> Voicing:
        engine = self._engines.tts(self._reader.model, self._reader.options)
        if not self._wanted.verify:
            return voicing(engine, self._reader.request)
        from voicebridge.tts.verify.check import Checker

        listener = self._registry.stt()
        language = self._reader.language
        require(listener, (), language, self._registry.stt_models())
        ear = self._engines.stt(listener, self._registry.options(listener))
        self._remarks.detail(f"Checking with {listener.full_name}.")
        checker = Checker(ear, listener.spec.sample_rate, language, speed=self._reader.request.speed, words=listener.spec.words)
        return verified(engine, self._reader.request, checker, seeds=self._reader.model.spec.seed, on_checked=self._report.checked)

    def _tags(self, document: Document, source: TextSource) -> Tags:
        title = document.title or (source.path.stem if source.path else None)
        return Tags(
            title, document.author, title, self._reader.language or document.language, f"Spoken by {self._reader.model.full_name}",
            document.year, document.genre, document.series, document.cover,
        )  # fmt: skip


def _stdout() -> BinaryIO:
    if sys.__stdout__ is None:
        raise OutputError("Standard output is closed, but the audio would be written to it. Give a file with -o.")
    return sys.stdout.buffer


def _cast(wanted: TtsArguments) -> tuple[str | None, dict[str, str]]:
    """The requested voice, and in a script the voice of each speaker."""
    casting, single = {}, []
    for voice in wanted.voices:
        speaker, equals, name = voice.partition("=")
        if equals and wanted.script:
            casting[speaker.strip()] = name.strip()
        else:
            single.append(voice)
    if len(single) > 1:
        hint = "In a script, write SPEAKER=VOICE for each." if wanted.script else "Several voices need a script: --script."
        raise UsageError(f"--voice {single[0]} and --voice {single[1]} don't go together. {hint}")
    return (single[0] if single else None), casting
