"""``voicebridge setup`` without a terminal, with substitute plugins; tests/test_setup_command.py uses the real ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., Any]

PLUGIN = """
    from voicebridge import ServiceSpec, SttSpec, TtsSpec, hookimpl

    @hookimpl
    def voicebridge_services():
        for kind, features in (("microphone", ()), ("speaker", ()), ("hotkeys", ("release",))):
            factory = f"PACKAGE.parts:{kind.title()}"
            yield ServiceSpec(kind=kind, name="planted", factory=factory, probe="PACKAGE.parts:probe", features=features)

    @hookimpl
    def voicebridge_stt_models():
        yield SttSpec(name="ear", factory="PACKAGE.parts:Ear", languages={"en"})

    @hookimpl
    def voicebridge_tts_models():
        yield TtsSpec(name="mouth", factory="PACKAGE.parts:Mouth", languages={"en"}, sample_rate=16_000)
"""
PARTS = """
    import itertools
    import numpy
    from voicebridge import AudioChunk, Segment
    from voicebridge.cli.setup.listening import SPOKEN, spoken_sample
    from voicebridge.cli.setup.voice import SENTENCES
    from voicebridge.ports import Device

    PLAYED = []
    HEARD = SPOKEN

    def probe():
        return 1000

    class Microphone:
        def devices(self):
            return [Device("mic0", "Headset", True)]

        def record(self, device, sample_rate):
            sound = spoken_sample().samples
            yield from (AudioChunk(sound[at : at + 320], sample_rate) for at in range(0, len(sound), 320))
            yield from itertools.repeat(AudioChunk(numpy.full(320, 1e-5, "float32"), sample_rate))

    class Speaker:
        def devices(self):
            return [Device("out0", "Headphones", True)]

        def play(self, audio, device, playing=None):
            PLAYED.extend(audio)

    class Hotkeys:
        def listen(self, chords):
            return Events([(chords[0], True), (chords[0], False)])

        def problem(self, chord):
            return ""

    class Events:
        def __init__(self, told):
            self.told = iter(told)

        def __iter__(self):
            return self

        def __next__(self):
            return next(self.told)

        def close(self):
            pass

    class Ear:
        def __init__(self, name, options):
            pass

        def transcribe(self, audio, request):
            seconds = sum(chunk.duration for chunk in audio)
            yield Segment(0.0, seconds, SENTENCES["en"] if PLAYED and HEARD == SPOKEN else HEARD, language="en")

        def close(self):
            pass

    class Mouth(Ear):
        def synthesize(self, text, request):
            list(text)
            yield AudioChunk(numpy.full(16_000, 0.1, "float32"), 16_000)
"""


@pytest.fixture
def package(site: Any) -> str:
    name: str = site.install("planted", PLUGIN, parts=PARTS)
    return name


def states(out: str) -> dict[str, str]:
    return {line.split()[1]: line.split()[0] for line in out.splitlines()[1:]}


def test_each_part_that_does_its_work_is_said_to(run: Run, package: str) -> None:
    ran = run("setup", "microphone", "model", "hotkey", "voice", "--yes")
    assert ran.code == 0, ran.err
    assert states(ran.out) == dict.fromkeys(["microphone", "model", "hotkey", "voice"], "works")
    assert "ctrl+alt+space arrived" in ran.out or "alt_r arrived" in ran.out
    assert "The microphone heard it" in ran.out


def test_a_part_that_breaks_costs_its_own_step(run: Run, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no such thing")

    assert run("plugins").code == 0
    monkeypatch.setattr(f"{package}.parts.Hotkeys.listen", broken)
    ran = run("setup", "hotkey", "voice", "--yes")
    assert ran.code == 1
    assert states(ran.out) == {"hotkey": "failed", "voice": "works"}
    assert "Error: RuntimeError: no such thing. See: voicebridge doctor" in ran.err


def test_a_model_that_hears_something_else_has_failed(run: Run, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("plugins").code == 0
    monkeypatch.setattr(f"{package}.parts.HEARD", "Something else altogether was said")
    ran = run("setup", "model", "voice", "--yes")
    assert ran.code == 1
    assert states(ran.out) == {"model": "failed", "voice": "failed"}
    assert ran.err.count("Something else altogether") == 3, "as it was heard, and in an error each"


def test_a_step_that_there_is_not_is_wrong_usage(run: Run) -> None:
    ran = run("setup", "microphon", "--yes")
    assert ran.code == 2
    assert "microphone" in ran.err
