"""The choice of a diarizer, and diarizers with every fault."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from voicebridge.errors import ConfigError, InputError, NotSupportedError, UnavailableError, VoiceBridgeError
from voicebridge.extension_ports import Turn
from voicebridge.runtime import diarizers
from voicebridge.runtime.config import Config
from voicebridge.runtime.diarizers import PluginDiarizer, chosen_diarizer
from voicebridge.runtime.plugins import load_plugins
from voicebridge.runtime.registry import Registry
from voicebridge.speech import AudioChunk

PLUGIN = """
    from voicebridge import DiarizerSpec, hookimpl

    @hookimpl
    def voicebridge_diarizers():
        yield DiarizerSpec(name="turns", factory="PACKAGE.engine:Diarizer", max_speakers=4, seconds={seconds})
"""
ENGINE = """
import sys, threading
from voicebridge import InputError, Turn

class Diarizer:
    closed = 0

    def diarize(self, audio, speakers):
        {body}

    def close(self):
        Diarizer.closed += 1
"""

Make = Callable[..., Registry]


@pytest.fixture
def make(site: Any, home: Path) -> Make:
    """Install plugins with a diarizer each, and read a configuration; the body of ``diarize`` is given by the plugin's name."""
    del home

    def registry(stt: dict[str, Any] | None = None, *, seconds: float = 10.0, **bodies: str) -> Registry:
        for name, body in bodies.items():
            site.install(name, PLUGIN.format(seconds=seconds), engine=ENGINE.format(body=body))
        host = load_plugins(lambda name, _: name != "desktop")
        return Registry(host, Config(Path("config.toml"), {"stt": stt or {}}, None, {}))

    return registry


def audio(count: int = 3, start: float = 0.0) -> Iterator[AudioChunk]:
    for number in range(count):
        yield AudioChunk(np.zeros(16_000, np.float32), 16_000, start + number)


def diarizer(registry: Registry) -> PluginDiarizer:
    return PluginDiarizer(chosen_diarizer(registry))


def test_the_first_stays_the_default_when_others_are_installed(make: Make) -> None:
    assert chosen_diarizer(make(beta="yield")).full_name == "beta/turns"
    assert chosen_diarizer(make(alpha="yield")).full_name == "beta/turns"
    assert chosen_diarizer(make({"diarizer": "alpha/turns"})).full_name == "alpha/turns"


def test_a_name_that_is_wrong_and_none_at_all_are_errors(make: Make, echo: Any) -> None:
    del echo
    with pytest.raises(UnavailableError, match=r"^No active plugin provides a diarizer, .* needs a GPU: .*vibevoice"):
        chosen_diarizer(make())
    with pytest.raises(ConfigError, match="stt.diarizer: No diarizer is named 'turn'. Did you mean 'turns'?"):
        chosen_diarizer(make({"diarizer": "turn"}, alpha="yield"))


def test_more_speakers_than_it_tells_apart_are_refused(make: Make) -> None:
    found = diarizer(make(alpha="yield"))
    found.check(None)
    found.check(4)
    with pytest.raises(NotSupportedError, match="alpha/turns tells apart up to 4 speakers, not 5. Give 4 or fewer."):
        found.check(5)


def test_turns_are_sorted_and_have_plain_values(make: Make) -> None:
    body = "import numpy; list(audio); yield Turn(numpy.float32(2), 3, 'B'); yield Turn(0, 1.5, str(speakers))"
    found = diarizer(make(alpha=body)).turns(audio(), 2)
    assert found == [Turn(0.0, 1.5, "2"), Turn(2.0, 3.0, "B")]
    assert {type(time) for turn in found for time in (turn.start, turn.end)} == {float}


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("raise ValueError('odd')", "failed: ValueError: odd"),
        ("sys.exit(3)", "failed: SystemExit: 3"),
        ("return None", "failed: TypeError: 'NoneType' object is not iterable"),
        ("return [(0, 1, 'A')]", "yielded a tuple, not a Turn"),
        ("yield Turn(0, float('nan'), 'A')", "yielded a turn whose times are 0 and nan, not seconds"),
        ("yield Turn('0', 1, 'A')", "yielded a turn whose times are '0' and 1, not seconds"),
        ("yield Turn(2, 1, 'A')", "yielded a turn that ends before it starts (2.00 to 1.00 s)"),
        ("yield Turn(0, 1, 7)", "yielded a turn whose speaker is 7, not a label"),
        ("yield Turn(0, 1, ' ')", "yielded a turn whose speaker is ' ', not a label"),
        ("while True: yield Turn(0, 1, 'A')", "yielded more than 1,000 turns"),
        ("threading.Event().wait()", "did nothing for 0.3 s"),
    ],
)
def test_a_fault_is_one_line_that_names_the_plugin(make: Make, body: str, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diarizers, "MOST", 1_000)
    with pytest.raises(VoiceBridgeError) as raised:
        diarizer(make(alpha=body, seconds=0.3)).turns(audio(), None)
    assert str(raised.value) == f"The diarizer alpha/turns {what}. Report it to the maintainers of alpha-plugin."


def test_a_class_without_the_methods_is_refused(make: Make, site: Any) -> None:
    site.install("alpha", PLUGIN.format(seconds=10), engine="class Diarizer: pass\n")
    with pytest.raises(VoiceBridgeError, match="is a Diarizer, which has no method diarize and no method close"):
        diarizer(make()).turns(audio(), None)


def test_one_that_takes_audio_is_not_hung_however_long_it_takes(make: Make) -> None:
    body = "for chunk in audio: threading.Event().wait(0.2)\n        yield Turn(0, 1, 'A')"
    assert diarizer(make(alpha=body, seconds=0.5)).turns(audio(5), None) == [Turn(0.0, 1.0, "A")]


def test_one_that_hangs_is_created_again_for_the_next_recording_and_gets_no_more_audio(make: Make) -> None:
    body = "self.seen = getattr(self, 'seen', 0) + 1; speakers == 1 and threading.Event().wait(); yield Turn(0, 1, str(self.seen))"
    found = diarizer(make(alpha=body, seconds=0.3))
    labels = [found.turns(audio(), None)[0].speaker]
    with pytest.raises(VoiceBridgeError, match="did nothing"):
        found.turns(audio(), 1)
    labels.append(found.turns(audio(), None)[0].speaker)
    assert labels == ["1", "1"]


@pytest.mark.parametrize(
    "body", ["list(audio); yield", "try: list(audio)\n        except BaseException: pass\n        yield Turn(0, 1, 'A')"]
)
def test_an_error_of_the_recording_is_not_the_plugins_even_if_it_hides_it(make: Make, body: str) -> None:
    def damaged() -> Iterator[AudioChunk]:
        yield from audio()
        raise InputError("talk.wav can't be read.")

    with pytest.raises(InputError, match=r"talk.wav can't be read."):
        diarizer(make(alpha=body)).turns(damaged(), None)


def test_what_it_refuses_with_its_own_words_is_passed_on(make: Make) -> None:
    with pytest.raises(InputError, match=r"^Too short.$"):
        diarizer(make(alpha="raise InputError('Too short.')")).turns(audio(), None)


def test_it_is_called_by_one_thread_at_a_time_and_closed(make: Make) -> None:
    body = (
        "self.inside = getattr(self, 'inside', 0) + 1; seen = self.inside; threading.Event().wait(0.05); "
        "self.inside -= 1; yield Turn(0, 1, f'{seen}-{self.closed}')"
    )
    found = diarizer(make(alpha=body))
    labels: list[str] = []
    threads = [threading.Thread(target=lambda: labels.append(found.turns(audio(), None)[0].speaker)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert labels == ["1-0"] * 4
    found.close()
    found.close()
    assert found.turns(audio(), None)[0].speaker == "1-1"
