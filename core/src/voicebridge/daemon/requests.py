"""What the daemon may be asked over the control socket, by name (docs/control.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from voicebridge.aloud.requests import handlers as reading_handlers
from voicebridge.control import Handler, Peer
from voicebridge.dictation.requests import handlers as dictation_handlers
from voicebridge.engines.serving import handlers as engine_handlers
from voicebridge.hotkeys.suspension import REQUEST
from voicebridge.stt_choice import handler as choice_handler

if TYPE_CHECKING:
    from voicebridge.daemon.running import Daemon


def handlers(daemon: Daemon) -> dict[str, Handler]:
    """What each request has the daemon do."""

    def stop(_: dict[str, Any], __: Peer) -> Mapping[str, Any]:
        daemon.stop()
        return {"pid": daemon.status()["pid"]}

    return {
        "daemon.status": lambda _, __: daemon.status(),
        "daemon.reload": lambda _, __: {"at_once": daemon.reload()},
        "daemon.stop": stop,
        **dictation_handlers(lambda: daemon.parts.dictating),
        **reading_handlers(lambda: daemon.aloud),
        REQUEST: daemon.suspension.serve,
        "watch.status": lambda _, __: {"folders": daemon.parts.folders()},
        **engine_handlers(daemon.pool, lambda: daemon.parts.registry),
        "engine.choose": choice_handler(lambda: daemon.parts.registry),
    }
