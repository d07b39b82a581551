"""Find the two files from which to load a voice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from voicebridge.errors import nearest
from voicebridge.ports import WeightsPlace
from voicebridge.weights import candidates
from voicebridge.weights.candidates import Candidate
from voicebridge.weights.packages import remedies as installs
from voicebridge.weights.store import CandidateStore

from voicebridge_piper.catalog import VOICES
from voicebridge_piper.weights import files, hub, packages
from voicebridge_piper.weights.files import VoiceFiles
from voicebridge_piper.weights.names import VoiceName, understand


class PiperWeights(CandidateStore[VoiceName, VoiceFiles]):
    """The sources of Piper's voices; each is the two files of a voice."""

    holds = "voice"

    def understand(self, given: str) -> VoiceName:
        """Parse a short or official name, a file or a folder."""
        return understand(given)

    def candidates(self, name: VoiceName) -> Iterator[Candidate[VoiceFiles]]:
        """An explicit file or folder, our cache, a package, the hub."""
        if name.path and (name.key is None or name.path.is_dir()):
            yield _own(name.path.absolute())
        if not name.key:
            return
        key, folder, sha256 = name.key, name.on_hub, name.sha256
        cached = files.cached(key)
        yield candidates.on_disk("cache", cached.onnx.parent, cached.flaw(), cached)
        yield from candidates.packaged(packages.installed(), "this package of a voice", key, lambda package: package.fetch())
        if folder:
            yield candidates.on_hub(f"{hub.REPO}/{folder}", lambda progress: hub.fetch(key, folder, sha256, progress))

    def cached(self, name: VoiceName) -> Path | None:
        """The folder for the voice; ``None`` if the name can only be a path."""
        return self.folder(files.cached(name.key)) if name.key else None

    def folder(self, found: VoiceFiles) -> Path:
        """The folder of the two files."""
        return found.onnx.parent

    def explain(self, name: VoiceName, missed: Sequence[WeightsPlace]) -> str:
        """What is missing in the files, which voice may be meant, or how to get it."""
        if name.key is None:
            [place] = missed
            return f"No Piper voice can be loaded from {place.where}: {place.note}. A voice is NAME.onnx with NAME.onnx.json beside it."
        if name.on_hub is None:
            hint = nearest(name.given, [known for voice in VOICES for known in (voice.name, voice.code)])
            return f"There is no Piper voice {name.given!r}.{hint} {candidates.looked(missed)} List them with: voicebridge models"
        return f"The voice {name.given!r} is not downloaded. {candidates.looked(missed)} {_remedies(name)}"

    def remedies(self, name: VoiceName) -> str:
        """The packages that contain it, or a file."""
        return _remedies(name, download=False)


def _own(path: Path) -> Candidate[VoiceFiles]:
    try:
        voice = files.voice_at(path)
    except ValueError as error:
        return Candidate(WeightsPlace(kind="folder", where=str(path), found=False, note=str(error)), candidates.nothing)
    return candidates.on_disk("folder", path, voice.flaw(), voice)


def _remedies(name: VoiceName, *, download: bool = True) -> str:
    ways = [f"voicebridge models download piper/{name.given} (while online)"] if download else []
    ways += installs(packages.installed(), name.key)
    ways.append("use the path of the voice's .onnx file, such as -m piper/./voice.onnx")
    return f"Options: {'; or '.join(ways)}."
