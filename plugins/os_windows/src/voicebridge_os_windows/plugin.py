"""What Windows offers to VoiceBridge."""

from __future__ import annotations

from collections.abc import Iterator

from voicebridge import ServiceSpec, hookimpl

VOICEBRIDGE_API = 1


@hookimpl
def voicebridge_services() -> Iterator[ServiceSpec]:
    """Each with a probe that says whether it can be used in this session."""
    yield from ()
