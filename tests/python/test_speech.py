"""The Python API for speech, with a real voice."""

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

    seen: list[tuple[float, float | None]] = []
    assert voicebridge.save_speech(TEXT, tmp_path / "out.mp3", progress=lambda *done: seen.append(done)) == tmp_path / "out.mp3"
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1][0] > len(TEXT) / 2

    with AudioReader(tmp_path / "out.mp3") as reader:
        assert sum(chunk.duration for chunk in reader.chunks(16_000)) > 3.0
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["out.mp3"]


def test_the_old_way_to_write_a_file_works_and_names_the_new_one(tmp_path: Path) -> None:
    with pytest.warns(DeprecationWarning, match="save_speech"):
        assert voicebridge.speak("Good morning.", to=tmp_path / "out.wav") == tmp_path / "out.wav"
    assert (tmp_path / "out.wav").stat().st_size > 1000


def test_a_typo_is_a_type_error_before_anything_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voicebridge.api.tts.registry", lambda _: pytest.fail("the plugins were loaded"))
    for call in (voicebridge.speak, voicebridge.save_speech):
        with pytest.raises(TypeError, match="unexpected keyword argument 'sped'"):
            call("Good morning.", sped=2)  # type: ignore[call-overload, call-arg]


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
        with pytest.raises(voicebridge.VoiceBridgeError, match="doesn't support the language 'de'"):
            next(voice.speak("Guten Tag.", language="de"))
        with pytest.raises(voicebridge.InputError, match="text contains nothing to speak"):
            next(voice.speak("… !? —"))
        with pytest.raises(voicebridge.UsageError, match=r"End its name with one of \.wav"):
            voice.save("Good night.", tmp_path / "out.txt")
