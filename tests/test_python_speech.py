"""Speech from Python, with a real voice."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import voicebridge
from voicebridge.audio.decode import AudioReader

TEXT = "The old lighthouse stands on the northern cliff. Every night its lamp turns slowly."


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEBRIDGE_OFFLINE", "1")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


def test_sound_comes_in_chunks_that_say_what_they_are() -> None:
    chunks = list(voicebridge.speak(TEXT, seed=1))

    assert {chunk.sample_rate for chunk in chunks} == {22_050}
    assert [chunk.start for chunk in chunks] == pytest.approx(np.cumsum([0.0, *(chunk.duration for chunk in chunks[:-1])]))
    assert 3.0 < sum(chunk.duration for chunk in chunks) < 12.0
    assert "northern cliff" in voicebridge.transcribe(
        np.concatenate([chunk.samples for chunk in chunks]), sample_rate=22_050, model="tiny.en"
    ).text  # fmt: skip


def test_a_file_is_written_in_the_format_of_its_ending_and_replaced(tmp_path: Path) -> None:
    (tmp_path / "out.mp3").write_text("old")

    assert voicebridge.speak(TEXT, to=tmp_path / "out.mp3") == tmp_path / "out.mp3"

    with AudioReader(tmp_path / "out.mp3") as reader:
        assert sum(chunk.duration for chunk in reader.chunks(16_000)) > 3.0
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["out.mp3"]


def test_a_path_is_a_document_and_a_string_is_text(tmp_path: Path) -> None:
    (tmp_path / "note.md").write_text("---\ntitle: Unheard\n---\n\nGood *morning*.", encoding="utf-8")

    with voicebridge.load_voice(model="piper/joe") as voice:
        from_document = sum(chunk.duration for chunk in voice.speak(tmp_path / "note.md", seed=1))
        from_text = sum(chunk.duration for chunk in voice.speak("Good morning.", seed=1))

    assert from_document == pytest.approx(from_text)


def test_one_voice_serves_several_threads() -> None:
    with voicebridge.load_voice("joe") as voice, ThreadPoolExecutor(3) as pool:
        said = list(
            pool.map(lambda text: np.concatenate([chunk.samples for chunk in voice.speak(text, seed=1)]), [TEXT, "Good night.", TEXT])
        )

    np.testing.assert_array_equal(said[0], said[2])
    assert len(said[1]) < len(said[0])


def test_speaking_may_be_stopped_and_the_voice_used_again() -> None:
    with voicebridge.load_voice("joe") as voice:
        before = threading.active_count()
        stream = voice.speak(TEXT * 50)
        next(stream)
        stream.close()  # type: ignore[attr-defined]

        assert threading.active_count() == before
        assert list(voice.speak("Good night."))


def test_what_a_voice_cannot_do_is_refused(tmp_path: Path) -> None:
    with pytest.raises(voicebridge.UnknownNameError, match="Did you mean 'joe'"):
        voicebridge.load_voice("jo")
    with voicebridge.load_voice("joe") as voice:
        with pytest.raises(voicebridge.VoiceBridgeError, match="doesn't know the language 'de'"):
            next(voice.speak("Guten Tag.", language="de"))
        with pytest.raises(voicebridge.InputError, match="nothing in this text that can be spoken"):
            next(voice.speak("… !? —"))
        with pytest.raises(voicebridge.UsageError, match=r"End its name with one of \.wav"):
            voice.save("Good night.", tmp_path / "out.txt")
