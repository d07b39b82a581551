"""Audio and parameters from Python code are accepted, or rejected with one line that names them before a model computes."""

from __future__ import annotations

import io
import multiprocessing
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import voicebridge
from voicebridge import AudioChunk, InputError, ModelError, SttModel, UsageError
from voicebridge.audio.decode import AudioReader

ROOT = Path(__file__).parents[2]
WELCOME = ROOT / "samples/welcome.flac"
CALL = Path(__file__).parents[1] / "recordings/call.opus"
SAID = "welcome"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SttModel]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VOICEBRIDGE_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("VOICEBRIDGE_OFFLINE", "1")
        patch.setenv("HF_HUB_OFFLINE", "1")
        with voicebridge.load_model("tiny.en", options={"beam_size": 1}) as model:
            yield model


class Tensor:
    """Another library's array, as numpy sees it: torch's on a CPU, for example."""

    def __init__(self, samples: Any) -> None:
        self._samples = samples

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.asarray(self._samples, dtype)


@pytest.mark.parametrize(
    "given",
    [WELCOME.read_bytes, lambda: io.BytesIO(WELCOME.read_bytes()), lambda: WELCOME.open("rb"), lambda: bytearray(WELCOME.read_bytes())],
    ids=["bytes", "BytesIO", "an open file", "a bytearray"],
)
def test_a_recording_may_be_given_as_bytes_or_as_a_stream(model: SttModel, given: Callable[[], Any]) -> None:
    sound = given()
    assert model.transcribe(sound).text == model.transcribe(WELCOME).text
    if hasattr(sound, "close"):
        sound.close()


def test_a_stream_whose_index_is_at_its_end_is_read(model: SttModel, record: Callable[..., Path]) -> None:
    film = record("film.mp4", "aac", video=True)
    assert model.transcribe(io.BytesIO(film.read_bytes())).text == model.transcribe(film).text


@pytest.mark.parametrize("as_chunks", [True, False], ids=["chunks", "arrays"])
def test_an_iterator_is_read_as_the_work_advances(as_chunks: bool, model: SttModel, sample_at: Callable[[int], Any]) -> None:
    sound, rate, ended = sample_at(44_100), 44_100, []

    def parts() -> Iterator[Any]:
        try:
            for at in range(0, len(sound), 10_000):
                part = sound[at : at + 10_000]
                yield AudioChunk(part, rate) if as_chunks else (part * 32_767).astype(np.int16)
        finally:
            ended.append(True)

    transcript = model.transcribe(parts(), sample_rate=44_100)
    assert SAID in transcript.text.lower()
    assert transcript.duration == pytest.approx(len(sound) / rate, abs=0.05)
    assert ended
    with pytest.raises(UsageError, match="An iterator can be read only once"):
        model.transcribe(parts(), channels="each")
    with pytest.raises(InputError, match="str is not audio"):
        model.transcribe(iter(["a"]))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [np.float16, np.float64, np.int32, np.uint8])
def test_arrays_of_any_number_format_with_channels_first_are_audio(kind: type, model: SttModel, sample_at: Callable[[int], Any]) -> None:
    sound = sample_at(16_000)
    if np.issubdtype(kind, np.integer):
        full = np.iinfo(kind)
        sound = sound * (int(full.max) - int(full.min)) / 2.1 + (int(full.max) + int(full.min) + 1) / 2
    channels: Any = np.stack([sound, sound]).astype(kind)
    assert SAID in model.transcribe(channels).text.lower()


def test_a_tensor_is_an_array(model: SttModel, sample_at: Callable[[int], Any]) -> None:
    assert SAID in model.transcribe(Tensor(sample_at(16_000))).text.lower()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sound", "said"),
    [
        (None, "None is not audio"),
        ([0.0, 0.1], "list is not audio"),
        ({}, "dict is not audio"),
        (np.array(["a"]), "An array of <U1 is not audio"),
        (np.zeros(9, bool), "An array of bool is not audio"),
        (np.zeros(9, complex), "An array of complex128 is not audio"),
        (np.zeros(9, object), "An array of object is not audio"),
        (np.zeros(9, np.int64), "An array of int64 has no known full scale"),
        (np.full(9, np.nan, np.float32), "contains only NaN"),
        (np.zeros((2, 3, 4), np.float32), "An array of shape"),
        (io.StringIO("text"), "A file opened in text mode"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",  # the text of an object may contain its address, which varies
)
def test_what_is_no_sound_is_refused_by_name(model: SttModel, sound: Any, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        model.transcribe(sound)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("rate", ["16000", None, True, 0, -1, [16_000]])
def test_a_sample_rate_is_a_number_of_hertz(model: SttModel, rate: Any) -> None:
    with pytest.raises(InputError, match=r"16000"):
        model.transcribe(np.zeros(16_000, np.float32), sample_rate=rate)


@pytest.mark.parametrize("wrong", [{"prompt": ["a"]}, {"language": 1}, {"hotwords": 3}, {"hotwords": [1]}])
def test_a_wish_of_the_wrong_type_is_refused_by_name(model: SttModel, wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=next(iter(wrong))):
        model.transcribe(WELCOME, **wrong)


def test_each_channel_of_a_call_is_heard_by_itself(model: SttModel) -> None:
    names = ["Agent", "Caller"]
    transcript = model.transcribe(CALL, channels=names)
    found = {name: " ".join(each.text for each in transcript.segments if each.speaker == name) for name in names}
    assert "young man" in found["Agent"]
    assert "spades" in found["Caller"]
    assert [each.start for each in transcript.segments] == sorted(each.start for each in transcript.segments)
    assert transcript.duration == pytest.approx(9.4, abs=0.1)
    with AudioReader(CALL, channel=1) as left, AudioReader(CALL, channel=2) as right:
        sides = [np.concatenate([chunk.samples for chunk in side.chunks(16_000)]) for side in (left, right)]
    of_array = model.transcribe(np.stack(sides, axis=1), channels="each")
    assert [each.text for each in of_array.segments] == [each.text for each in transcript.segments]
    assert {each.speaker for each in of_array.segments} == {"Channel 1", "Channel 2"}
    of_bytes = model.stream(CALL.read_bytes(), channels=("Agent", "Caller"))
    assert [each.text for each in of_bytes] == [each.text for each in transcript.segments]


@pytest.mark.parametrize(
    ("sound", "channels", "kind", "said"),
    [
        (WELCOME, "each", InputError, "welcome.flac has only one channel"),
        (np.zeros(16_000, np.float32), ["A", "B"], InputError, "The array has only one channel"),
        (np.zeros((16_000, 2), np.float32), ["A", "B", "C"], InputError, "The array has 2 channels, and 3 names are given"),
        (CALL, [], UsageError, "A channel has no name"),
        (CALL, ["A", "A"], UsageError, "Two channels have the name 'A'"),
        (CALL, 2, UsageError, "channels must be a list of names, or 'each', not int"),
        (CALL, [1, 2], UsageError, "channels must be a list of names, or 'each', not list"),
        (io.BytesIO(CALL.read_bytes()), ["A", "B"], UsageError, "A stream can be read only once"),
    ],
)
def test_channels_that_are_not_there_are_refused_in_a_line(
    model: SttModel, sound: Any, channels: Any, kind: type[Exception], said: str
) -> None:
    with pytest.raises(kind) as error:
        model.transcribe(sound, channels=channels)
    assert said in str(error.value)


def test_a_call_that_breaks_off_is_one_warning(model: SttModel, record: Callable[..., Path], tmp_path: Path) -> None:
    whole = record("whole.flac", "flac", layout="stereo").read_bytes()
    (tmp_path / "cut.flac").write_bytes(whole[: len(whole) // 2])
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        model.transcribe(tmp_path / "cut.flac", channels="each")
    assert [str(each.message).partition(":")[0] for each in told] == [f"{tmp_path / 'cut.flac'} ends early"]


def test_a_single_hotword_is_one_word_and_not_its_letters(model: SttModel) -> None:
    assert model.transcribe(WELCOME, hotwords="recording").text == model.transcribe(WELCOME, hotwords=["recording"]).text


@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_a_sample_that_is_no_number_is_silence(model: SttModel, sample_at: Callable[[int], Any], rate: int) -> None:
    sound, whole = sample_at(rate).copy(), model.transcribe(sample_at(rate), sample_rate=rate).text
    for value in (np.nan, np.inf, -np.inf, 1e30):
        sound[rate // 100] = value
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert model.transcribe(sound, sample_rate=rate).text == whole, value


@pytest.mark.skipif(sys.platform == "win32", reason="Windows doesn't fork")
@pytest.mark.parametrize("used", [True, False], ids=["used before", "never used"])
def test_a_model_that_was_loaded_before_a_fork_says_so_at_once(model: SttModel, used: bool) -> None:
    if used:
        model.transcribe(WELCOME)
    said, tell = multiprocessing.Pipe(duplex=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python's own, about forking with threads
        child = os.fork()
    if child == 0:
        try:
            model.transcribe(WELCOME)
        except ModelError as error:
            tell.send(str(error))
        finally:
            model.close()
            os._exit(0)
    assert said.poll(30)
    assert "loaded before the process forked" in said.recv()
    os.waitpid(child, 0)
    assert SAID in model.transcribe(WELCOME).text.lower()
