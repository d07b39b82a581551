"""One run of ``voicebridge tts``: finds the text, the voice and the place, speaks, and says how it went."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any, BinaryIO

from voicebridge.audio.sound_file import SoundWriter, Tags, wav_stream
from voicebridge.capabilities import require
from voicebridge.cli import flags, state
from voicebridge.cli.fetching import load
from voicebridge.cli.interrupt import Interrupt, Interrupted
from voicebridge.cli.terminal import Remarks
from voicebridge.cli.tts_report import Report
from voicebridge.cli.tts_source import Source, find_source
from voicebridge.cli.tts_target import Target, find_target
from voicebridge.engines.through import chosen, daemon_stt, daemon_tts
from voicebridge.errors import InputError, OutputError, UsageError
from voicebridge.model import Model
from voicebridge.options import EngineOptions, parse_assignments
from voicebridge.pipeline.reading import Reading
from voicebridge.pipeline.speak import Utterance, Voicing, no_sound, timed, utterances, verified, voicing
from voicebridge.ports import Speaker
from voicebridge.registry import Registry
from voicebridge.sinks.files import make_folders
from voicebridge.sinks.naming import STDOUT
from voicebridge.sinks.spoken_log import spoken_log_of
from voicebridge.speaking import Reader, find_reader
from voicebridge.specs import TtsSpec
from voicebridge.speech import AudioChunk
from voicebridge.text.document import Document
from voicebridge.text.pieces import Piece


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the user typed."""

    source: str
    """Text, the name of a file, ``-``, or the flag of a service."""
    is_service: bool
    """Whether ``source`` is ``--clipboard`` or ``--selection``."""
    script: bool
    model: str | None
    voices: Sequence[str]
    asked: Mapping[str, object]
    """Fields of :class:`voicebridge.TtsRequest`; what is ``None`` was not given."""
    options: Sequence[str]
    output: str | None
    file_format: str | None
    play: bool | None
    device: str | None
    existing: str | None
    """``--overwrite`` or ``--resume``, where one was given."""
    dry_run: bool = False
    """Whether to print what would be spoken, and speak nothing."""
    as_json: bool = False
    """Whether to print it as JSON."""
    verify: bool
    daemon: bool
    """Whether the daemon's model may be used, where one runs."""
    quiet: bool
    verbose: bool


def run(wanted: Wanted) -> int:
    """Do what is wanted and return the exit code."""
    remarks = Remarks(quiet=wanted.quiet, verbose=wanted.verbose)
    registry = state.registry()
    voice, casting = _cast(wanted)
    asked = {name: value for name, value in wanted.asked.items() if value is not None}
    reader = find_reader(registry, model=wanted.model, voice=voice, asked=asked, layers=[parse_assignments(wanted.options)])
    remarks.listen_to(reader.model.spec.factory)  # an engine's warnings, whoever made it
    source = find_source(wanted.source, registry, is_service=wanted.is_service, language=reader.language)
    if wanted.dry_run:
        return _print_pieces(reader, source, casting, wanted)
    target = find_target(source, wanted.output, wanted.file_format, plays=wanted.play, existing=wanted.existing)
    if target is not None and wanted.existing == "--resume" and target.path.exists() and not spoken_log_of(target.path).exists():
        remarks.say(f"{target.path} is there already, and whole.")
        return 0
    return _Session(wanted, remarks, registry, reader, target).over(source, casting)


def _print_pieces(reader: Reader, source: Source, casting: Mapping[str, str], wanted: Wanted) -> int:
    from voicebridge.cli.tts_dry_run import print_pieces

    print_pieces(_pieces(reader, source, source.open(), casting, wanted), as_json=wanted.as_json)
    return 0


def _pieces(reader: Reader, source: Source, document: Document, casting: Mapping[str, str], wanted: Wanted) -> Iterator[Piece]:
    """The pieces of a text that has some.

    Raises:
        InputError: when there is nothing in it that can be spoken.
    """
    pieces = reader.script(source.script(), casting) if wanted.script else reader.pieces(document)
    first = next(pieces, None)
    if first is None:
        raise InputError("There is nothing in this text that can be spoken. It needs letters or digits.")
    return chain([first], pieces)


class _Session:
    """Everything that one run speaks with."""

    def __init__(self, wanted: Wanted, remarks: Remarks, registry: Registry, reader: Reader, target: Target | None) -> None:
        self._wanted, self._remarks, self._registry, self._reader, self._target = wanted, remarks, registry, reader, target
        self._plays = wanted.play if wanted.play is not None else target is None
        self._speaker: Speaker | None = None
        self._report = Report(remarks, shown=not wanted.quiet and target is not None)

    def over(self, source: Source, casting: Mapping[str, str]) -> int:
        """Speak it, and return the exit code."""
        document = source.open()
        pieces = _pieces(self._reader, source, document, casting, self._wanted)
        if self._plays:  # a session without sound is told before a model is loaded
            self._speaker = self._registry.load_service("speaker")
        with ExitStack() as stack:
            signal: Interrupted | None = None
            try:
                with Interrupt():
                    stack.enter_context(self._report.showing(source))
                    self._play(timed(self._sound(stack, pieces, self._tags(document, source))))
            except Interrupted as came:
                signal = came
                state.abandon_work()
            return self._report.close(signal)

    def _sound(self, stack: ExitStack, pieces: Iterator[Piece], tags: Tags) -> Iterator[AudioChunk]:
        """The sound, chunk by chunk, written on the way where it is to be written."""
        target = self._target
        if target is None or target.path == STDOUT:
            return self._streamed(utterances(pieces, self._voicing(stack)), to_stdout=target is not None)
        existing = flags.existing(self._wanted.existing)
        make_folders(target.path)
        reading = stack.enter_context(Reading(target.path, target.format, tags, self._reader.belongs, existing))
        self._report.writes(target.path, reading)
        return reading.record(pieces, lambda: self._voicing(stack), self._report.spoken)

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

    def _voicing(self, stack: ExitStack) -> Voicing:
        engine = stack.enter_context(closing(self._engine(self._reader.model, self._reader.options)))
        if not self._wanted.verify:
            return voicing(engine, self._reader.request)
        from voicebridge.pipeline.verify import Checker

        listener = self._registry.stt()
        language = self._reader.language
        require(listener, (), language, self._registry.stt_models())
        ear = stack.enter_context(closing(self._engine(listener, self._registry.options(listener))))
        self._remarks.detail(f"{listener.full_name} listens.")
        checker = Checker(ear, listener.spec.sample_rate, language, speed=self._reader.request.speed, words=listener.spec.words)
        return verified(engine, self._reader.request, checker, seeds=self._reader.model.spec.seed, on_checked=self._report.checked)

    def _engine(self, model: Model[Any], options: EngineOptions | None) -> Any:
        through = daemon_tts if isinstance(model.spec, TtsSpec) else daemon_stt
        load_here = partial(load, model, options, self._remarks)
        return (through(chosen(model, options), load_here, self._remarks.say) if self._wanted.daemon else None) or load_here()

    def _tags(self, document: Document, source: Source) -> Tags:
        title = document.title or (source.path.stem if source.path else None)
        return Tags(
            title, document.author, title, self._reader.language or document.language, f"Spoken by {self._reader.model.full_name}",
            document.year, document.genre, document.series, document.cover,
        )  # fmt: skip


def _stdout() -> BinaryIO:
    if sys.__stdout__ is None:
        raise OutputError("Standard output is closed, and the sound would be written to it. Name a file with -o.")
    return sys.stdout.buffer


def _cast(wanted: Wanted) -> tuple[str | None, dict[str, str]]:
    """The one voice that was asked for, and in a script the voice of each speaker."""
    casting, single = {}, []
    for voice in wanted.voices:
        speaker, equals, name = voice.partition("=")
        if equals and wanted.script:
            casting[speaker.strip()] = name.strip()
        else:
            single.append(voice)
    if len(single) > 1:
        hint = "In a script write SPEAKER=VOICE for each." if wanted.script else "Several voices take a script: --script."
        raise UsageError(f"-v {single[0]} and -v {single[1]} don't go together. {hint}")
    return (single[0] if single else None), casting
