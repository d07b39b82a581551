"""The table ``[services]``, with a key for each kind of desktop service."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from voicebridge.specs import SERVICE_KINDS

_DOES = {
    "microphone": "The microphone service",
    "speaker": "The speaker service",
    "clipboard": "The clipboard service",
    "focus": "The service that finds the focused window",
    "cursor": "The service that reads the text around the cursor",
    "presses": "The service that detects key presses between two dictations",
    "inserter": "The insertion method to try first",
    "hotkeys": "The source of hotkeys",
    "notifier": "The service that shows notifications",
    "autostart": "The service that starts the daemon at login",
}


def _field(kind: str) -> Any:
    return str | None, Field(None, description=f"{_DOES[kind]}, as `voicebridge doctor` lists it. Default: the best usable one.")


_Services: Any = create_model("_Services", **{kind: _field(kind) for kind in SERVICE_KINDS}, __base__=BaseModel)


class ServicesSettings(_Services):  # its fields are the kinds of services
    """``[services]``: the desktop service to use where several can be."""

    model_config = ConfigDict(extra="forbid", frozen=True)
