"""Which files of rhasspy/piper-voices on the hub make a voice."""

from __future__ import annotations

from collections.abc import Sequence

from voicebridge.errors import DownloadError, nearest
from voicebridge.installing import remedy
from voicebridge.ports import Progress
from voicebridge.weights import fetching
from voicebridge.weights.fetching import HubFile

from voicebridge_piper.weights import files

REPO = "rhasspy/piper-voices"


def fetch(code: str, folder: str, sha256: str | None = None, progress: Progress | None = None) -> files.VoiceFiles:
    """Fetch a voice into our cache; one that is whole there is left alone.

    Args:
        code: the voice's official name.
        folder: where it is on the hub.
        sha256: of the ``.onnx`` file, where it is pinned.
        progress: told the bytes that are there and the bytes in all, for all files together.

    Raises:
        DownloadError: with the reason and the remedy.
    """
    voice = files.cached(code)
    fetching.fetch(
        REPO, voice.onnx.parent, lambda listed: _choose(code, folder, listed, sha256), lambda _: not voice.flaw(), progress=progress
    )
    return voice


def _choose(code: str, folder: str, listed: Sequence[HubFile], sha256: str | None) -> list[HubFile]:
    found = {file.name: file for file in listed}
    card, config, onnx = (f"{folder}/{name}" for name in ("MODEL_CARD", f"{code}.onnx.json", f"{code}.onnx"))
    if onnx not in found or config not in found:
        voices = [name.rpartition("/")[2].removesuffix(".onnx") for name in found if name.endswith(".onnx")]
        raise DownloadError(f"{REPO} has no voice {code!r}.{nearest(code, voices)} Names are written as in en_US-lessac-medium.")
    if sha256 and found[onnx].sha256 != sha256:
        raise DownloadError(
            f"The hub's {code} is not the voice that this version of voicebridge-piper knows (SHA-256 differs), so it is not fetched. "
            f"Try: {remedy('voicebridge-piper', upgrade=True)}"
        )
    return [found[name] for name in (card, config, onnx) if name in found]  # so that what is small fails first
