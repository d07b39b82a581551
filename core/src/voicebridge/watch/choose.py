"""Resolve the settings of a watched folder; nothing is loaded yet."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from voicebridge.audio.sound_file import SOUND_FORMATS
from voicebridge.documents.added import SUFFIXES
from voicebridge.engines.daemon_client import chosen
from voicebridge.errors import UnknownNameError, UsageError, nearest
from voicebridge.files.claim import Existing
from voicebridge.options import EngineOptions, Layer
from voicebridge.runtime.executors import PluginExecutor, find_executor
from voicebridge.runtime.model import Model
from voicebridge.runtime.registry import Registry
from voicebridge.runtime.settings import WatchSettings
from voicebridge.specs import SttSpec
from voicebridge.stt.choose import diarizer_of, filters_of, find, formats_of, request_for
from voicebridge.stt.formats.table import Formats, extension_of
from voicebridge.stt.speakers import Diarization
from voicebridge.stt.task import Task
from voicebridge.tts.choose import SpeechSetup, choose

if TYPE_CHECKING:
    from voicebridge.audio.decode import AudioReader


@dataclass(frozen=True)
class Listening:
    """How recordings are transcribed."""

    model: Model[SttSpec]
    options: EngineOptions | None
    task: Task
    executor: PluginExecutor | None
    """Where they are transcribed; ``None`` for this process."""


@dataclass(frozen=True)
class WatchedFolder:
    """A folder, and how its files are processed."""

    path: Path
    """Absolute path."""
    settings: WatchSettings
    formats: tuple[str, ...]
    """The output formats."""
    work: Listening | SpeechSetup
    """The parameters: a :class:`SpeechSetup` if documents are read aloud."""

    @property
    def out(self) -> Path | None:
        """The output folder, if not next to each file."""
        return _place(self.settings.output)

    @property
    def move_to(self) -> Path | None:
        """The folder for processed files."""
        return _place(self.settings.move_to)

    @property
    def speaks(self) -> bool:
        """Whether documents are turned into audio here."""
        return isinstance(self.work, SpeechSetup)

    def format_of(self, output: Path) -> str:
        """The format of an output, as in :attr:`formats`, or its extension if the format is no longer configured."""
        extension = output.suffix.removeprefix(".")
        return next((each for each in self.formats if extension_of(each) == extension), extension)

    @property
    def documents(self) -> frozenset[str]:
        """The suffixes of documents."""
        return SUFFIXES | self.work.readers.suffixes if isinstance(self.work, SpeechSetup) else SUFFIXES

    @property
    def how(self) -> str:
        """A hash of everything that determines the output."""
        if isinstance(self.work, SpeechSetup):
            decides: dict[str, object] = self.work.fingerprint
        else:
            task = self.work.task
            decides = {"model": task.model, "request": asdict(task.request), "options": dict(task.options), "words": task.words}
            decides |= {"diarizer": task.diarization.finder.name} if task.diarization else {}
            decides |= {"filters": task.filters.names} if task.filters.names else {}
        text = json.dumps([decides, self.formats], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def resolve(settings: WatchSettings, registry: Registry, layers: Sequence[Layer] = ()) -> WatchedFolder:
    """Resolve a table of the configuration, or a command line.

    Args:
        settings: the table.
        registry: the models of the user's configuration.
        layers: engine options that override those of the configuration and of the table.

    Raises:
        VoiceBridgeError: if a name or an option is wrong, or the model doesn't support the request.
    """
    path = Path(settings.folder).expanduser().absolute()
    table = Layer(f"[[watch]] {settings.folder}", settings.options) if settings.options else None
    every = [*([table] if table else []), *layers]
    if settings.tts:
        formats = settings.formats or ("mp3",)
        if wrong := next((name for name in ("executor", "diarize") if getattr(settings, name)), None):
            raise UsageError(f"{path}: {wrong} applies only to transcription. Remove it, or remove tts = true (--tts).")
        if len(formats) > 1:
            raise UsageError(f"{path}: speech is written in one format, not {' and '.join(formats)}. Give one.")
        if formats[0] not in SOUND_FORMATS:
            hint = nearest(formats[0], SOUND_FORMATS)
            raise UnknownNameError(f"{path}: unknown audio format {formats[0]!r}.{hint} Choose from {', '.join(SOUND_FORMATS)}.")
        asked = {"language": settings.language} if settings.language else {}
        reader = choose(registry, model=settings.model, voice=settings.voice, asked=asked, layers=every)
        return WatchedFolder(path, settings, formats, reader)
    if settings.voice:
        raise UsageError(f"{path}: voice applies only to folders with tts = true. Remove it, or set tts = true (--tts).")
    known = formats_of(lambda: registry)
    formats = tuple(known.check_all(settings.formats or ("txt",)))
    return WatchedFolder(path, settings, formats, _listening(settings, registry, formats, known, every))


def check_apart(folders: Sequence[WatchedFolder]) -> None:
    """Reject folders that would process the same files twice.

    Raises:
        UsageError: if one is listed twice.
    """
    seen: set[tuple[Path, bool]] = set()
    for folder in folders:
        key = folder.path.resolve(), folder.speaks
        if key in seen:
            raise UsageError(f"{folder.path} is watched twice. Remove one.")
        seen.add(key)


def _listening(settings: WatchSettings, registry: Registry, formats: Sequence[str], known: Formats, layers: Sequence[Layer]) -> Listening:
    model, options = find(registry, settings.model, layers, settings.language)
    request = request_for(registry, model, {"language": settings.language} if settings.language else {})
    words = request.words or (known.wants_words(formats) and model.spec.words)
    labelled = registry.config.settings.stt.diarize if settings.diarize is None else settings.diarize
    finder = diarizer_of(registry) if labelled and not model.spec.diarization else None
    task = Task(
        model=model.full_name,
        request=replace(request, words=words or (finder is not None and model.spec.words)),
        sample_rate=model.spec.sample_rate,
        resumable=model.spec.is_resumable,
        options=options.model_dump(mode="json") if options else {},
        words=request.words,
        formats=known,
        existing=Existing.RESUME,
        filters=filters_of(registry),
        diarization=Diarization(finder=finder, speakers=None, words=words, open_audio=_decoded) if finder else None,
    )
    name = settings.executor or registry.config.settings.stt.executor
    executor = find_executor(registry, name, key=None if settings.executor else "stt.executor")
    if executor is not None:
        task = replace(task, model=chosen(model, options).name, profile=registry.config.asked_profile, settings=registry.given)
    return Listening(model, options, task, executor)


def _decoded(recording: Path) -> AudioReader:
    from voicebridge.audio.decode import AudioReader  # imports FFmpeg and numpy, which lists of folders don't need

    return AudioReader(recording)


def _place(text: str | None) -> Path | None:
    return None if text is None else Path(text).expanduser().absolute()
