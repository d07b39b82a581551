"""The text-to-speech engine, with a checkpoint of random weights that is loaded from disk like any other."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pytest
import torch
from voicebridge import AudioChunk, Line, ModelError, TtsRequest
from voicebridge.testing import TtsContract
from voicebridge_vibevoice import scenes, speaking
from voicebridge_vibevoice.options import SpeechOptions
from voicebridge_vibevoice.speaking import VibeVoiceSpeech
from voicebridge_vibevoice.turns import Job

Samples = npt.NDArray[np.float32]
QUICK: dict[str, Any] = {"device": "cpu", "dtype": "float32", "diffusion_steps": 2}
TEXT = "The quick brown fox jumps over the lazy dog."
OTHER = "Please call Stella, and ask her to bring these things."
SEEDED = TtsRequest(seed=1)


class TestVibeVoiceKeepsTheContract(TtsContract):
    options: ClassVar[dict[str, object]] = QUICK
    speaks = False

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def _made(cls, speech_folder: Path) -> None:
        cls.model = f"vibevoice/{speech_folder}"


@pytest.fixture(scope="module")
def engine(speech_folder: Path) -> Iterator[VibeVoiceSpeech]:
    engine = VibeVoiceSpeech(str(speech_folder), SpeechOptions(**QUICK))
    yield engine
    engine.close()


def joined(chunks: list[AudioChunk]) -> Samples:
    return np.concatenate([chunk.samples for chunk in chunks])


def speak(engine: VibeVoiceSpeech, *text: str, **request: Any) -> Samples:
    return joined(list(engine.synthesize(text, TtsRequest(**{"seed": 1, **request}))))


def made_with(speech_folder: Path, **options: Any) -> VibeVoiceSpeech:
    return VibeVoiceSpeech(str(speech_folder), SpeechOptions(**{**QUICK, **options}))


def no_thread_is_left() -> bool:
    return not any(thread.name == "vibevoice" for thread in threading.enumerate())


def tone(hertz: float, seconds: float = 1.5) -> AudioChunk:
    return AudioChunk(np.sin(np.arange(round(seconds * 24_000)) * 2 * np.pi * hertz / 24_000).astype(np.float32) * 0.3, 24_000)


def test_frames_leave_while_the_rest_is_still_being_made(engine: VibeVoiceSpeech) -> None:
    made: list[int] = []
    loaded = engine._loaded
    assert loaded is not None
    hook = loaded.model.model.diffusion_head.register_forward_hook(lambda *_: made.append(1))
    chunks = engine.synthesize([TEXT * 20], SEEDED)
    next(chunks)
    at_first = len(made)
    chunks.close()  # type: ignore[attr-defined]
    hook.remove()

    whole = 2 * len(TEXT * 20) // 6  # two diffusion steps per frame
    assert at_first < whole / 2
    assert len(made) < whole / 2
    assert no_thread_is_left()


def test_chunks_follow_each_other_through_all_scenes(engine: VibeVoiceSpeech) -> None:
    chunks = list(engine.synthesize([TEXT, OTHER], SEEDED))
    position = 0
    for chunk in chunks:
        assert chunk.start == pytest.approx(position / 24_000)
        position += len(chunk.samples)


def test_the_same_seed_gives_the_same_sound_and_another_seed_another(engine: VibeVoiceSpeech) -> None:
    first, again, other = speak(engine, TEXT), speak(engine, TEXT), speak(engine, TEXT, seed=2)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first[:3200], other[:3200])


def test_without_a_seed_the_dice_are_thrown_anew(engine: VibeVoiceSpeech) -> None:
    first, again = (joined(list(engine.synthesize(["Hi."], TtsRequest()))) for _ in range(2))
    assert not np.array_equal(first[:3200], again[:3200])


def test_the_option_s_seed_serves_where_the_request_has_none(speech_folder: Path) -> None:
    engine = made_with(speech_folder, seed=1, voice_seed=None)
    np.testing.assert_array_equal(joined(list(engine.synthesize(["Hi."], TtsRequest()))), speak(engine, "Hi.", seed=1))
    assert not np.array_equal(speak(engine, "Hi.", seed=2)[:3200], speak(engine, "Hi.", seed=1)[:3200])


def test_what_others_draw_from_torch_s_dice_changes_nothing(engine: VibeVoiceSpeech) -> None:
    right = speak(engine, TEXT)
    torch.manual_seed(99)
    torch.randn(1000)
    np.testing.assert_array_equal(speak(engine, TEXT), right)


def test_a_made_up_voice_is_the_sample_of_every_piece_and_is_made_once(speech_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    samples: list[list[int]] = []

    def watched(scene: Any, given: Any) -> Any:
        samples.append([0 if each is None else len(each) for each in given.values()])
        return scenes.chat_of(scene, given)

    monkeypatch.setattr(speaking, "chat_of", watched)
    engine = made_with(speech_folder)
    first = speak(engine, TEXT, OTHER)
    speak(engine, TEXT)
    voice = samples[1]
    assert samples == [[0], voice, voice, voice]
    assert voice[0] > 24_000
    np.testing.assert_array_equal(speak(made_with(speech_folder), TEXT, OTHER), first)  # as on another day


def test_each_speaker_has_a_made_up_voice_of_their_own_whichever_line_comes_first(engine: VibeVoiceSpeech) -> None:
    speak(engine, Line("Hello.", 0), Line("Hello.", 1))
    voices = dict(engine._made_up)
    assert voices[0] is not None
    assert voices[1] is not None
    assert not np.array_equal(voices[0][:3200], voices[1][:3200])
    speak(engine, Line("Hello.", 1))
    assert engine._made_up[1] is voices[1]


def test_another_voice_seed_is_another_voice_and_none_is_none(speech_folder: Path) -> None:
    zero, seven, none = (made_with(speech_folder, voice_seed=seed) for seed in (0, 7, None))
    sounds = [speak(engine, "Hello there.") for engine in (zero, seven, none)]
    assert not np.array_equal(sounds[0], sounds[1])
    assert not np.array_equal(sounds[0], sounds[2])
    assert none._made_up == {}


def test_a_sample_takes_the_place_of_the_made_up_voice(speech_folder: Path) -> None:
    engine = made_with(speech_folder)
    low, high = speak(engine, TEXT, sample=tone(110)), speak(engine, TEXT, sample=tone(440))
    assert engine._made_up == {}
    assert not np.array_equal(low, high)


def test_a_script_of_four_with_samples_is_spoken_in_one_go(engine: VibeVoiceSpeech) -> None:
    lines = [Line(TEXT, number, sample=tone(100 + 50 * number)) for number in (0, 1, 2, 3, 1)]
    together = speak(engine, *lines)
    assert len(together) > len(speak(engine, lines[0]))
    np.testing.assert_array_equal(speak(engine, *lines), together)


def test_cancelling_takes_effect_within_a_frame(engine: VibeVoiceSpeech) -> None:
    speak(engine, "Hi.")  # so that the voice is created
    loaded = engine._loaded
    assert loaded is not None
    made: list[int] = []
    tower = loaded.model.model.audio_tower.decoder.register_forward_hook(lambda *_: made.append(1))
    chunks = engine.synthesize([TEXT * 50], SEEDED)
    next(chunks)
    seen = len(made)
    chunks.close()  # type: ignore[attr-defined]
    tower.remove()
    assert len(made) <= seen + 2  # the one in progress, and one started between the two reads
    assert no_thread_is_left()


def test_who_is_cancelled_while_the_voice_is_made_leaves_no_half_a_voice(speech_folder: Path) -> None:
    engine = made_with(speech_folder)
    loaded = engine._loaded
    assert loaded is not None
    scene, frames = scenes.Scene(), SimpleQueue[Any]()
    scene.add(0, TEXT, None)
    job: Job[Any] = Job(frames)
    hook = loaded.model.model.diffusion_head.register_forward_hook(lambda *_: setattr(job, "cancelled", True))
    engine._speak(loaded, scene, 1, job)
    hook.remove()
    assert engine._made_up == {}
    assert frames.empty()


@pytest.mark.parametrize(
    ("mark", "cause"),
    [
        ("audio_bos_token_id", r"1 s \(max_length\) passed before any speech"),
        ("eos_token_id", "the model produced no speech"),
    ],
)
def test_no_sound_at_all_is_an_error_that_names_the_cause(speech_folder: Path, mark: str, cause: str) -> None:
    engine = made_with(speech_folder, voice_seed=None, max_length=1)
    loaded = engine._loaded
    assert loaded is not None
    with torch.no_grad():
        loaded.model.lm_head.weight[getattr(loaded.model.config, mark), 0] = 100.0  # more likely than audio
    with pytest.raises(ModelError, match=rf"no audio for 3 characters: {cause}.*another seed") as caught:
        speak(engine, "Hi.")
    assert "\n" not in str(caught.value)


def test_speech_that_does_not_end_is_stopped_and_said_to_be(speech_folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    engine = made_with(speech_folder, max_length=0.5, voice_seed=None)
    assert len(speak(engine, TEXT)) == 4 * 3200
    assert "still speaking 44 characters after 0.5 s" in caplog.text
    assert TEXT not in caplog.text


def test_a_model_that_passes_the_hook_by_is_an_error(engine: VibeVoiceSpeech, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = engine._loaded
    assert loaded is not None
    decoder = loaded.model.model.audio_tower.decoder
    monkeypatch.setattr(
        type(loaded.model),
        "_decode_audio_latent",
        lambda self, latent, mask, size, cache: decoder(latent.permute(0, 2, 1), padding_cache=cache, use_cache=True),
    )
    with pytest.raises(ModelError, match="transformers .* is not supported"):
        speak(engine, TEXT, sample=tone(100))


@pytest.mark.parametrize(
    ("error", "says"), [(RuntimeError("CUDA out of memory. Tried…"), "shorter piece"), (IndexError("index 9"), "index 9.*-O dtype=float32")]
)
def test_what_the_model_raises_reaches_the_caller_as_one_line(
    engine: VibeVoiceSpeech, monkeypatch: pytest.MonkeyPatch, error: Exception, says: str
) -> None:
    loaded = engine._loaded
    assert loaded is not None

    def broken(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(loaded.model.model.diffusion_head, "forward", broken)
    with pytest.raises(ModelError, match=says) as caught:
        speak(engine, TEXT, sample=tone(100))
    assert "\n" not in str(caught.value)
    assert no_thread_is_left()


def test_a_closed_model_says_so(speech_folder: Path) -> None:
    engine = made_with(speech_folder)
    engine.close()
    engine.close()
    with pytest.raises(ModelError, match="has been closed"):
        engine.synthesize([], SEEDED)


def test_on_a_cpu_the_wait_is_announced_with_the_light_voice(
    speech_folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    made_with(speech_folder)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    monkeypatch.setattr("voicebridge_vibevoice.loading.SLOWNESS", 11 / 280_000)  # as if it had 2.7 billion parameters
    made_with(speech_folder)
    (message,) = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert "about 11 times" in message
    assert "-m piper/joe" in message
