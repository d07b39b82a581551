"""Yields one model, and then its hook raises."""

from collections.abc import Iterator

from voicebridge import SttSpec, hookimpl


@hookimpl
def voicebridge_stt_models() -> Iterator[SttSpec]:
    yield SttSpec(name="tiny", factory="planted_halfway:Engine")
    raise RuntimeError("the list of models is torn")
