"""Download the official files from a release of kokoro-onnx.

The sizes and hashes are those of the release ``model-files-v1.0``. Its successor ``model-files-v1.1`` has the same voices, and exports of
the same weights that also return durations, which nothing here needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from voicebridge.ports import Progress
from voicebridge.weights.fetching import fetch_file

from voicebridge_kokoro.weights.files import VOICES, KokoroFiles, cache_root

RELEASE = "https://github.com/thewh1teagle/kokoro-onnx/releases/download/model-files-v1.0"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of the release."""

    name: str
    size: int
    """Bytes."""
    sha256: str


_INT8 = Asset("kokoro-v1.0.int8.onnx", 92_361_271, "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb")
NETWORKS = {
    "int8": _INT8,
    "fp16": Asset("kokoro-v1.0.fp16.onnx", 177_464_787, "c1610a859f3bdea01107e73e50100685af38fff88f5cd8e5c56df109ec880204"),
    "fp32": Asset("kokoro-v1.0.onnx", 325_532_387, "7d5df8ecf7d4b1878015a32686053fd0eebe2bc377234608764cc0ef3636a6c5"),
    "ja": _INT8,
}
"""The network of each listed model."""
STYLES = Asset(VOICES, 28_214_398, "bca610b8308e8d99f32e6fe4197e7ec01679264efed0cac9140fe9c29f1fbf7d")
"""All voices, for every network."""


def cached(model: str) -> KokoroFiles:
    """The location of a listed model in our cache; it may not exist."""
    folder = cache_root() / model
    return KokoroFiles(folder / NETWORKS[model].name, folder / STYLES.name)


def fetch(model: str, progress: Progress | None = None) -> KokoroFiles:
    """Download a listed model into our cache; complete files there are not changed.

    Args:
        model: its name.
        progress: called with the bytes downloaded and the total, over both files.

    Raises:
        DownloadError: with the reason and a remedy.
    """
    files, network = cached(model), NETWORKS[model]
    total = STYLES.size + network.size
    _fetch(STYLES, files.voices, progress, 0, total)  # the small file first, so that failures occur early
    _fetch(network, files.onnx, progress, STYLES.size, total)
    return files


def _fetch(asset: Asset, target: Path, progress: Progress | None, before: int, total: int) -> None:
    def told(done: int, _: int | None) -> None:
        if progress:
            progress(before + done, total)

    fetch_file(f"{RELEASE}/{asset.name}", target, asset.sha256, told)
