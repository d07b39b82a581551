from __future__ import annotations

import os
import stat
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from voicebridge.errors import InputError, OutputError, UnknownNameError, UsageError
from voicebridge.speech import AudioChunk
from voicebridge.testing import STELLA
from voicebridge.tts.voices.store import StoredVoice, VoiceStore

TODAY = date(2026, 3, 14)


@pytest.fixture
def store(tmp_path: Path) -> VoiceStore:
    return VoiceStore(tmp_path / "data" / "voices")


@pytest.fixture
def sound() -> AudioChunk:
    return AudioChunk(STELLA.at(48_000), 48_000)


@pytest.fixture
def anna(store: VoiceStore, sound: AudioChunk) -> StoredVoice:
    return store.add("anna", sound, TODAY)


def test_a_folder_that_does_not_exist_holds_no_voices(store: VoiceStore) -> None:
    assert store.list() == []
    assert not store.folder.exists()


def test_what_was_added_is_listed_and_found(store: VoiceStore, anna: StoredVoice, sound: AudioChunk) -> None:
    assert store.list() == [anna] == [store.get("anna")]
    assert anna.duration == pytest.approx(sound.duration, abs=0.001)
    assert anna.consent == TODAY


@pytest.mark.parametrize("rate", [16_000, 24_000, 48_000])
def test_a_sample_comes_back_at_the_rate_that_is_wanted(anna: StoredVoice, sound: AudioChunk, rate: int) -> None:
    sample = anna.sample(rate)
    assert sample.sample_rate == rate
    assert sample.samples.dtype == np.float32
    assert sample.duration == pytest.approx(sound.duration, abs=0.01)
    assert np.abs(sample.samples).max() == pytest.approx(np.abs(sound.samples).max(), rel=0.1)


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps a user's folder to the user in another way")
def test_only_the_user_may_read_it(store: VoiceStore, anna: StoredVoice) -> None:
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(anna.path.parent.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in anna.path.parent.iterdir()} == {0o600}


def test_a_file_that_was_changed_is_refused_with_the_remedy(anna: StoredVoice) -> None:
    with anna.path.open("r+b") as file:
        file.seek(1000)
        file.write(b"\x01\x02")
    with pytest.raises(InputError, match=r"^The voice anna has changed since .* voicebridge voices remove anna$"):
        anna.sample(16_000)


def test_a_file_that_is_gone_is_told(anna: StoredVoice) -> None:
    anna.path.unlink()
    with pytest.raises(InputError, match="^The voice anna can't be read: No such file"):
        anna.sample(16_000)


def test_damaged_metadata_hides_no_other_voice_and_can_be_removed(store: VoiceStore, anna: StoredVoice, sound: AudioChunk) -> None:
    store.add("bert", sound, TODAY)
    (anna.path.parent / "voice.json").write_text("{}")
    assert [voice.name for voice in store.list()] == ["bert"]
    assert store.damaged() == ["anna"]
    with pytest.raises(InputError, match="damaged.* voicebridge voices remove anna"):
        store.get("anna")
    store.remove("anna")
    assert store.damaged() == []


def test_an_unknown_voice_is_refused_with_the_nearest(store: VoiceStore, anna: StoredVoice) -> None:
    for ask in (store.get, store.remove):
        with pytest.raises(UnknownNameError, match=r"You have no voice named 'ana'\. Did you mean 'anna'\? .*voicebridge voices"):
            ask("ana")


def test_a_name_that_is_taken_is_refused(store: VoiceStore, anna: StoredVoice, sound: AudioChunk) -> None:
    with pytest.raises(UsageError, match="^You already have a voice named 'anna'"):
        store.add("anna", sound, TODAY)
    assert anna.sample(16_000).duration > 3


@pytest.mark.parametrize("name", ["", "Anna", "../anna", "an na", ".anna", "a/b", "ann\n"])
def test_a_name_that_could_be_a_path_is_refused(store: VoiceStore, sound: AudioChunk, name: str) -> None:
    with pytest.raises(UsageError, match="is not a name"):
        store.add(name, sound, TODAY)
    assert not store.folder.exists()


def test_removing_leaves_nothing(store: VoiceStore, anna: StoredVoice) -> None:
    store.remove("anna")
    assert list(store.folder.iterdir()) == []


def test_nothing_is_left_where_it_can_not_be_written(store: VoiceStore, sound: AudioChunk, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="^The voice anna can't be saved in .*: No space left on device"):
        store.add("anna", sound, TODAY)
    assert list(store.folder.iterdir()) == []


def test_a_folder_that_can_not_be_made_is_told(tmp_path: Path, sound: AudioChunk) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="^The voice anna can't be saved in "):
        VoiceStore(tmp_path / "file" / "voices").add("anna", sound, TODAY)
