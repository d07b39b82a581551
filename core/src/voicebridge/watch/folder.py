"""A watched folder as the user wants it: what is done with its files, by which model; nothing is loaded yet."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from voicebridge.audio.sound_file import SOUND_FORMATS
from voicebridge.capabilities import require
from voicebridge.errors import UnknownNameError, UsageError, nearest
from voicebridge.model import Model
from voicebridge.options import EngineOptions, Layer
from voicebridge.pipeline.recording import Task
from voicebridge.registry import Registry
from voicebridge.settings import WatchSettings
from voicebridge.sinks.claim import Existing
from voicebridge.sinks.formats import check_format, wants_words
from voicebridge.speaking import Reader, find_reader
from voicebridge.specs import SttSpec


@dataclass(frozen=True)
class Listening:
    """How recordings are transcribed."""

    model: Model[SttSpec]
    options: EngineOptions | None
    task: Task


@dataclass(frozen=True)
class WatchedFolder:
    """A folder, and what is done with the files in it."""

    path: Path
    """From the root."""
    settings: WatchSettings
    formats: tuple[str, ...]
    """What is written."""
    work: Listening | Reader
    """How: a :class:`Reader` where documents are read aloud."""

    @property
    def out(self) -> Path | None:
        """Where everything is written, if not beside the files."""
        return _place(self.settings.out)

    @property
    def move_to(self) -> Path | None:
        """Where files go that are done."""
        return _place(self.settings.move_to)

    @property
    def speaks(self) -> bool:
        """Whether documents are read aloud here."""
        return isinstance(self.work, Reader)

    @property
    def how(self) -> str:
        """A hash of all that decides over what is written."""
        if isinstance(self.work, Reader):
            decides: dict[str, object] = self.work.belongs
        else:
            task = self.work.task
            decides = {"model": task.model, "request": asdict(task.request), "options": dict(task.options), "words": task.words}
        text = json.dumps([decides, self.formats], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def resolve(settings: WatchSettings, registry: Registry, layers: Sequence[Layer] = ()) -> WatchedFolder:
    """What a table of the configuration, or a command line, comes to.

    Args:
        settings: the table.
        registry: the models, under the user's configuration.
        layers: engine options over those of the configuration and of the table.

    Raises:
        VoiceBridgeError: when a name or an option is wrong, or the model can't do what is asked.
    """
    path = Path(settings.folder).expanduser().absolute()
    table = Layer(f"[[watch]] {settings.folder}", settings.options) if settings.options else None
    every = [*([table] if table else []), *layers]
    if settings.speak:
        formats = settings.formats or ("mp3",)
        if len(formats) > 1:
            raise UsageError(f"{path}: a text is spoken into one format, not {' and '.join(formats)}. Name one.")
        if formats[0] not in SOUND_FORMATS:
            hint = nearest(formats[0], SOUND_FORMATS)
            raise UnknownNameError(f"{path}: no sound format is named {formats[0]!r}.{hint} Choose from {', '.join(SOUND_FORMATS)}.")
        asked = {"language": settings.language} if settings.language else {}
        reader = find_reader(registry, model=settings.model, voice=settings.voice, asked=asked, layers=every)
        return WatchedFolder(path, settings, formats, reader)
    if settings.voice:
        raise UsageError(f"{path}: a voice is for folders whose documents are read aloud. Leave it out, or say speak = true.")
    formats = tuple(dict.fromkeys(check_format(name) for name in settings.formats or ("txt",)))
    return WatchedFolder(path, settings, formats, _listening(settings, registry, formats, every))


def check_apart(folders: Sequence[WatchedFolder]) -> None:
    """Refuse folders that would do the same files twice.

    Raises:
        UsageError: when one is named twice.
    """
    seen: set[tuple[Path, bool]] = set()
    for folder in folders:
        key = folder.path.resolve(), folder.speaks
        if key in seen:
            raise UsageError(f"{folder.path} is watched twice. Leave one out.")
        seen.add(key)


def _listening(settings: WatchSettings, registry: Registry, formats: Sequence[str], layers: Sequence[Layer]) -> Listening:
    model = registry.stt(settings.model)
    options = registry.options(model, layers)
    request = registry.config.settings.stt.request({"language": settings.language} if settings.language else {})
    require(model, request.capabilities, request.language, registry.stt_models())
    task = Task(
        model=model.full_name,
        request=replace(request, words=request.words or (wants_words(formats) and model.spec.words)),
        sample_rate=model.spec.sample_rate,
        resumable=model.spec.resume,
        options=options.model_dump(mode="json") if options else {},
        words=request.words,
        existing=Existing.RESUME,
    )
    return Listening(model, options, task)


def _place(text: str | None) -> Path | None:
    return None if text is None else Path(text).expanduser().absolute()
