"""Has the same name as another package's plugin."""

from collections.abc import Iterator

from voicebridge import SttSpec, hookimpl


@hookimpl
def voicebridge_stt_models() -> Iterator[SttSpec]:
    yield SttSpec(name="tiny", factory="planted_left_twin:Engine")
