"""Is slow to import, like a module that imports its engine."""

import time
from collections.abc import Iterator

from voicebridge import SttSpec, hookimpl

time.sleep(2)


@hookimpl
def voicebridge_stt_models() -> Iterator[SttSpec]:
    yield SttSpec(name="tiny", factory="planted_sleeper:Engine", description="Slow to arrive.")
