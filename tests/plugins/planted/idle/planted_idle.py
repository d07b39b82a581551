"""Leaves a file behind when it is imported, which must not happen while it is disabled."""

import os
from collections.abc import Iterator
from pathlib import Path

from voicebridge import SttSpec, hookimpl

if trace := os.environ.get("PLANTED_TRACE"):
    Path(trace).touch()


@hookimpl
def voicebridge_stt_models() -> Iterator[SttSpec]:
    yield SttSpec(name="tiny", factory="planted_idle:Engine")
