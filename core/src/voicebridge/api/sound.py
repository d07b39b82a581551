"""Audio and requests passed by Python code: validated before a model runs, with one-line errors."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from voicebridge.audio.channels import channel_names, channels_wrong
from voicebridge.errors import InputError, UsageError
from voicebridge.speech import AudioChunk

if TYPE_CHECKING:
    from typing import IO

    import numpy.typing as npt

    from voicebridge.audio.decode import AudioReader
    from voicebridge.audio.opened import Sound as Opened

    Sound: TypeAlias = "str | os.PathLike[str] | bytes | IO[bytes] | npt.NDArray[Any] | Iterable[npt.NDArray[Any]] | Iterable[AudioChunk]"

TAKEN = "Give a path, an open binary file, bytes of a recording, an array float32[n] or float32[n, channels], or an iterator of arrays."
_IMPOSSIBLE = 2.0**32
"""No sample is this large, in any number format."""


def opener(sound: Sound, sample_rate: object, open_file: Callable[..., Opened]) -> Callable[..., Opened]:
    """Return a function that opens a recording, or an array at ``sample_rate`` (Hz); with ``channel`` and ``channels``, one channel of it.

    Args:
        sound: the audio passed by Python code.
        sample_rate: of an array.
        open_file: opens a recording given by its path.

    Raises:
        InputError: if it is not a supported kind of audio.
    """
    recording, _ = _recording(sound)
    if isinstance(recording, Path):
        return partial(open_file, recording)
    if recording is None and isinstance(sound, Iterator):
        return partial(_Chunks, sound, _rate(sample_rate))
    if recording is None:
        return partial(_Array, _samples(sound), _rate(sample_rate))

    def open_bytes(**channel: Any) -> AudioReader:
        from voicebridge.audio.decode import AudioReader

        source, called = _recording(sound)
        assert source is not None, "it was a recording before"  # noqa: S101
        if channel and source is sound:
            raise UsageError(
                "A stream can be read only once, but each channel is transcribed separately. Give a path, or the bytes of the recording."
            )
        return AudioReader(source, called, **channel)

    return open_bytes


def twice_opener(sound: Sound, sample_rate: object, open_file: Callable[..., Opened]) -> Callable[..., Opened]:
    """Like :func:`opener`, for audio that is read a second time.

    Raises:
        UsageError: if it can be read only once.
    """
    recording, _ = _recording(sound)
    if recording is sound or (recording is None and isinstance(sound, Iterator)):
        raise UsageError(
            "A stream can be read only once, but a diarizer reads it first. Give a path, an array, or the bytes of the recording."
        )
    return opener(sound, sample_rate, open_file)


class _Array:
    """An array, or one channel of it; a :class:`voicebridge.audio.opened.Sound`."""

    damage = None

    def __init__(self, array: npt.NDArray[Any], rate: int, channel: int | None = None, channels: int | None = None) -> None:
        self._array, self._rate, self._channel = array, rate, channel
        self.channels = 1 if array.ndim < 2 else int(array.shape[-1])
        if channel is not None and (wrong := channels_wrong(self.channels, channels)):
            raise InputError(f"The array {wrong}")

    @property
    def duration(self) -> float:
        return len(self._array) / self._rate

    def chunks(self, sample_rate: int) -> Generator[AudioChunk, None, None]:
        from voicebridge.audio.resample import chunks_of

        yield from chunks_of(self._array, self._rate, sample_rate, channel=self._channel)

    def close(self) -> None:
        """There is nothing to close."""


class _Chunks:
    """Arrays or chunks that arrive while the work advances; a :class:`voicebridge.audio.opened.Sound`."""

    damage = None
    duration = None
    channels = 1

    def __init__(self, parts: Iterator[Any], rate: int, channel: int | None = None, channels: int | None = None) -> None:
        del channels
        if channel is not None:
            raise UsageError("An iterator can be read only once, but each channel is transcribed separately. Give an array or a path.")
        self._parts, self._rate = parts, rate

    def chunks(self, sample_rate: int) -> Generator[AudioChunk, None, None]:
        from voicebridge.audio.resample import resampled

        yield from resampled(((_samples(part), rate) for part, rate in self._rated()), sample_rate)

    def close(self) -> None:
        if callable(close := getattr(self._parts, "close", None)):
            close()

    def _rated(self) -> Iterator[tuple[Any, int]]:
        for part in self._parts:
            if isinstance(part, AudioChunk):
                yield part.samples, part.sample_rate
            else:
                yield part, self._rate


def check_wishes(request: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a :class:`voicebridge.SttRequest`, type-checked; ``hotwords`` may be a single string.

    Raises:
        UsageError: if a field has a value of the wrong type.
    """
    asked = dict(request)
    for name in ("language", "prompt"):
        if asked.get(name) is not None and not isinstance(asked[name], str):
            raise UsageError(f"{name} must be a text, not {_called(asked[name])}.")
    if isinstance(asked.get("hotwords"), str):
        asked["hotwords"] = (asked["hotwords"],)
    if "hotwords" in asked:
        words = asked["hotwords"] or ()
        if not isinstance(words, list | tuple) or not all(isinstance(word, str) for word in words):
            raise UsageError(f"hotwords must be a list of texts, not {_called(words)}.")
        asked["hotwords"] = tuple(words)
    if not isinstance(asked.get("partials", False), bool):
        raise UsageError(f"partials must be True or False, not {_called(asked['partials'])}.")
    return asked


def check_speakers(count: object) -> int | None:
    """A number of speakers.

    Raises:
        UsageError: if it is none.
    """
    if count is None:
        return None
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise UsageError(f"speakers must be a number from 1, not {count!r}.")
    return count


def check_channels(names: object) -> tuple[str, ...] | None:
    """The names of the speakers on the channels, empty to number them; ``None`` if the channels are mixed.

    Raises:
        UsageError: if it is neither a list of names nor ``"each"``.
    """
    if names is None:
        return None
    if not isinstance(names, str) and (not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names)):
        raise UsageError(f"channels must be a list of names, or 'each', not {_called(names)}.")
    return channel_names(names)


def _recording(sound: Any) -> tuple[Path | IO[bytes] | None, str | None]:
    if isinstance(sound, str | os.PathLike):
        return Path(sound), None
    if isinstance(sound, bytes | bytearray | memoryview):
        return io.BytesIO(sound), "the recording given as bytes"
    if isinstance(sound, io.TextIOBase):
        raise InputError(f"A file opened in text mode can't be read as a recording. Open it with mode 'rb'. {TAKEN}")
    if callable(getattr(sound, "read", None)):
        return sound, str(getattr(sound, "name", "the recording given as a stream"))
    return None, None


def _samples(sound: Any) -> npt.NDArray[Any]:
    import numpy as np

    if not hasattr(sound, "__array__"):
        raise InputError(f"{_called(sound)} is not audio. {TAKEN}")
    try:
        array = np.asarray(sound)  # also tensors of other libraries, if they are in CPU memory
    except (TypeError, RuntimeError, ValueError) as error:
        raise InputError(f"{_called(sound)} can't be read as an array: {error}. {TAKEN}") from error
    if array.dtype.kind not in "iuf":
        raise InputError(f"An array of {array.dtype} is not audio. {TAKEN}")
    if array.dtype.kind in "iu":
        if array.dtype.itemsize > 4:
            raise InputError(
                f"An array of {array.dtype} has no known full scale. Convert it: samples.astype('int16'), or float32 in [-1, 1]."
            )
        return array
    usable = np.abs(array) <= array.dtype.type(min(_IMPOSSIBLE, float(np.finfo(array.dtype).max)))
    if usable.all():
        return array
    if not usable.any():
        raise InputError("The array contains only NaN or infinite values. Check where it comes from.")
    return np.where(usable, array, np.zeros((), array.dtype))  # before resampling, which would spread them


def _rate(given: Any) -> int:
    if isinstance(given, bool) or (not hasattr(given, "__index__") and not isinstance(given, float)):
        raise InputError(f"sample_rate must be a number in Hz, such as 16000, not {given!r}.")
    return int(given)


def _called(value: object) -> str:
    kind = type(value)
    return "None" if value is None else f"{'' if kind.__module__ == 'builtins' else kind.__module__ + '.'}{kind.__qualname__}"
