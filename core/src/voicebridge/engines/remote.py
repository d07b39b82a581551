"""Engines that are elsewhere: :class:`RemoteStt` and :class:`RemoteTts` have a job done at the other end of a conversation.

The engine pulls: each time it wants more sound or text it says so, and what is then given to it is taken from the caller's iterator, in
the caller's thread and no earlier than an engine in this process would take it. What it makes comes back as it is made, a few pieces ahead
of who takes them. Closing the iterator ends the conversation, which stops the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, suppress
from typing import Any

from voicebridge.engines import wire
from voicebridge.engines.wire import Gone, Message, Peer
from voicebridge.errors import Unavailable, VoiceBridgeError
from voicebridge.speech import AudioChunk, Segment, SttRequest, TtsRequest

AHEAD = 8
"""How many segments or chunks the engine may be ahead of who takes them."""

Connect = Callable[[], Peer]
"""Begins a conversation with who has the engine.

Raises:
    Gone: when nobody is there.
"""


class RemoteStt:
    """A speech-to-text model at the other end of conversations, one for each recording."""

    def __init__(self, connect: Connect, patience: float | None = None) -> None:
        """Nothing is connected yet.

        Args:
            connect: begins a conversation.
            patience: seconds without a word from the other side after which it counts as gone.
        """
        self._connect, self._patience = connect, patience

    def transcribe(self, audio: Iterable[AudioChunk], request: SttRequest) -> Iterator[Segment]:
        """Yield segments as they come; see :meth:`voicebridge.ports.SpeechToText.transcribe`.

        Raises:
            Gone: when the other side ends without having finished.
            VoiceBridgeError: what the engine raises, of the same kind.
        """
        sounds = ({"audio": wire.chunk_to(chunk)} for chunk in audio)
        with closing(conversation(self._connect, {"request": wire.stt_request_to(request)}, sounds, self._patience)) as given:
            for said in given:
                yield wire.segment_from(said["segment"])

    def close(self) -> None:
        """Nothing is held: each conversation ends by itself."""


class RemoteTts:
    """A text-to-speech model at the other end of conversations, one for each reading."""

    def __init__(self, connect: Connect, patience: float | None = None) -> None:
        """As for :class:`RemoteStt`."""
        self._connect, self._patience = connect, patience

    def synthesize(self, text: Iterable[str], request: TtsRequest) -> Iterator[AudioChunk]:
        """Yield sound as it comes; see :meth:`voicebridge.ports.TextToSpeech.synthesize`.

        Raises:
            Gone: when the other side ends without having finished.
            VoiceBridgeError: what the engine raises, of the same kind.
        """
        pieces = (wire.text_to(piece) for piece in text)
        with closing(conversation(self._connect, {"request": wire.tts_request_to(request)}, pieces, self._patience)) as given:
            for said in given:
                yield wire.chunk_from(said["audio"])

    def close(self) -> None:
        """Nothing is held: each conversation ends by itself."""


def conversation(
    connect: Connect, request: Message, inputs: Iterator[Message], patience: float | None
) -> Generator[dict[str, Any], None, None]:
    """Send the inputs as the engine asks for them and yield what it gives, until the other side says how it went.

    Yields:
        Messages with a ``segment`` or ``audio``; of a recording that the other side decodes also ``heard`` (s) and ``damage``.

    Raises:
        Gone: when the other side ends without having finished.
        VoiceBridgeError: what the engine raises, of the same kind.
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
                    with suppress(Gone):  # it may have said its last already, which is still to be heard
                        _tell(peer, {"more": AHEAD // 2})


def _wrong(said: Message) -> VoiceBridgeError:
    error = wire.error_from(said)
    return Gone(str(error)) if type(error) is Unavailable else error  # as a pool says that is being closed


def _tell(peer: Peer, message: Message) -> None:
    try:
        wire.send(peer, message)
    except (Unavailable, OSError) as error:
        raise Gone(str(error)) from error


def _hear(peer: Peer, patience: float | None) -> dict[str, Any]:
    try:
        said = wire.receive(peer, patience)
    except (Unavailable, OSError) as error:
        raise Gone(str(error)) from error
    if said is None:
        raise Gone("It ended in the middle of the job.")
    return said
