"""Misspells a hook."""

from collections.abc import Iterator

from voicebridge import SttSpec, hookimpl


@hookimpl
def voicebridge_stt_model() -> Iterator[SttSpec]:
    yield SttSpec(name="tiny", factory="planted_unknown_hook:Engine")
