"""Reading aloud on a real sound server: what is heard is recorded and told apart sentence by sentence."""

from __future__ import annotations

import sys
import threading
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pytest
from voicebridge.aloud import player
from voicebridge.aloud.player import Aloud
from voicebridge.aloud.pressed import press
from voicebridge.api.host import registry
from voicebridge.errors import InputError, NotSupportedError, Unavailable, UnknownNameError, UsageError
from voicebridge.hotkeys.trigger import Action
from voicebridge.pipeline.warm import WarmMicrophone
from voicebridge.ports import Device, TextToSpeech
from voicebridge.speaking import Reader
from voicebridge.speech import AudioChunk
from voicebridge.testing.desktops import OUTPUT, Recording, SoundServer
from voicebridge.testing.desktops import sound_server as sound_server
from voicebridge.testing.processes import wait_until

pytest.importorskip("miniaudio", reason="needs: pip install 'voicebridge-core[desktop]'")

from voicebridge.desktop.microphone import MiniaudioMicrophone
from voicebridge.desktop.speaker import MiniaudioSpeaker

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="sound servers of a test's own exist on Linux alone")

Samples = npt.NDArray[np.float32]
RATE = 24_000
RECORDED = 48_000
SOON = 0.5
"""Seconds within which a device that holds 0.2 s has come to a stop on a busy machine."""
SECONDS = 0.6
"""How long each sentence is at its natural pace."""
TEXT = "Sentence number one. Sentence number two. Sentence number three. Sentence number four. Sentence number five."
ONE, TWO, THREE, FOUR, FIVE = (f"Sentence number {number}." for number in ("one", "two", "three", "four", "five"))
MANY = " ".join(f"Sentence number {number} of many." for number in range(60))

PLUGIN = """
    from voicebridge import TtsSpec, hookimpl

    @hookimpl
    def voicebridge_tts_models():
        yield TtsSpec(name="noise", factory="PACKAGE.engine:Engine", light=True, speed=True, normalizes=True, sample_rate=24_000)
        yield TtsSpec(name="steady", factory="PACKAGE.engine:Engine", normalizes=True, sample_rate=24_000)
"""
ENGINE = """
    import zlib
    import numpy as np
    from voicebridge import AudioChunk, ModelError

    class Engine:
        def __init__(self, name, options):
            pass

        def synthesize(self, text, request):
            for piece in text:
                if "stumble" in piece:
                    raise ModelError("The engine has stumbled. Pick it up.")
                white = np.random.default_rng(zlib.crc32(piece.encode())).standard_normal(round(24_000 * 0.6 / request.speed))
                smooth = np.convolve(white, np.ones(8) / 8, "same")
                sound = (0.3 * smooth / np.abs(smooth).max()).astype(np.float32)
                for at in range(0, len(sound), 2_400):
                    yield AudioChunk(sound[at : at + 2_400], 24_000)

        def close(self):
            pass
"""


def spoken(sentence: str, speed: float = 1.0) -> Samples:
    """What the engine makes of a sentence, as it is recorded."""
    white = np.random.default_rng(zlib.crc32(sentence.encode())).standard_normal(round(RATE * SECONDS / speed))
    smooth = np.convolve(white, np.ones(8) / 8, "same")
    return np.repeat(np.asarray(0.3 * smooth / np.abs(smooth).max(), np.float32), RECORDED // RATE)


def find(heard: Samples, part: Samples) -> tuple[float, float]:
    """Where in a recording (s) a part is heard, and how like it: 1 is the same."""
    size = 1 << (len(heard) + len(part)).bit_length()
    match = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(part, size)), size)[: len(heard)]
    at = int(np.argmax(np.abs(match)))
    there = heard[at : at + len(part)]
    there = np.pad(there, (0, len(part) - len(there)))
    return at / RECORDED, float(np.dot(there, part) / (np.linalg.norm(there) * np.linalg.norm(part) + 1e-9))


def is_heard(heard: Samples, sentence: str, speed: float = 1.0) -> bool:
    """Whether it is heard from its beginning to its end; a busy machine may have a gap in between."""
    whole, part = spoken(sentence, speed), RECORDED // 8
    return all(find(heard, each)[1] > 0.8 for each in (whole[:part], whole[-part:]))


def is_begun(heard: Samples, sentence: str) -> bool:
    return find(heard, spoken(sentence)[: RECORDED // 8])[1] > 0.8


def loud_until(heard: Samples) -> float:
    loud = np.flatnonzero(np.abs(heard) > 0.005)
    return float(loud[-1]) / RECORDED if len(loud) else 0.0


def now(recording: Recording) -> float:
    return len(recording.sound) / RECORDED


class Paper:
    """A clipboard that a test writes on."""

    def __init__(self) -> None:
        self.text = self.selected = ""

    def read(self) -> str:
        return self.text

    def selection(self) -> str:
        return self.selected

    def write(self, text: str) -> None:
        self.text = text


class Scene:
    """Reading aloud with all that belongs to it."""

    def __init__(self, speaker: Callable[[], object] = MiniaudioSpeaker) -> None:
        self.told: list[str] = []
        self.paper = Paper()
        self.engines: list[TextToSpeech] = []
        self.registry = registry(None)
        self.aloud = Aloud(lambda: self.registry, self._engine, speaker, lambda: self.paper, self.told.append)  # type: ignore[arg-type]

    def _engine(self, reader: Reader) -> TextToSpeech:
        self.engines.append(reader.load())
        return self.engines[-1]

    def configure(self, home: Path, text: str) -> None:
        (home / "config.toml").write_text(text)
        self.registry = registry(None)

    def press(self, action: Action) -> None:
        press(self.aloud, action, self.told.append)

    def wait_for(self, piece: int) -> None:
        wait_until(lambda: (self.aloud.status().piece or 0) >= piece, f"sentence {piece}")

    def wait_for_the_end(self) -> None:
        wait_until(lambda: self.aloud.status().state == "idle", "the end of the text")

    def close(self) -> None:
        self.aloud.close()
        wait_until(lambda: not [each for each in threading.enumerate() if each.name.startswith("aloud")], "its threads to end")


@pytest.fixture(autouse=True)
def noise(site: Any, home: Path) -> None:
    """The plugin ``noise`` is installed, whose sentences are told apart."""
    site.install("noise", PLUGIN, engine=ENGINE)


@pytest.fixture
def scene(sound_server: SoundServer) -> Iterator[Scene]:
    with closing(Scene()) as found:
        yield found


def test_all_of_a_text_is_heard_with_the_pauses_that_were_asked_for(scene: Scene, sound_server: SoundServer) -> None:
    with sound_server.recording() as recording:
        scene.aloud.say(TEXT)
        scene.wait_for_the_end()
        recording.wait_for(now(recording) + 0.3)
        heard = recording.sound
    begins = []
    for sentence in (ONE, TWO, THREE, FOUR, FIVE):
        at, likeness = find(heard, spoken(sentence))
        assert likeness > 0.95
        begins.append(at)
    assert np.diff(begins) == pytest.approx([SECONDS + 0.25] * 4, abs=0.02)
    assert scene.told == []


def test_paused_it_is_silent_and_goes_on_where_it_was(scene: Scene, sound_server: SoundServer) -> None:
    with sound_server.recording() as recording:
        scene.aloud.say(TEXT)
        scene.wait_for(2)
        scene.aloud.pause()
        paused = now(recording)
        assert scene.aloud.status().state == "paused"
        recording.wait_for(paused + 1.5)
        assert loud_until(recording.sound) < paused + SOON
        scene.aloud.toggle()
        scene.wait_for_the_end()
        recording.wait_for(now(recording) + 0.3)
        heard = recording.sound
    assert all(is_heard(heard, sentence) for sentence in (ONE, THREE, FOUR, FIVE))
    quiet = np.abs(heard) < 0.005
    assert np.count_nonzero(~quiet) / RECORDED > 5 * SECONDS * 0.9  # what was paused in the middle is heard in two parts


def test_a_long_pause_lets_go_of_the_device_and_of_nothing_else(
    scene: Scene, sound_server: SoundServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(player, "LET_GO_SECONDS", 0.5)
    with sound_server.recording() as recording:
        scene.aloud.say(TEXT)
        scene.wait_for(2)
        scene.aloud.pause()
        wait_until(lambda: "VoiceBridge" not in sound_server.control("list", "clients"), "the device to be let go of")
        kept = scene.aloud.status()
        assert (kept.state, kept.piece) == ("paused", 2)
        paused = now(recording)
        scene.aloud.resume()
        scene.wait_for_the_end()
        recording.wait_for(now(recording) + 0.3)
        heard = recording.sound
    assert all(is_heard(heard, sentence) for sentence in (ONE, THREE, FOUR, FIVE))
    assert not is_heard(heard[round(paused * RECORDED) :], ONE)


def test_skipping_goes_on_with_the_next_sentence_at_once(scene: Scene, sound_server: SoundServer) -> None:
    with sound_server.recording() as recording:
        scene.aloud.say(TEXT)
        scene.wait_for(2)
        scene.aloud.skip()
        skipped = now(recording)
        scene.wait_for_the_end()
        recording.wait_for(now(recording) + 0.3)
        heard = recording.sound
    assert not is_heard(heard, TWO)
    assert find(heard, spoken(THREE))[0] < skipped + 1.0  # no pause comes first
    assert all(is_heard(heard, sentence) for sentence in (ONE, THREE, FOUR, FIVE))


def test_many_sentences_may_be_skipped_and_the_last_ends_the_text(scene: Scene) -> None:
    scene.aloud.say(MANY)
    for number in range(40):
        scene.aloud.skip()
        assert (scene.aloud.status().piece or 0) >= number + 2
    while scene.aloud.status().state != "idle":
        try:
            scene.aloud.skip()
        except UsageError:  # it came to its end just now
            break
    scene.wait_for_the_end()
    assert scene.told == []


def test_faster_and_slower_begin_with_the_sentence_that_is_heard(scene: Scene, sound_server: SoundServer) -> None:
    with sound_server.recording() as recording:
        scene.aloud.say(TEXT)
        scene.wait_for(2)
        scene.aloud.faster()
        assert scene.aloud.status().speed == 1.25
        scene.wait_for(4)
        scene.aloud.slower()
        scene.aloud.slower()
        scene.wait_for_the_end()
        recording.wait_for(now(recording) + 0.3)
        heard = recording.sound
    assert is_heard(heard, ONE)
    assert is_heard(heard, TWO, 1.25)
    assert is_heard(heard, THREE, 1.25)
    assert is_heard(heard, FOUR, 0.75)
    assert is_heard(heard, FIVE, 0.75)
    assert not is_heard(heard, TWO)
    scene.aloud.say("One more sentence.")
    assert scene.aloud.status().speed == 0.75  # which stays


def test_a_model_with_one_pace_says_so_and_reads_on(scene: Scene) -> None:
    scene.aloud.say(TEXT, model="steady")
    with pytest.raises(NotSupportedError, match="can't speak faster or slower"):
        scene.aloud.faster()
    assert scene.aloud.status().state == "reading"


def test_a_new_text_takes_the_place_of_the_one_before(scene: Scene, sound_server: SoundServer) -> None:
    with sound_server.recording() as recording:
        scene.aloud.say(TEXT)
        scene.wait_for(2)
        scene.aloud.say("Another text.")
        replaced = now(recording)
        scene.wait_for_the_end()
        recording.wait_for(now(recording) + 0.3)
        heard = recording.sound
    assert find(heard, spoken("Another text."))[1] > 0.9
    assert not is_heard(heard, THREE)
    assert not is_begun(heard[round((replaced + SOON) * RECORDED) :], TWO)


def test_texts_wait_for_each_other_where_that_is_configured(scene: Scene, sound_server: SoundServer, home: Path) -> None:
    scene.configure(home, '[reading]\nnext = "queue"\n')
    with sound_server.recording() as recording:
        for text in (ONE, TWO, THREE):
            scene.aloud.say(text)
        assert scene.aloud.status().waiting >= 1
        scene.wait_for_the_end()
        recording.wait_for(now(recording) + 0.3)
        begins = [find(recording.sound, spoken(text)) for text in (ONE, TWO, THREE)]
    assert all(likeness > 0.95 for _, likeness in begins)
    assert begins == sorted(begins, key=lambda each: each[0])


def test_stopping_is_silent_within_a_fraction_of_a_second_and_forgets_what_waits(
    scene: Scene, sound_server: SoundServer, home: Path
) -> None:
    scene.configure(home, '[reading]\nnext = "queue"\n')
    with sound_server.recording() as recording:
        scene.aloud.say(MANY)
        scene.aloud.say("Another text.")
        scene.wait_for(2)
        stopped = now(recording)
        scene.aloud.stop()
        assert scene.aloud.status().state == "idle"
        recording.wait_for(stopped + 1.5)
        assert loud_until(recording.sound) < stopped + SOON
    scene.aloud.stop()  # of nothing, which is no mistake


def test_hushed_nothing_is_heard_any_more_when_it_returns_and_it_goes_on_afterwards(scene: Scene, sound_server: SoundServer) -> None:
    with sound_server.recording() as recording:
        scene.aloud.say(TEXT)
        scene.wait_for(2)
        scene.aloud.hush(True)
        hushed = now(recording)
        recording.wait_for(hushed + 1.5)
        assert loud_until(recording.sound) < hushed + 0.15  # which is what the recorder itself is behind
        assert scene.aloud.status().state == "hushed"
        scene.aloud.hush(False)
        scene.wait_for_the_end()
        recording.wait_for(now(recording) + 0.3)
        assert all(is_heard(recording.sound, sentence) for sentence in (ONE, THREE, FOUR, FIVE))


@pytest.mark.parametrize("warm", [False, True])
def test_a_microphone_beside_the_loudspeaker_hears_nothing_of_what_is_read(warm: bool, scene: Scene, sound_server: SoundServer) -> None:
    beside = f"{OUTPUT}.monitor"
    open_all_along = WarmMicrophone(MiniaudioMicrophone(), beside, 16_000) if warm else None
    try:
        scene.aloud.say(TEXT)
        scene.wait_for(2)
        assert scene.aloud.hush(True)
        if open_all_along is not None:
            open_all_along.forget()
        with closing(cast("Generator[AudioChunk]", (open_all_along or MiniaudioMicrophone()).record(beside, 16_000))) as chunks:
            heard = np.concatenate([chunk.samples for chunk in islice(chunks, 40)])
        assert not scene.aloud.hush(False)
    finally:
        if open_all_along is not None:
            open_all_along.close()
    assert len(heard) > 8_000
    assert np.abs(heard).max() < 0.005


def test_a_text_that_comes_while_it_is_hushed_waits_and_a_pause_outlasts_it(scene: Scene, sound_server: SoundServer) -> None:
    with sound_server.recording() as recording:
        scene.aloud.hush(True)
        scene.aloud.say(ONE)
        recording.wait_for(now(recording) + 0.8)
        scene.aloud.pause()
        scene.aloud.hush(False)
        recording.wait_for(now(recording) + 0.5)
        assert loud_until(recording.sound) == 0.0
        scene.aloud.resume()
        scene.wait_for_the_end()
        recording.wait_for(now(recording) + 0.3)
        assert is_heard(recording.sound, ONE)


def test_what_an_engine_fails_at_is_told_after_what_came_before_and_the_next_text_is_read(
    scene: Scene, sound_server: SoundServer, home: Path
) -> None:
    scene.configure(home, '[reading]\nnext = "queue"\n')
    with sound_server.recording() as recording:
        scene.aloud.say(f"{ONE} Here I stumble over it. {TWO}")
        scene.aloud.say(THREE)
        scene.wait_for_the_end()
        recording.wait_for(now(recording) + 0.3)
        heard = recording.sound
    assert scene.told == ["The engine has stumbled. Pick it up."]
    assert is_heard(heard, ONE)
    assert is_heard(heard, THREE)
    assert not is_heard(heard, TWO)


def test_a_device_that_is_gone_is_told(scene: Scene, sound_server: SoundServer) -> None:
    sound_server.kill()
    scene.aloud.say(TEXT)
    scene.wait_for_the_end()
    assert len(scene.told) == 1
    assert "sound" in scene.told[0]


def test_what_can_not_be_read_is_refused_at_once(scene: Scene) -> None:
    for text in ("", "  \n", "* * *"):
        with pytest.raises(InputError, match="nothing in this text"):
            scene.aloud.say(text)
    with pytest.raises(UnknownNameError):
        scene.aloud.say(TEXT, model="nobody")
    with pytest.raises(InputError, match="The clipboard holds no text"):
        scene.aloud.copied()
    with pytest.raises(InputError, match="No text is selected"):
        scene.aloud.selected()
    for act in (scene.aloud.pause, scene.aloud.resume, scene.aloud.toggle, scene.aloud.skip, scene.aloud.faster, scene.aloud.slower):
        with pytest.raises(UsageError, match="Nothing is being read aloud"):
            act()
    assert scene.aloud.status().state == "idle"


def test_keys_read_and_read_no_more_when_they_are_pressed_again(scene: Scene, sound_server: SoundServer) -> None:
    scene.paper.selected, scene.paper.text = MANY, TEXT
    state = scene.aloud.status
    scene.press(Action.READ_SELECTION)
    scene.wait_for(2)
    scene.press(Action.PAUSE)
    wait_until(lambda: state().state == "paused", "the pause")
    scene.press(Action.PAUSE)
    wait_until(lambda: state().state == "reading", "it to go on")
    scene.press(Action.FASTER)
    wait_until(lambda: state().speed == 1.25, "another pace")
    scene.press(Action.READ_CLIPBOARD)  # another text, which takes its place
    wait_until(lambda: state().piece == 1, "the other text")
    scene.press(Action.READ_CLIPBOARD)
    wait_until(lambda: state().state == "idle", "the stop")
    scene.press(Action.STOP_READING)
    scene.press(Action.SKIP)
    scene.paper.text = ""
    scene.press(Action.READ_CLIPBOARD)
    wait_until(lambda: scene.told, "the reason")
    assert scene.told == ["The clipboard holds no text. Copy some first."]


class OldSpeaker:
    """A plugin's, from before a playback could be controlled."""

    def devices(self) -> list[Device]:
        return []

    def play(self, audio: Iterable[AudioChunk], device: str | None) -> None:
        MiniaudioSpeaker().play(audio, device)


def test_a_speaker_without_control_is_paused_and_stopped_too(sound_server: SoundServer) -> None:
    with closing(Scene(OldSpeaker)) as scene, sound_server.recording() as recording:
        scene.aloud.say(TEXT)
        scene.wait_for(2)
        scene.aloud.hush(True)
        paused = now(recording)
        recording.wait_for(paused + 2)
        assert loud_until(recording.sound) < paused + 1.2
        scene.aloud.hush(False)
        scene.wait_for(4)
        scene.aloud.stop()
        stopped = now(recording)
        recording.wait_for(stopped + 2)
        assert loud_until(recording.sound) < stopped + 1.2
        assert is_heard(recording.sound, ONE)
        assert is_begun(recording.sound, THREE)
        assert not is_begun(recording.sound, FIVE)


def test_a_session_without_sound_is_told(home: Path) -> None:
    def nothing() -> object:
        raise Unavailable("No sound device can be reached.")

    with closing(Scene(nothing)) as scene:
        with pytest.raises(Unavailable, match="No sound device can be reached"):
            scene.aloud.say(TEXT)
        assert scene.aloud.status().state == "idle"
