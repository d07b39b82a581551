"""What Python code may give as sound, and as wishes: checked before a model computes, and said in one line where it is wrong."""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from voicebridge.errors import InputError, ModelError, UsageError
from voicebridge.speech import AudioChunk

if TYPE_CHECKING:
    from typing import IO

    import numpy.typing as npt

    Sound: TypeAlias = "str | os.PathLike[str] | bytes | IO[bytes] | npt.NDArray[Any]"

TAKEN = "Give a path, an open binary file, bytes of a recording, or an array float32[n] or float32[n, channels]."
_IMPOSSIBLE = 2.0**32
"""No sample is so large, whatever numbers it is written in."""


def chunks(sound: Sound, sample_rate: object, wanted: int) -> Generator[AudioChunk, None, None]:
    """Yield the sound at the rate ``wanted`` (Hz); ``sample_rate`` is that of an array.

    Warns of a recording that turns out to be damaged, after its last chunk.

    Raises:
        InputError: when it can't be read, or is nothing that is taken for sound.
    """
    recording, name = _recording(sound)
    if recording is None:
        from voicebridge.audio.resample import chunks_of

        yield from chunks_of(_samples(sound), _rate(sample_rate), wanted)
        return
    from voicebridge.audio.decode import AudioReader

    with AudioReader(recording, name) as reader:
        yield from reader.chunks(wanted)
        if reader.damage:
            warnings.warn(reader.damage, stacklevel=2)


def check_wishes(request: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a :class:`voicebridge.SttRequest`, of the right types; ``hotwords`` may be a single one.

    Raises:
        UsageError: when a field has a value of the wrong type.
    """
    asked = dict(request)
    for name in ("language", "prompt"):
        if asked.get(name) is not None and not isinstance(asked[name], str):
            raise UsageError(f"{name} is a text, not {_called(asked[name])}.")
    if isinstance(asked.get("hotwords"), str):
        asked["hotwords"] = (asked["hotwords"],)
    if "hotwords" in asked:
        words = asked["hotwords"] or ()
        if not isinstance(words, list | tuple) or not all(isinstance(word, str) for word in words):
            raise UsageError(f"hotwords is a list of texts, not {_called(words)}.")
        asked["hotwords"] = tuple(words)
    return asked


def check_process(loaded_in: int) -> None:
    """See that a model is used in the process that loaded it, whose number is ``loaded_in``.

    Raises:
        ModelError: when the process has forked since: a model's threads don't live on in the child, and it would wait for them for ever.
    """
    if loaded_in != os.getpid():
        raise ModelError(
            "This model was loaded before the process forked, and can't be used in the child. Load it in the child, or start processes by "
            "the method 'spawn'."
        )


def _recording(sound: Any) -> tuple[Path | IO[bytes] | None, str | None]:
    if isinstance(sound, str | os.PathLike):
        return Path(sound), None
    if isinstance(sound, bytes | bytearray | memoryview):
        return io.BytesIO(sound), "the recording given as bytes"
    if isinstance(sound, io.TextIOBase):
        raise InputError(f"A file of text is no recording. Open it with mode 'rb'. {TAKEN}")
    if callable(getattr(sound, "read", None)):
        return sound, str(getattr(sound, "name", "the recording given as a stream"))
    return None, None


def _samples(sound: Any) -> npt.NDArray[Any]:
    import numpy as np

    if not hasattr(sound, "__array__"):
        raise InputError(f"{_called(sound)} is no sound. {TAKEN}")
    try:
        array = np.asarray(sound)  # tensors of other libraries too, where they are in the processor's memory
    except (TypeError, RuntimeError, ValueError) as error:
        raise InputError(f"{_called(sound)} can't be read as an array: {error}. {TAKEN}") from error
    if array.dtype.kind not in "iuf":
        raise InputError(f"An array of {array.dtype} is no sound. {TAKEN}")
    if array.dtype.kind in "iu":
        if array.dtype.itemsize > 4:
            raise InputError(
                f"An array of {array.dtype} doesn't tell its full scale. Convert it: samples.astype('int16'), or float32 in [-1, 1]."
            )
        return array
    usable = np.abs(array) < _IMPOSSIBLE
    if usable.all():
        return array
    if not usable.any():
        raise InputError("The array holds no numbers that could be sound. Look at where it comes from.")
    return np.where(usable, array, np.zeros((), array.dtype))  # before resampling, which would spread them


def _rate(given: Any) -> int:
    if isinstance(given, bool) or (not hasattr(given, "__index__") and not isinstance(given, float)):
        raise InputError(f"sample_rate is a number of Hz, such as 16000, not {given!r}.")
    return int(given)


def _called(value: object) -> str:
    kind = type(value)
    return "None" if value is None else f"{'' if kind.__module__ == 'builtins' else kind.__module__ + '.'}{kind.__qualname__}"
