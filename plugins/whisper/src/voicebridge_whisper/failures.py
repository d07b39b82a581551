"""Error messages for failures of the library: the cause that it reports, and the remedy.

CTranslate2 raises only RuntimeError and ValueError, so the message distinguishes causes. Only invalid numbers computed from valid audio
indicate damaged weights: for other causes, downloading gigabytes again doesn't help.
"""

from __future__ import annotations

import re

from voicebridge import ModelError

_MEMORY = re.compile(r"memory|bad_alloc|mkl_malloc|CUBLAS_STATUS_ALLOC_FAILED", re.IGNORECASE)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether the error of the library or of Python means that memory ran out."""
    return isinstance(error, MemoryError) or _MEMORY.search(str(error)) is not None


def while_loading(error: BaseException) -> str:
    """The message for weights that can't be loaded on a CPU."""
    if is_out_of_memory(error):
        return f"There is not enough memory to load this model: {first_line(error)}. Close other programs, or use a smaller one: -m tiny"
    return f"The model can't be loaded: {first_line(error)}. Copy its weights again, or: voicebridge models remove, then download"


def while_transcribing(error: BaseException) -> ModelError:
    """The error for a failed transcription."""
    if is_out_of_memory(error):
        remedy = "Close other programs, use a smaller model (-m tiny), or a smaller batch: -O batch_size=1"
        return ModelError(f"Whisper ran out of memory while transcribing: {first_line(error)}. {remedy}")
    return ModelError(
        f"Whisper failed while transcribing: {first_line(error)}. Please report it to the maintainers of voicebridge-whisper."
    )


def first_line(error: BaseException) -> str:
    """The first line of an error's message, for use within a sentence."""
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
