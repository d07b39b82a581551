"""Was written for a future version of the plugin interface."""

from collections.abc import Iterator

from voicebridge import SttSpec, hookimpl

VOICEBRIDGE_API = 2


@hookimpl
def voicebridge_stt_models() -> Iterator[SttSpec]:
    yield SttSpec(name="tiny", factory="planted_wrong_version:Engine")
