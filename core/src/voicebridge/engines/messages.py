"""The messages of a job as JSON: requests, passages of text, segments, audio, errors. All values are preserved exactly.

Audio is base64: of 16-bit samples if these are exact, which is true for most recordings and voices, else of ``float32``.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import MISSING, fields
from math import isfinite
from typing import Any, Protocol

from voicebridge import errors
from voicebridge.errors import ModelError, UnavailableError, VoiceBridgeError
from voicebridge.speech import AudioChunk, Line, Segment, SttRequest, TtsRequest, Word

Message = Mapping[str, Any]

LONGEST = 400_000
"""Characters per line; a longer message is split into parts, each of which may double in size through escaping."""
_MOST = 512 * LONGEST
"""Maximum characters of a split message; nobody sends half an hour of audio at once."""
_FULL_SCALE = 32_768.0


class MessagePeer(Protocol):
    """The other side, such as :class:`voicebridge.control.Peer`: exchanges JSON objects."""

    def send(self, message: Message) -> None:
        """Send a message that fits into a line.

        Raises:
            UnavailableError, OSError: if the other side is gone.
        """
        ...

    def receive(self, seconds: float | None = None) -> dict[str, Any] | None:
        """The next message; ``None`` if the other side has closed the connection.

        Raises:
            UnavailableError: if none has arrived within that many seconds, or it is invalid.
        """
        ...

    def close(self) -> None:
        """Close the connection; can be called from any thread, also while another waits for a message."""
        ...


class PeerGoneError(UnavailableError):
    """The process that should run a job is gone, or never existed."""


def send(peer: MessagePeer, message: Message) -> None:
    """Send a message of any length."""
    text = json.dumps(message)
    if len(text) <= LONGEST:
        peer.send(message)
        return
    for at in range(0, len(text), LONGEST):
        peer.send({"part": text[at : at + LONGEST], "last": at + LONGEST >= len(text)})


def receive(peer: MessagePeer, seconds: float | None = None) -> dict[str, Any] | None:
    """The next message, of any length; ``None`` if the other side has closed the connection.

    Raises:
        UnavailableError: like :meth:`MessagePeer.receive`.
    """
    parts: list[str] = []
    size = 0
    while (message := peer.receive(seconds)) is not None:
        if "part" not in message:
            return message
        parts.append(str(message["part"]))
        size += len(parts[-1])
        if size > _MOST:
            raise UnavailableError("The other side sent an endless message. Restart it: voicebridge daemon restart")
        if message.get("last"):
            return _object("".join(parts))
    return None


def chunk_to(chunk: AudioChunk) -> dict[str, Any]:
    """Audio as JSON."""
    import numpy as np  # on demand: not needed without audio

    with np.errstate(invalid="ignore", over="ignore"):  # NaN, and values too large for 16 bits, are detected below
        scaled = chunk.samples * np.float32(_FULL_SCALE)
        whole = scaled.astype("<i2")
    said = {"i16": _text(whole.tobytes())} if _same(whole, scaled) else {"f32": _text(chunk.samples.astype("<f4").tobytes())}
    return {"rate": int(chunk.sample_rate), "start": float(chunk.start), **said}


def chunk_from(said: Message) -> AudioChunk:
    """Audio from JSON.

    Raises:
        UnavailableError: if it is invalid.
    """
    import numpy as np

    with _understood("sound"):
        if "i16" in said:
            samples = np.frombuffer(b64decode(said["i16"], validate=True), "<i2").astype(np.float32) / np.float32(_FULL_SCALE)
        else:
            samples = np.frombuffer(b64decode(said["f32"], validate=True), "<f4").astype(np.float32)
        return AudioChunk(samples, int(said["rate"]), float(said["start"]))


def segment_to(segment: Segment) -> dict[str, Any]:
    """A segment as JSON, without default values."""
    said = _set_fields(segment)
    if segment.words:
        said["words"] = [_set_fields(word) for word in segment.words]
    return said


def segment_from(said: Message) -> Segment:
    """A segment from JSON.

    Raises:
        UnavailableError: if it is invalid.
    """
    with _understood("a segment"):
        return Segment(**{**_numbers(said), "words": tuple(Word(**_numbers(word)) for word in said.get("words", ()))})


def stt_request_to(request: SttRequest) -> dict[str, Any]:
    """A request as JSON, without default values."""
    said = _set_fields(request)
    return {**said, "hotwords": list(request.hotwords)} if request.hotwords else said


def stt_request_from(said: Message) -> SttRequest:
    """A request from JSON.

    Raises:
        UnavailableError: if it is invalid.
    """
    with _understood("a request"):
        return SttRequest(**{**said, "hotwords": tuple(said.get("hotwords", ()))})


def tts_request_to(request: TtsRequest) -> dict[str, Any]:
    """A request as JSON, without default values."""
    said = _set_fields(request)
    return {**said, "sample": chunk_to(request.sample)} if request.sample is not None else said


def tts_request_from(said: Message) -> TtsRequest:
    """A request from JSON.

    Raises:
        UnavailableError: if it is invalid.
    """
    with _understood("a request"):
        return TtsRequest(**{**said, "sample": _sample_from(said)})


def text_to(text: str) -> dict[str, Any]:
    """A passage of text as JSON; a line of a script keeps its speaker."""
    if not isinstance(text, Line):
        return {"text": str(text)}
    voice = {"sample": chunk_to(text.sample)} if text.sample is not None else {}
    return {"text": str(text), "speaker": text.speaker, "voice": text.voice, **voice}


def text_from(said: Message) -> str:
    """A passage of text from JSON.

    Raises:
        UnavailableError: if it is invalid.
    """
    with _understood("text"):
        text = str(said["text"])
        return Line(text, int(said["speaker"]), said["voice"], _sample_from(said)) if "speaker" in said else text


def error_to(error: VoiceBridgeError) -> dict[str, Any]:
    """An error as the final message of a connection; an error class of a plugin is replaced by its closest public base class."""
    kind = next(each.__name__ for each in type(error).__mro__ if getattr(errors, each.__name__, None) is each)
    return {"ok": False, "kind": kind, "error": str(error)}


def error_from(said: Message) -> VoiceBridgeError:
    """An error from such a message."""
    kind = getattr(errors, str(said.get("kind")), None)
    if not (isinstance(kind, type) and issubclass(kind, VoiceBridgeError)):
        kind = ModelError
    return kind(str(said.get("error")))


@contextmanager
def _understood(what: str) -> Iterator[None]:
    """Convert any error from invalid JSON into a one-line message."""
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise UnavailableError(f"The received data is not {what}: {errors.brief(error)}. Both sides must have the same version.") from error


_NUMBERS = ("start", "end", "probability", "avg_logprob", "no_speech_prob")


def _set_fields(value: Any) -> dict[str, Any]:
    """The fields with non-default values that JSON can represent."""
    said = {}
    for field in fields(value):
        content = getattr(value, field.name)
        if field.name in ("words", "hotwords", "sample") and not isinstance(content, bool):
            continue
        if field.default is MISSING or content != field.default:
            content = content.item() if hasattr(content, "item") else content  # engines may yield numpy scalars
            said[field.name] = str(content) if isinstance(content, float) and not isfinite(content) else content
    return said


def _numbers(said: Message) -> dict[str, Any]:
    return {name: float(content) if name in _NUMBERS and content is not None else content for name, content in said.items()}


def _sample_from(said: Message) -> AudioChunk | None:
    return chunk_from(said["sample"]) if said.get("sample") else None


def _same(whole: Any, scaled: Any) -> bool:
    import numpy as np

    return bool(np.array_equal(whole, scaled)) and not bool(np.signbit(scaled[whole == 0]).any())  # 16-bit samples have no negative zero


def _text(data: bytes) -> str:
    return b64encode(data).decode("ascii")


def _object(text: str) -> dict[str, Any]:
    with _understood("a message"):
        found = json.loads(text)
        if not isinstance(found, dict):
            raise TypeError("no object")
        return found
