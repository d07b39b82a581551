"""The speech-to-text engine, with a checkpoint of random weights that is loaded from disk like any other.

Such a model outputs nonsense, so its tokens are forced where an answer matters: everything else is the real code.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pytest
import torch
from voicebridge import AudioChunk, InputError, ModelError, Segment, SttRequest
from voicebridge.testing import SttContract, sounds
from voicebridge_vibevoice import listening
from voicebridge_vibevoice.catalog import SAMPLE_RATE
from voicebridge_vibevoice.listening import VibeVoiceListener, stretches
from voicebridge_vibevoice.options import ListeningOptions

Samples = npt.NDArray[np.float32]
Writer = Callable[[Samples, str], str]
"""Returns the model's output for its audio and prompt."""
QUICK: dict[str, Any] = {"device": "cpu", "dtype": "float32"}
FOX = sounds.FOX.at(SAMPLE_RATE)


class _Forced:
    """A logits processor that forces each token."""

    def __init__(self, tokens: list[int], prompt: int) -> None:
        self._tokens, self._prompt = tokens, prompt

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        forced = torch.full_like(scores, -torch.inf)
        forced[:, self._tokens[min(input_ids.shape[1] - self._prompt, len(self._tokens) - 1)]] = 0
        return forced


@pytest.fixture(scope="module")
def tokenizer(listening_folder: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(listening_folder)


def force(patch: pytest.MonkeyPatch, tokenizer: Any, writer: Writer) -> None:
    """Make every speech-to-text model output what a function returns."""
    from transformers import VibeVoiceAsrForConditionalGeneration  # takes seconds, which would slow down every process that collects tests

    real = VibeVoiceAsrForConditionalGeneration._get_logits_processor

    def processors(self: Any, *arguments: Any, **keywords: Any) -> Any:
        found = real(self, *arguments, **keywords)
        heard = keywords["model_kwargs"]["input_values"].float().numpy().reshape(-1)
        prompt = tokenizer.decode(keywords["encoder_input_ids"][0])
        tokens = [*tokenizer.encode(writer(heard, prompt)), tokenizer.eos_token_id]
        found.append(_Forced(tokens, keywords["encoder_input_ids"].shape[1]))
        return found

    patch.setattr(VibeVoiceAsrForConditionalGeneration, "_get_logits_processor", processors)


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch, tokenizer: Any) -> Callable[[Writer], None]:
    """:func:`force` for the duration of a test."""
    return partial(force, monkeypatch, tokenizer)


def answer(*spoken: tuple[float, float, int, str]) -> str:
    entries = [{"Start": start, "End": end, "Speaker": speaker, "Content": text} for start, end, speaker, text in spoken]
    return f"assistant\n{json.dumps(entries)}\n"


def where_it_is_loud(heard: Samples, _prompt: str) -> str:
    """A writer that detects when there is speech, and for how long."""
    loud = np.flatnonzero(np.abs(heard) > 0.1 * np.abs(heard).max())
    start, end = loud[0] / SAMPLE_RATE, loud[-1] / SAMPLE_RATE
    return answer((round(start, 2), round(end, 2), 0, f"Something that lasts {round((end - start) * 5)} fifths."))


class TestVibeVoiceKeepsTheContract(SttContract):
    options: ClassVar[dict[str, object]] = QUICK
    understands_english = False

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def _made(cls, listening_folder: Path, tokenizer: Any) -> Iterator[None]:
        cls.model = f"vibevoice/{listening_folder}"
        with pytest.MonkeyPatch.context() as patch:
            force(patch, tokenizer, where_it_is_loud)
            yield

    @pytest.mark.skip(reason="its libraries are those of the model that speaks, which is watched; loading them takes ten seconds")
    def test_its_libraries_open_no_connection_and_leave_no_file(self, found: Any, tmp_path: Path) -> None:
        """Tested in ``test_vibevoice_speaking.py``."""


@pytest.fixture(scope="module")
def engine(listening_folder: Path) -> Iterator[VibeVoiceListener]:
    engine = VibeVoiceListener(str(listening_folder), ListeningOptions(**QUICK))
    yield engine
    engine.close()


def made_with(folder: Path, **options: Any) -> VibeVoiceListener:
    return VibeVoiceListener(str(folder), ListeningOptions(**QUICK, **options))


def chunks(samples: Samples) -> Iterator[AudioChunk]:
    for at in range(0, len(samples), 12_000):
        yield AudioChunk(samples[at : at + 12_000], SAMPLE_RATE, at / SAMPLE_RATE)


def hear(engine: VibeVoiceListener, samples: Samples = FOX, **request: Any) -> list[Segment]:
    return list(engine.transcribe(chunks(samples), SttRequest(**request)))


def noise(seconds: float) -> Samples:
    return (np.random.default_rng(0).standard_normal(round(seconds * SAMPLE_RATE)) * 0.1).astype(np.float32)


def no_thread_is_left() -> bool:
    return not any(thread.name == "vibevoice" for thread in threading.enumerate())


def test_speakers_and_times_come_with_every_segment(engine: VibeVoiceListener, writes: Callable[[Writer], None]) -> None:
    writes(lambda heard, prompt: answer((0.2, 1.0, 0, "Good morning."), (1.1, 2.4, 1, "Is it?"), (2.4, 2.6, 0, "No.")))
    assert hear(engine) == [
        Segment(0.2, 1.0, "Good morning.", speaker="Speaker 1"),
        Segment(1.1, 2.4, "Is it?", speaker="Speaker 2"),
        Segment(2.4, 2.6, "No.", speaker="Speaker 1"),
    ]


def test_times_that_make_no_sense_are_put_in_order_and_into_the_recording(
    engine: VibeVoiceListener, writes: Callable[[Writer], None]
) -> None:
    writes(lambda heard, prompt: answer((1.0, 0.5, 0, "One."), (0.2, 9.0, 0, "Two."), (99, 100, 0, "Three.")))
    found = hear(engine)
    end = len(FOX) / SAMPLE_RATE
    assert [(each.start, each.end) for each in found] == [(1.0, 1.0), (1.0, pytest.approx(end)), (pytest.approx(end), pytest.approx(end))]


def test_the_prompt_and_hotwords_are_given_as_context(engine: VibeVoiceListener, writes: Callable[[Writer], None]) -> None:
    prompts: list[str] = []

    def note(heard: Samples, prompt: str) -> str:
        prompts.append(prompt)
        return answer((0, 1, 0, "Yes."))

    writes(note)
    hear(engine)
    hear(engine, prompt="About foxes.", hotwords=("Stella", "Ada"))
    assert "extra info" not in prompts[0]
    assert f"{len(FOX) / SAMPLE_RATE:.2f} seconds" in prompts[0]
    assert "with extra info: About foxes.\nStella, Ada" in prompts[1]


def test_sounds_that_are_no_speech_are_left_out_unless_asked_for(listening_folder: Path, writes: Callable[[Writer], None]) -> None:
    writes(lambda heard, prompt: '[{"Start":0,"End":1,"Content":"[Music]"},{"Start":1,"End":2,"Speaker":0,"Content":"Hello."}]')
    assert [each.text for each in hear(made_with(listening_folder))] == ["Hello."]
    assert [(each.text, each.speaker) for each in hear(made_with(listening_folder, events=True))] == [
        ("[Music]", None),
        ("Hello.", "Speaker 1"),
    ]


def test_segments_leave_while_the_rest_is_still_being_written(engine: VibeVoiceListener, writes: Callable[[Writer], None]) -> None:
    spoken = [(index / 10, index / 10 + 0.1, 0, f"Sentence {index}.") for index in range(20)]
    writes(lambda heard, prompt: answer(*spoken))
    loaded = engine._loaded
    assert loaded is not None
    steps: list[int] = []
    hook = loaded.model.lm_head.register_forward_hook(lambda *_: steps.append(1))
    segments = engine.transcribe(chunks(FOX), SttRequest())
    assert next(segments).text == "Sentence 0."
    segments.close()  # type: ignore[attr-defined]
    hook.remove()
    assert len(steps) < len(answer(*spoken)) / 2
    assert no_thread_is_left()


def test_garbage_is_no_error(engine: VibeVoiceListener) -> None:
    for segment in hear(engine):  # the output of random weights
        assert segment.text.strip()
    assert no_thread_is_left()


@pytest.mark.parametrize(
    ("written", "texts"),
    [
        ("assistant\n[]", []),
        ("Just words.", ["Just words."]),
        ('[{"Start":0,"End":1,"Speaker":0,"Content":"He said "no" twice."}]', ['He said "no" twice.']),
        ('[{"Start":0,"End":1,"Speaker":0,"Content":"Cut of', ["Cut of"]),
    ],
)
def test_a_broken_answer_gives_what_it_has(
    engine: VibeVoiceListener, writes: Callable[[Writer], None], written: str, texts: list[str]
) -> None:
    writes(lambda heard, prompt: written)
    assert [each.text for each in hear(engine)] == texts


def test_an_answer_that_never_ends_goes_on_after_its_last_whole_segment(
    engine: VibeVoiceListener, writes: Callable[[Writer], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "TOKENS_AT_LEAST", 120)
    monkeypatch.setattr(listening, "TOKENS_PER_SECOND", 1)
    heard: list[float] = []

    def loops_at_first(samples: Samples, prompt: str) -> str:
        heard.append(len(samples) / SAMPLE_RATE)
        if len(heard) == 1:
            return answer((0, 4, 0, "First.")).rstrip("]\n") + ',{"Start":4,"End":9,"Speaker":1,"Content":"' + "no " * 500
        return answer((0.5, 6, 0, "Second."))

    writes(loops_at_first)
    found = hear(engine, noise(10))
    assert heard == [pytest.approx(10, abs=0.2), pytest.approx(6, abs=0.2)]
    assert [(each.start, each.end, each.text) for each in found] == [(0, 4, "First."), (4.5, 10, "Second.")]


def test_an_answer_that_gets_nowhere_is_given_up_with_a_warning(
    engine: VibeVoiceListener, writes: Callable[[Writer], None], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(listening, "TOKENS_AT_LEAST", 60)
    monkeypatch.setattr(listening, "TOKENS_PER_SECOND", 1)
    writes(lambda heard, prompt: '[{"Start":0,"End":9,"Speaker":0,"Content":"' + "no " * 500)
    (segment,) = hear(engine, noise(3))
    assert segment.text.startswith("no no")
    assert "stopped at" in caplog.text
    assert "no no" not in caplog.text


def test_a_long_recording_is_heard_in_stretches_whose_times_and_speakers_go_on(
    listening_folder: Path, writes: Callable[[Writer], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "SEARCH", 3.0)
    engine = made_with(listening_folder, stretch=1)
    lengths: list[float] = []

    def writer(heard: Samples, prompt: str) -> str:
        lengths.append(len(heard) / SAMPLE_RATE)
        return answer((1, 2, 0, "One."), (3, 4, 1, "Two."))

    writes(writer)
    sound = noise(130)
    for quiet in (58, 117):
        sound[quiet * SAMPLE_RATE : (quiet + 1) * SAMPLE_RATE] *= 0.001
    found = hear(engine, sound)
    assert sum(lengths) == pytest.approx(130, abs=0.5)
    assert lengths[0] == pytest.approx(58.5, abs=0.6)
    assert [each.speaker for each in found] == [f"Speaker {number}" for number in range(1, 7)]
    assert [each.start for each in found] == pytest.approx(
        [1, 3, 1 + lengths[0], 3 + lengths[0], 1 + sum(lengths[:2]), 3 + sum(lengths[:2])], abs=0.3
    )
    assert [each.start for each in found] == sorted(each.start for each in found)


def test_stretches_hold_every_sample_once() -> None:
    sound = noise(25)
    found = list(stretches(chunks(sound), 10))
    assert [start for start, _ in found] == pytest.approx(np.cumsum([0, *(len(each) / SAMPLE_RATE for _, each in found[:-1])]).tolist())
    np.testing.assert_array_equal(np.concatenate([samples for _, samples in found]), sound)
    assert all(5 <= len(samples) / SAMPLE_RATE <= 10 for _, samples in found[:-1])


def test_a_recording_that_begins_later_keeps_its_times() -> None:
    assert [start for start, _ in stretches([AudioChunk(noise(1), SAMPLE_RATE, 7.0)], 10)] == [7.0]


def test_silence_never_reaches_the_model(engine: VibeVoiceListener, writes: Callable[[Writer], None]) -> None:
    writes(lambda heard, prompt: answer((0, 1, 0, "Thank you.")))
    assert hear(engine, np.zeros(SAMPLE_RATE, np.float32)) == []
    assert hear(engine, noise(0.05)) == []


def test_the_same_recording_gives_the_same_text(engine: VibeVoiceListener) -> None:
    first = hear(engine)
    torch.manual_seed(99)
    assert hear(engine) == first


def test_a_chunk_at_another_rate_is_refused(engine: VibeVoiceListener) -> None:
    with pytest.raises(InputError, match="24000 Hz"):
        list(engine.transcribe([AudioChunk(np.zeros(8_000, np.float32), 16_000)], SttRequest()))


def test_what_the_model_raises_reaches_the_caller_as_one_line(engine: VibeVoiceListener, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = engine._loaded
    assert loaded is not None

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("CUDA out of memory.\nTried to…")

    monkeypatch.setattr(loaded.model.model.language_model, "forward", broken)
    with pytest.raises(ModelError, match=r"out of memory.*-O stretch=10") as caught:
        hear(engine)
    assert "\n" not in str(caught.value)
    assert no_thread_is_left()


def test_a_closed_model_says_so(listening_folder: Path) -> None:
    engine = made_with(listening_folder)
    engine.close()
    engine.close()
    with pytest.raises(ModelError, match="has been closed"):
        engine.transcribe([], SttRequest())


def test_on_a_cpu_the_wait_is_announced(listening_folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr("voicebridge_vibevoice.loading.SLOWNESS", 1.0)
    made_with(listening_folder)
    (message,) = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert "-m whisper/base" in message
