"""The models and services for reading aloud, from the current configuration."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import cast

from voicebridge.errors import UnavailableError
from voicebridge.ports import WatchedClipboard
from voicebridge.reading.clipboard_watch import Copied
from voicebridge.runtime.capabilities import require
from voicebridge.runtime.registry import Registry
from voicebridge.runtime.settings import ReadingSettings
from voicebridge.tts.choose import SpeechSetup, choose


class Choices:
    """The user's choices; the configuration may change at any time."""

    def __init__(self, registry: Callable[[], Registry]) -> None:
        """Prepare; ``registry`` returns the models of the current configuration."""
        self._registry = registry

    @property
    def settings(self) -> ReadingSettings:
        """``[reading]``."""
        return self._registry().config.settings.reading

    @property
    def device(self) -> str | None:
        """The configured speaker, if any."""
        return self._registry().config.settings.tts.device

    def speech(self, model: str | None, voice: str | None, asked: Mapping[str, object]) -> SpeechSetup:
        """The reading parameters for a text, from :func:`voicebridge.tts.choose.choose`.

        Raises:
            VoiceBridgeError: if a name is wrong, or the model doesn't support the request.
        """
        return choose(self._registry(), model=model, voice=voice, asked=asked)

    def check_pace(self, speech: SpeechSetup) -> None:
        """Check that a model supports other speaking rates.

        Raises:
            NotSupportedError: if it doesn't.
        """
        require(speech.model, ("speed",), None, self._registry().tts_models())


def watch_copies(registry: Registry, say: Callable[[str], None], tell: Callable[[str], None]) -> Copied | None:
    """Start reading copied texts if this is configured, else return ``None``.

    Raises:
        UnavailableError: if no clipboard can detect copies, with the reason of each.
    """
    if not registry.config.settings.reading.copied:
        return None
    usable, reasons = registry.usable_services("clipboard")
    for record, spec in usable:
        if "copies" in spec.features:
            return Copied(cast("WatchedClipboard", registry.make_service(record, spec)), say, tell)
    why = " ".join(reasons) or f"It needs the plugin for this system: {_plugin_of_the_system()}"
    raise UnavailableError(f"No clipboard service here reports copies, so reading.copied has no effect. {why}")


def _plugin_of_the_system() -> str:
    from voicebridge.installing import remedy

    system = {"win32": "windows", "darwin": "macos"}.get(sys.platform, "linux")
    return remedy(f"voicebridge-os-{system}")
