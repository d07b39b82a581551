"""Job messages are unchanged by encoding and decoding, whatever they contain."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from voicebridge import errors
from voicebridge.engines import messages
from voicebridge.errors import ModelError, UnavailableError, VoiceBridgeError
from voicebridge.speech import AudioChunk, Line, Segment, SttRequest, TtsRequest, Word

NUMBER = st.floats(allow_nan=False)
MAYBE = st.none() | NUMBER
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
NAME = st.none() | TEXT
SAMPLES = arrays.arrays(np.float32, st.integers(0, 50), elements=st.floats(width=32)) | arrays.arrays(np.int16, st.integers(0, 50)).map(
    lambda whole: whole.astype(np.float32) / 32_768
)
CHUNK = st.builds(AudioChunk, SAMPLES, st.integers(1, 384_000), st.floats(allow_nan=False, allow_infinity=False))
WORDS = st.lists(st.builds(Word, NUMBER, NUMBER, TEXT, MAYBE)).map(tuple)
SEGMENT = st.builds(Segment, NUMBER, NUMBER, TEXT, WORDS, NAME, NAME, st.booleans(), MAYBE, MAYBE)
STT = st.builds(SttRequest, NAME, st.booleans(), st.booleans(), NAME, st.lists(TEXT).map(tuple), st.floats(0, 1e6))
TTS = st.builds(TtsRequest, NAME, st.none() | CHUNK, NAME, st.floats(0.25, 4), st.none() | st.integers(0))


def sent(message: messages.Message) -> Any:
    """A message after transmission."""
    return json.loads(json.dumps(message, allow_nan=False))


def same(one: AudioChunk | None, other: AudioChunk | None) -> bool:
    """Whether two chunks are identical bit for bit."""
    if one is None or other is None:
        return one is other
    bits = np.array_equal(one.samples.view(np.uint32), other.samples.view(np.uint32))
    return bits and (one.sample_rate, one.start) == (other.sample_rate, other.start) and other.samples.dtype == np.float32


@given(CHUNK)
def test_sound_comes_out_to_the_last_bit(chunk: AudioChunk) -> None:
    assert same(chunk, messages.chunk_from(sent(messages.chunk_to(chunk))))


def test_sound_of_16_bits_goes_as_such() -> None:
    whole = AudioChunk(np.array([-1.0, 0.5, 32_767 / 32_768], np.float32), 16_000)
    assert set(messages.chunk_to(whole)) == {"rate", "start", "i16"}
    assert set(messages.chunk_to(AudioChunk(np.array([0.1, 1.0], np.float32), 16_000))) == {"rate", "start", "f32"}


@given(SEGMENT)
def test_a_segment_comes_out_as_it_went_in(segment: Segment) -> None:
    assert messages.segment_from(sent(messages.segment_to(segment))) == segment


def test_numbers_of_numpy_and_no_numbers_come_out_too() -> None:
    segment = Segment(np.float64(0.5), np.float32(1.5), "x", avg_logprob=float("-inf"), no_speech_prob=np.float32(0.25))  # type: ignore[arg-type]
    assert messages.segment_from(sent(messages.segment_to(segment))) == segment
    nothing = messages.segment_from(sent(messages.segment_to(Segment(0.0, 1.0, "x", avg_logprob=float("nan")))))
    assert str(nothing.avg_logprob) == "nan"


@given(STT)
def test_what_is_asked_of_a_listener_comes_out_as_it_went_in(request: SttRequest) -> None:
    assert messages.stt_request_from(sent(messages.stt_request_to(request))) == request


@given(TTS)
def test_what_is_asked_of_a_speaker_comes_out_as_it_went_in(request: TtsRequest) -> None:
    found = messages.tts_request_from(sent(messages.tts_request_to(request)))
    assert same(request.sample, found.sample)
    assert (found.voice, found.language, found.speed, found.seed) == (request.voice, request.language, request.speed, request.seed)


@given(TEXT, st.integers(0, 9), NAME, st.none() | CHUNK)
def test_a_piece_of_text_keeps_who_speaks_it(text: str, speaker: int, voice: str | None, sample: AudioChunk | None) -> None:
    line = messages.text_from(sent(messages.text_to(Line(text, speaker, voice, sample))))
    assert isinstance(line, Line)
    assert (line, line.speaker, line.voice) == (text, speaker, voice)
    assert same(sample, line.sample)
    plain = messages.text_from(sent(messages.text_to(text)))
    assert plain == text
    assert not isinstance(plain, Line)


KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, VoiceBridgeError)]


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_arrives_as_the_same_kind(kind: type[VoiceBridgeError]) -> None:
    error = messages.error_from(sent(messages.error_to(kind("This. Do that."))))
    assert type(error) is kind
    assert str(error) == "This. Do that."


def test_an_error_of_a_kind_that_a_plugin_made_arrives_as_the_kind_above() -> None:
    class MeltedError(ModelError):
        pass

    assert type(messages.error_from(sent(messages.error_to(MeltedError("Hot."))))) is ModelError
    assert type(messages.error_from({"kind": "SystemExit", "error": "x"})) is ModelError


class Echo:
    """A peer that stores messages and returns them."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []

    def send(self, message: messages.Message) -> None:
        self.lines.append(json.dumps(message, allow_nan=False, separators=(",", ":")).encode())

    def receive(self, seconds: float | None = None) -> dict[str, Any] | None:
        found: dict[str, Any] | None = json.loads(self.lines.pop(0)) if self.lines else None
        return found

    def close(self) -> None:
        pass


@pytest.mark.parametrize("text", ["short", '"\\ä' * 300_000, "x" * 2_000_000])
def test_a_message_of_any_length_goes_in_lines_of_a_bounded_one(text: str) -> None:
    peer = Echo()
    messages.send(peer, {"text": text})
    assert max(map(len, peer.lines)) < 1 << 20
    peer.send({"next": 1})
    assert messages.receive(peer) == {"text": text}
    assert messages.receive(peer) == {"next": 1}
    assert messages.receive(peer) is None


def test_a_message_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "_MOST", 10)
    peer = Echo()
    for _ in range(3):
        peer.send({"part": "12345", "last": False})
    with pytest.raises(UnavailableError, match="endless message"):
        messages.receive(peer)


@pytest.mark.parametrize(
    ("read", "said"),
    [
        (messages.chunk_from, {}),
        (messages.chunk_from, {"rate": 1, "start": 0, "f32": "!"}),
        (messages.chunk_from, {"rate": 1, "start": 0, "i16": "AA=="}),
        (messages.segment_from, {"start": 0}),
        (messages.segment_from, {"start": 0, "end": "x", "text": ""}),
        (messages.segment_from, {"start": 0, "end": 1, "text": "", "words": [1]}),
        (messages.stt_request_from, {"what": 1}),
        (messages.tts_request_from, {"sample": {"rate": 1}}),
        (messages.text_from, {"text": "x", "speaker": "y", "voice": None}),
    ],
)
def test_what_is_no_message_is_told_in_one_line(read: Any, said: dict[str, Any]) -> None:
    with pytest.raises(UnavailableError, match=r"^The received data is not "):
        read(said)
