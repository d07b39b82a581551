"""docs/transcript.schema.json, with which other programs read transcripts."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from voicebridge import Segment, Word
from voicebridge.speech import TranscriptInfo
from voicebridge.stt.formats.table import FORMATS

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/transcript.schema.json").read_text("utf-8"))
OPENAI_SEGMENT = {"id", "start", "end", "text", "avg_logprob", "no_speech_prob"}
"""The fields of a segment in ``verbose_json`` that any engine can provide; the others (tokens, seek, …) are internal to Whisper."""

times = st.floats(0, 1e6)
probabilities = st.none() | st.floats(0, 1)
texts = st.text(st.characters(), min_size=1)
words = st.builds(Word, start=times, end=times, text=texts, probability=probabilities)
segments = st.builds(
    Segment,
    start=times,
    end=times,
    text=texts,
    words=st.lists(words, max_size=3).map(tuple),
    speaker=st.none() | texts,
    language=st.none() | st.just("en"),
    avg_logprob=st.none() | st.floats(-10, 0),
    no_speech_prob=probabilities,
)


def document(said: list[Segment], *, words: bool) -> Any:
    file = io.StringIO()
    writer = FORMATS["json"].make(file, words)
    for segment in said:
        writer.write(segment)
    writer.finish(TranscriptInfo(duration=12.5, language=None, model="acme/tiny", task="translate"))
    return json.loads(file.getvalue().encode())


@settings(deadline=None)
@given(st.lists(segments, max_size=4), st.booleans())
def test_every_transcript_follows_the_schema(said: list[Segment], words: bool) -> None:
    jsonschema.validate(document(said, words=words), SCHEMA)


def test_a_reader_of_openai_s_verbose_json_finds_what_it_knows() -> None:
    said = Segment(1.0, 1.5, "Hi.", words=(Word(1.0, 1.5, "Hi."),), avg_logprob=-0.2, no_speech_prob=0.01)
    found = document([said], words=True)

    assert {"task", "language", "duration", "text", "segments", "words"} <= found.keys()
    assert found["segments"][0].keys() >= OPENAI_SEGMENT
    assert found["words"][0].keys() == {"word", "start", "end"}


@pytest.mark.parametrize("field", ["task", "duration", "text", "segments"])
def test_a_transcript_that_lacks_something_is_refused(field: str) -> None:
    lacking = document([], words=False)
    del lacking[field]

    with pytest.raises(jsonschema.ValidationError, match=field):
        jsonschema.validate(lacking, SCHEMA)
