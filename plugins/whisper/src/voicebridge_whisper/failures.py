"""What is said when the library fails: the cause that it names, and what helps against that cause.

CTranslate2 raises nothing but RuntimeError and ValueError, so its words tell them apart. Only numbers that come out wrong from sound that
is right speak of damaged weights: to fetch gigabytes again helps against nothing else.
"""

from __future__ import annotations

import re

from voicebridge import ModelError

_MEMORY = re.compile(r"memory|bad_alloc|mkl_malloc|CUBLAS_STATUS_ALLOC_FAILED", re.IGNORECASE)
CLOSED = "This Whisper model has been closed. Load it again."


class ClosedError(ModelError):
    """The model was closed, perhaps by another thread while it was transcribing."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__(CLOSED)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether the library says so, or Python does."""
    return isinstance(error, MemoryError) or _MEMORY.search(str(error)) is not None


def while_loading(error: BaseException) -> str:
    """What to tell the user of weights that could not be loaded on a CPU."""
    if is_out_of_memory(error):
        return f"There is not enough memory to load this model: {first_line(error)}. Close other programs, or use a smaller one: -m tiny"
    return f"The model can't be loaded: {first_line(error)}. Copy its weights again, or: voicebridge models remove, then download"


def while_transcribing(error: BaseException) -> ModelError:
    """What to tell the user of a transcription that failed."""
    if is_out_of_memory(error):
        remedy = "Close other programs, use a smaller model (-m tiny), or a smaller batch: -O batch_size=1"
        return ModelError(f"Whisper ran out of memory while transcribing: {first_line(error)}. {remedy}")
    return ModelError(f"Whisper failed while transcribing: {first_line(error)}. Please report it to the makers of voicebridge-whisper.")


def first_line(error: BaseException) -> str:
    """What an error says, in one line, to stand within a sentence."""
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
