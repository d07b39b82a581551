"""Clients for engines in another process: :class:`RemoteStt` and :class:`RemoteTts` send a job over a connection.

The engine pulls: when it needs more audio or text, it says so, and the input is taken from the caller's iterator, in the caller's thread
and no earlier than an engine in this process would. Output is returned as it is produced, a few items ahead of the consumer. Closing the
iterator closes the connection, which stops the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, suppress
from typing import Any

from voicebridge.engines import messages
from voicebridge.engines.messages import Message, MessagePeer, PeerGoneError
from voicebridge.errors import UnavailableError, VoiceBridgeError
from voicebridge.speech import AudioChunk, Segment, SttRequest, TtsRequest

AHEAD = 8
"""How many segments or chunks the engine may be ahead of the consumer."""

Connect = Callable[[], MessagePeer]
"""Connects to the process with the engine.

Raises:
    PeerGoneError: if there is none.
"""


class RemoteStt:
    """A speech-to-text model in another process, with a connection per recording."""

    def __init__(self, connect: Connect, patience: float | None = None) -> None:
        """Nothing is connected yet.

        Args:
            connect: opens a connection.
            patience: seconds without a message after which the other side counts as gone.
        """
        self._connect, self._patience = connect, patience

    def transcribe(self, audio: Iterable[AudioChunk], request: SttRequest) -> Iterator[Segment]:
        """Yield segments as they arrive; see :meth:`voicebridge.ports.SpeechToText.transcribe`.

        Raises:
            PeerGoneError: if the other side ends without a result.
            VoiceBridgeError: the engine's error, of the same class.
        """
        sounds = ({"audio": messages.chunk_to(chunk)} for chunk in audio)
        with closing(conversation(self._connect, {"request": messages.stt_request_to(request)}, sounds, self._patience)) as given:
            for said in given:
                yield messages.segment_from(said["segment"])

    def close(self) -> None:
        """Does nothing: each connection ends by itself."""


class RemoteTts:
    """A text-to-speech model in another process, with a connection per reading."""

    def __init__(self, connect: Connect, patience: float | None = None) -> None:
        """Like :class:`RemoteStt`."""
        self._connect, self._patience = connect, patience

    def synthesize(self, text: Iterable[str], request: TtsRequest) -> Iterator[AudioChunk]:
        """Yield audio as it arrives; see :meth:`voicebridge.ports.TextToSpeech.synthesize`.

        Raises:
            PeerGoneError: if the other side ends without a result.
            VoiceBridgeError: the engine's error, of the same class.
        """
        pieces = (messages.text_to(piece) for piece in text)
        with closing(conversation(self._connect, {"request": messages.tts_request_to(request)}, pieces, self._patience)) as given:
            for said in given:
                yield messages.chunk_from(said["audio"])

    def close(self) -> None:
        """Does nothing: each connection ends by itself."""


def conversation(
    connect: Connect, request: Message, inputs: Iterator[Message], patience: float | None
) -> Generator[dict[str, Any], None, None]:
    """Send inputs as the engine requests them and yield its outputs, until the final message.

    Yields:
        Messages with a ``segment`` or ``audio``; for a recording decoded by the other side also ``heard`` (s) and ``damage``.

    Raises:
        PeerGoneError: if the other side ends without a result.
        VoiceBridgeError: the engine's error, of the same class.
    """
    taken = 0
    with closing(connect()) as peer:
        _tell(peer, {**request, "more": AHEAD})
        while not (said := _hear(peer, patience)).get("ok"):
            if "ok" in said:
                raise _wrong(said)
            if "want" in said:
                _tell(peer, next(inputs, {"end": True}))
            elif "heard" in said or "damage" in said:
                yield said
            elif "segment" in said or "audio" in said:
                yield said
                taken += 1
                if taken % (AHEAD // 2) == 0:
                    with suppress(PeerGoneError):  # its final message may have arrived already
                        _tell(peer, {"more": AHEAD // 2})


def _wrong(said: Message) -> VoiceBridgeError:
    error = messages.error_from(said)
    return PeerGoneError(str(error)) if type(error) is UnavailableError else error  # sent by a pool that is being closed


def _tell(peer: MessagePeer, message: Message) -> None:
    try:
        messages.send(peer, message)
    except (UnavailableError, OSError) as error:
        raise PeerGoneError(str(error)) from error


def _hear(peer: MessagePeer, patience: float | None) -> dict[str, Any]:
    try:
        said = messages.receive(peer, patience)
    except (UnavailableError, OSError) as error:
        raise PeerGoneError(str(error)) from error
    if said is None:
        raise PeerGoneError("It ended in the middle of the job.")
    return said
