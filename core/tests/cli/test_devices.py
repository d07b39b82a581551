from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., Any]

PLUGIN = """
    from voicebridge import ServiceSpec, hookimpl

    @hookimpl
    def voicebridge_services():
        yield ServiceSpec(kind="microphone", name="fake", factory="PACKAGE.engine:Microphone", probe="PACKAGE.engine:probe")
        yield ServiceSpec(kind="microphone", name="other", factory="PACKAGE.engine:Microphone", probe="PACKAGE.engine:missing")
        yield ServiceSpec(kind="speaker", name="fake", factory="PACKAGE.engine:Speaker", probe="PACKAGE.engine:missing")
"""

ENGINE = """
    import numpy
    from voicebridge import AudioChunk, UnavailableError
    from voicebridge.ports import Device

    def probe():
        return 5

    def missing():
        raise UnavailableError("libacme is missing. Install it.")

    LEVELS = {None: 0.3, "faint": 0.001, "loud": 1.0, "muted": 0.0}

    class Microphone:
        def devices(self):
            return [Device("mic0", "Headset", True), Device("mic1", "Webcam")]

        def record(self, device, sample_rate):
            if device not in LEVELS:
                raise UnavailableError(f"There is no microphone {device!r}. There are: Headset, Webcam.")
            while True:
                yield AudioChunk(numpy.full(sample_rate // 50, LEVELS[device], "float32"), sample_rate)

    class Speaker:
        pass
"""


@pytest.fixture(autouse=True)
def fake(site: Any) -> None:
    site.install("fake", PLUGIN, engine=ENGINE)


def test_devices_are_listed_and_what_can_not_be_used_is_told(run: Run) -> None:
    ran = run("devices")
    assert ran.code == 0
    assert [line.split() for line in ran.out.splitlines()] == [
        ["Kind", "Name", "Id"],
        ["microphone", "Headset", "*", "mic0"],
        ["microphone", "Webcam", "mic1"],
    ]
    assert ran.err.splitlines() == [
        "Warning: microphone fake/other can't be used: libacme is missing. Install it.",
        "Warning: speaker fake/fake can't be used: libacme is missing. Install it.",
    ]


def test_as_json_it_is_all_there(run: Run) -> None:
    told = json.loads(run("devices", "--json").out)
    assert told["devices"][0] == {"kind": "microphone", "id": "mic0", "name": "Headset", "default": True}
    assert told["problems"][1] == {"kind": "speaker", "service": "fake/fake", "reason": "libacme is missing. Install it."}
    assert json.loads(run("devices", "list", "--json").out) == told


def test_a_kind_that_nobody_offers_is_told_too(run: Run) -> None:
    told = json.loads(run("--no-plugins", "devices", "--json").out)
    assert told["devices"] == []
    assert [problem["reason"] for problem in told["problems"]] == [
        f"No {kind} can be used here. No active plugin provides one." for kind in ("microphone", "speaker")
    ]


@pytest.mark.parametrize(
    ("device", "said"),
    [
        ([], "Loudest: -10 dB, good."),
        (["faint"], "Loudest: -60 dB, too quiet: turn it up, or speak closer."),
        (["loud"], "Loudest: 0 dB, too loud: turn it down."),
    ],
)
def test_a_microphone_is_tried(run: Run, device: list[str], said: str) -> None:
    ran = run("devices", "test", *device, "--seconds", "0.5")
    assert (ran.code, ran.out, ran.err) == (0, f"{said}\n", "")


def test_the_configured_microphone_is_tried(run: Run, home: Any) -> None:
    (home / "config.toml").write_text('[dictation]\ndevice = "faint"\n')
    assert "too quiet" in run("devices", "test", "--seconds", "0.5").out


def test_a_microphone_that_is_muted_or_missing_is_told(run: Run) -> None:
    ran = run("devices", "test", "muted", "--seconds", "0.5")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("Error: The microphone delivers only silence: it may be muted, or VoiceBridge may not be allowed to use it.")
    assert run("devices", "test", "none").err == "Error: There is no microphone 'none'. There are: Headset, Webcam.\n"
