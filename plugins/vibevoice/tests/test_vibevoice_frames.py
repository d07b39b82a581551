"""The hook that yields audio while transformers generates it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from voicebridge import ModelError
from voicebridge_vibevoice import frames
from voicebridge_vibevoice.catalog import SAMPLE_RATE, SPEECH
from voicebridge_vibevoice.loading import Loaded, load, quietly
from voicebridge_vibevoice.options import SpeechOptions


@pytest.fixture(scope="module")
def loaded(speech_folder: Path) -> Loaded:
    options = SpeechOptions(device="cpu", dtype="float32")
    return load(speech_folder, SPEECH, "VibeVoiceForConditionalGeneration", "VibeVoiceProcessor", options)


def generate(loaded: Loaded) -> Any:
    chat = [{"role": "0", "content": [{"type": "text", "text": "Good morning."}]}]
    inputs = loaded.processor.apply_chat_template(chat, tokenize=True, return_dict=True, return_tensors="pt")
    torch.manual_seed(1)
    with quietly():
        return loaded.model.generate(**inputs, max_new_tokens=30, num_diffusion_steps=2, return_dict_in_generate=True)


def test_what_is_overheard_is_the_sound_that_is_returned(loaded: Loaded) -> None:
    heard: list[frames.Frame] = []
    with frames.listening(loaded.model, heard.append):
        output = generate(loaded)

    returned = output.audio[0].float().cpu().numpy().reshape(-1)
    assert len(heard) > 5
    np.testing.assert_allclose(np.concatenate(heard), np.clip(returned, -1, 1), atol=1e-6)


def test_a_frame_is_133_milliseconds_and_is_heard_as_soon_as_it_is_made(loaded: Loaded) -> None:
    made: list[int] = []
    heard: list[int] = []
    head = loaded.model.model.diffusion_head.register_forward_hook(lambda *_: made.append(len(heard)))
    with frames.listening(loaded.model, lambda frame: heard.append(len(frame))):
        generate(loaded)
    head.remove()

    assert set(heard) == {3200}
    assert pytest.approx(0.133, abs=0.001) == 3200 / SAMPLE_RATE
    assert made == [number for number in range(len(heard)) for _ in range(2)]  # two diffusion steps, then the frame is yielded


def test_the_model_is_as_it_was_afterwards(loaded: Loaded) -> None:
    tower = loaded.model.model.audio_tower
    with suppress(ZeroDivisionError), frames.listening(loaded.model, lambda frame: None):
        assert "decode" in vars(tower)
        raise ZeroDivisionError
    assert "decode" not in vars(tower)


@pytest.mark.parametrize(
    "model",
    [
        SimpleNamespace(),
        SimpleNamespace(model=SimpleNamespace()),
        SimpleNamespace(model=SimpleNamespace(audio_tower=SimpleNamespace(encode=print))),
    ],
    ids=["no inner model", "no audio tower", "no decode"],
)
def test_insides_that_have_moved_are_one_line_that_names_the_version(model: Any) -> None:
    with (
        pytest.raises(ModelError, match=rf"transformers {transformers.__version__} .* install") as caught,
        frames.listening(model, print),
    ):
        pass
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("output", [torch.zeros(1, 1, 3200), SimpleNamespace(audio=None), SimpleNamespace(audio=torch.zeros(1, 1, 0))])
def test_a_decoder_that_returns_something_else_has_moved_too(output: Any) -> None:
    model = SimpleNamespace(model=SimpleNamespace(audio_tower=SimpleNamespace(decode=lambda: output)))
    with pytest.raises(ModelError, match="is not supported"), frames.listening(model, lambda frame: None):
        model.model.audio_tower.decode()


def test_sound_that_is_no_numbers_is_refused_with_the_precision_that_helps() -> None:
    output = SimpleNamespace(audio=torch.full((1, 1, 3200), torch.nan, dtype=torch.float16))
    model = SimpleNamespace(model=SimpleNamespace(audio_tower=SimpleNamespace(decode=lambda: output)))
    with pytest.raises(ModelError, match=r"float16.*-O dtype=float32"), frames.listening(model, lambda frame: None):
        model.model.audio_tower.decode()
