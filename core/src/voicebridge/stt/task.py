"""The common parameters of the recordings of a batch, and what identifies a transcript."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from voicebridge.audio.channels import EACH
from voicebridge.audio.find_recordings import STDIN
from voicebridge.files.claim import Existing
from voicebridge.filters.filtering import TextFilters
from voicebridge.speech import SttRequest
from voicebridge.stt.formats.table import BUILT_IN, Formats
from voicebridge.stt.naming import Plan
from voicebridge.stt.speakers import Diarization


@dataclass(frozen=True, kw_only=True)
class Task:
    """The common parameters of all recordings in a batch."""

    model: str
    """Full name of the model."""
    request: SttRequest
    """The request for it."""
    sample_rate: int = 16_000
    """Its sample rate, in Hz."""
    resumable: bool = False
    """Whether it can resume in the middle of a recording."""
    options: Mapping[str, object] = field(default_factory=dict)
    """Its options by name, if JSON can represent them."""
    words: bool = False
    """Whether the user requested word timestamps; the request may have them because of a format."""
    formats: Formats = BUILT_IN
    """The formats that the outputs may have."""
    existing: Existing = Existing.REFUSE
    """What to do with existing transcripts."""
    start: float = 0.0
    """Seconds at which to start."""
    end: float | None = None
    """Seconds at which to stop."""
    track: int | None = None
    """Number of the audio track, from 1."""
    channels: Sequence[str] | None = None
    """Names of the channels' speakers, to transcribe channels separately; empty to number them."""
    filters: TextFilters = field(default=TextFilters("transcript"))
    """The filters of the text."""
    diarization: Diarization | None = None
    """How a diarizer labels speakers; ``None`` if none does."""
    profile: str | None = None
    """The profile of the configuration, if the user named one; for workers."""
    settings: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    """By plugin, the settings that the user set for this run; for workers."""


def fingerprint(plan: Plan, task: Task) -> dict[str, object]:
    """Everything that determines the text of a transcript; users see the names when a value differs."""
    known: dict[str, object] = {"recording": "standard input"}
    if plan.recording != STDIN:
        status = plan.recording.stat()
        known = {"recording": str(plan.recording.absolute()), "size": status.st_size, "modified": status.st_mtime_ns}
    request = asdict(task.request)
    del request["after"], request["partials"]
    if task.channels is not None:
        known["channels"] = list(task.channels) or EACH
    return {
        **known,
        "model": task.model,
        **request,
        "word times": task.words,
        "start": task.start,
        "end": task.end,
        "track": task.track,
        "files": sorted(target.name for _, target in plan.files),
        **{f"-O {name}": value for name, value in task.options.items()},
        **({"filters": task.filters.names} if task.filters.names else {}),
        **({"diarizer": task.diarization.finder.name, "speakers": task.diarization.speakers} if task.diarization else {}),
    }
