"""The jobs of a batch, as values that travel to other processes and machines, and the receipts that come back.

Both can be pickled, and written as JSON. What a job needs besides its fields, such as the model and the recording, has to be where it runs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from voicebridge import errors
from voicebridge.errors import VoiceBridgeError
from voicebridge.speech import Segment, SttRequest, TranscriptInfo, Word

LOCAL = "local"
"""The name of the executor that does the jobs in the process of the command; it is never a plugin's."""
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SttJob:
    """The transcription of one recording; :class:`voicebridge.SttWorker` does it, in any process.

    It may be done more than once: a later try continues what an earlier one has saved, or finds the files complete.
    """

    id: str
    """The same for every try, and different for every other job."""
    recording: Path
    """Absolute."""
    outputs: tuple[tuple[str, Path], ...] = ()
    """(format, absolute path) of the files to write; empty if the text is only printed."""
    root: Path | None = None
    """The folder below which folders may be created for the files."""
    model: str
    """Full name of the model, with an absolute path if it is a folder."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """All of its options, as JSON represents them."""
    request: SttRequest
    """The request for it."""
    words: bool = False
    """Whether the user requested word timestamps; the request may have them because of a format."""
    existing: Literal["refuse", "overwrite", "resume"] = "refuse"
    """What to do with files of other jobs: unfinished ones are refused, overwritten or resumed."""
    start: float = 0.0
    """Seconds at which to start."""
    end: float | None = None
    """Seconds at which to stop."""
    track: int | None = None
    """Number of the audio track, from 1."""
    channels: tuple[str, ...] | None = None
    """Names of the channels' speakers, to transcribe channels separately; empty to number them."""
    diarizer: str | None = None
    """Full name of the diarizer that labels speakers."""
    speakers: int | None = None
    """How many people speak, if known."""
    keeps_words: bool = True
    """Whether segments keep their words, which a diarizer needs in any case."""
    filters: tuple[str, ...] = ()
    """The text filters that run, which must be the same in every process."""
    profile: str | None = None
    """The profile of the configuration, if the user named one."""
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By plugin, the settings that the user set for this run with ``-O``."""
    text: bool = False
    """Whether the receipt has to contain the text, because it is printed."""

    def content_hash(self) -> str:
        """The SHA-256 of the recording, in hexadecimal.

        Raises:
            OSError: if it can't be read.
        """
        import hashlib  # takes milliseconds, and most executors need it not

        digest = hashlib.sha256()
        with self.recording.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
        return digest.hexdigest()

    def to_json(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self), default=str)

    @classmethod
    def from_json(cls, text: str) -> SttJob:
        """The job from :meth:`to_json`.

        Raises:
            ValueError: if it is none, or of another version.
        """
        said = _object(text, cls)
        outputs = tuple((name, Path(file)) for name, file in said["outputs"])
        root, channels = said["root"], said["channels"]
        request = SttRequest(**{**said["request"], "hotwords": tuple(said["request"]["hotwords"])})
        return cls(
            **{
                **said,
                "recording": Path(said["recording"]),
                "outputs": outputs,
                "root": None if root is None else Path(root),
                "request": request,
                "channels": None if channels is None else tuple(channels),
                "filters": tuple(said["filters"]),
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What has become of a job."""

    job: str
    """Its :attr:`SttJob.id`."""
    files: tuple[Path, ...] = ()
    """The files, which are complete."""
    heard: TranscriptInfo | None = None
    """Information about the recording; ``None`` if it failed, or an earlier try had completed the files."""
    segments: int | None = None
    """The number of segments, if known."""
    text: tuple[Segment, ...] = ()
    """The segments, if the job requests them."""
    damage: str | None = None
    """The damage of the recording, whose readable part was transcribed."""
    error: VoiceBridgeError | None = None
    """Why it failed."""

    @property
    def is_busy(self) -> bool:
        """Whether it failed only because another try of the job, or another run, is writing the files."""
        error: BaseException | None = self.error
        while error is not None and not isinstance(error, BlockingIOError):
            error = error.__cause__
        return error is not None

    def to_json(self) -> str:
        """One line of JSON."""
        said = {each.name: getattr(self, each.name) for each in fields(self)}
        said["heard"] = self.heard and asdict(self.heard)
        said["text"] = [asdict(segment) for segment in self.text]
        said["error"] = _error_to(self.error)
        return json.dumps(said, default=str)

    @classmethod
    def from_json(cls, text: str) -> Receipt:
        """The receipt from :meth:`to_json`.

        Raises:
            ValueError: if it is none, or of another version.
        """
        said = _object(text, cls)
        segments = tuple(Segment(**{**each, "words": tuple(Word(**word) for word in each["words"])}) for each in said["text"])
        return cls(
            **{
                **said,
                "files": tuple(map(Path, said["files"])),
                "heard": said["heard"] and TranscriptInfo(**said["heard"]),
                "text": segments,
                "error": _error_from(said["error"]),
            }
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle it as JSON, which keeps the causes of an error."""
        return Receipt.from_json, (self.to_json(),)


def _object(text: str, kind: type) -> dict[str, Any]:
    said = json.loads(text)
    if not isinstance(said, dict) or set(said) != {each.name for each in fields(kind)}:
        raise ValueError(f"This is no {kind.__name__}, or one of another version of VoiceBridge. Install the same version everywhere.")
    return said


def _error_to(error: BaseException | None) -> dict[str, Any] | None:
    if error is None:
        return None
    number = error.errno if isinstance(error, OSError) else None
    return {"kind": type(error).__name__, "message": str(error), "errno": number, "cause": _error_to(error.__cause__)}


def _error_from(said: Mapping[str, Any] | None) -> Any:
    if said is None:
        return None
    if said["errno"] is not None:
        made: BaseException = OSError(said["errno"], said["message"])  # of the subclass for this number
    else:
        kind = getattr(errors, said["kind"], None)
        is_known = isinstance(kind, type) and issubclass(kind, VoiceBridgeError)
        made = kind(said["message"]) if is_known and kind else VoiceBridgeError(said["message"])
    made.__cause__ = _error_from(said["cause"])
    return made
