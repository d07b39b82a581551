"""Was written for a contract that is yet to come."""

from collections.abc import Iterator

from voicebridge import SttSpec, hookimpl

VOICEBRIDGE_API = 2


@hookimpl
def voicebridge_stt_models() -> Iterator[SttSpec]:
    yield SttSpec(name="tiny", factory="planted_wrong_version:Engine")
