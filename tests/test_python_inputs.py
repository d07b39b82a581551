"""What Python code gives as sound and as wishes is taken, or refused in one line that names it, before a model computes."""

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
from voicebridge import InputError, ModelError, SttModel, UsageError

ROOT = Path(__file__).parents[1]
WELCOME = ROOT / "samples/welcome.flac"
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
    """An array of another library, as numpy takes it: torch's on a CPU, for one."""

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


def test_a_tensor_is_an_array(model: SttModel, sample_at: Callable[[int], Any]) -> None:
    assert SAID in model.transcribe(Tensor(sample_at(16_000))).text.lower()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sound", "said"),
    [
        (None, "None is no sound"),
        ([0.0, 0.1], "list is no sound"),
        ({}, "dict is no sound"),
        (np.array(["a"]), "An array of <U1 is no sound"),
        (np.zeros(9, bool), "An array of bool is no sound"),
        (np.zeros(9, complex), "An array of complex128 is no sound"),
        (np.zeros(9, object), "An array of object is no sound"),
        (np.zeros(9, np.int64), "An array of int64 doesn't tell its full scale"),
        (np.full(9, np.nan, np.float32), "holds no numbers"),
        (np.zeros((2, 3, 4), np.float32), "An array of shape"),
        (io.StringIO("text"), "A file of text is no recording"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",  # the text of an object may have its address, which differs each time
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


def test_a_single_hotword_is_one_word_and_not_its_letters(model: SttModel) -> None:
    assert model.transcribe(WELCOME, hotwords="recording").text == model.transcribe(WELCOME, hotwords=["recording"]).text


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30])
@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_a_sample_that_is_no_number_is_silence(model: SttModel, sample_at: Callable[[int], Any], value: float, rate: int) -> None:
    sound, whole = sample_at(rate).copy(), model.transcribe(sample_at(rate), sample_rate=rate).text
    sound[rate // 100] = value
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert model.transcribe(sound, sample_rate=rate).text == whole


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
