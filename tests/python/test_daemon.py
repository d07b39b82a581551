"""Python code and ``history retry`` with the models of a running daemon: real models, and SIGKILL during jobs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import wave
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from voicebridge.journal.history import History
from voicebridge.runtime.settings import HistorySettings
from voicebridge.testing.processes import killed_after, rest_of, wait_until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
WELCOME = Path(__file__).parents[2] / "samples/welcome.flac"
CALL = Path(__file__).parents[1] / "recordings/call.opus"
HEAVY = {"ctranslate2", "faster_whisper", "onnxruntime", "piper", "torch"}
SMALL = 64 * 2**20
"""Maximum bytes of memory of a script whose model is in the daemon; tiny.en alone takes more."""

Script = Callable[..., Any]


@pytest.fixture
def begin(tmp_path: Path, environment: dict[str, str]) -> Script:
    """Starts a script, which may call ``say`` with JSON-serialisable values."""
    head = "import json, sys, psutil, voicebridge\ndef say(what): print(json.dumps(what), flush=True)\n"

    def begin(text: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", head + text], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    return begin


@pytest.fixture
def script(begin: Script) -> Script:
    """Runs a script and returns its values."""

    def run(text: str) -> list[Any]:
        out, err = begin(text).communicate()
        assert not err
        return [json.loads(line) for line in out.splitlines()]

    return run


def models(daemon_status: Callable[[], dict[str, Any]]) -> list[str]:
    return [each["model"] for each in daemon_status()["models"]]


def kill_at_work(found: dict[str, Any]) -> None:
    """Kill a daemon, and wait for its workers to end."""
    os.kill(found["pid"], signal.SIGKILL)
    wait_until(lambda: not any(psutil.pid_exists(model["pid"]) for model in found["models"]), "its workers to end")


def long_recording(path: Path, sound: Any, times: int) -> Path:
    samples = (np.tile(sound, times) * 32_767).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(samples.tobytes())
    return path


@pytest.mark.parametrize("name", ["tiny.en", "whisper/tiny.en"])
def test_a_script_transcribes_with_the_daemon_s_model_as_without_it_and_loads_none(
    name: str, daemon_status: Callable[[], dict[str, Any]], script: Script
) -> None:
    text = f"""
with voicebridge.load_model({name!r}, options={{"beam_size": 2}}, daemon=%s) as model:
    said = model.transcribe({str(WELCOME)!r}, language="en", words=True)
say([model.name, said.text, said.duration, [[word.start, word.text] for each in said.segments for word in each.words]])
say(sorted(sys.modules))
say(psutil.Process().memory_info().rss)
"""
    there, modules, memory = script(text % True)
    assert there[:2] == ["whisper/tiny.en", there[1]]
    assert there[1].startswith("Welcome")
    assert models(daemon_status) == ["whisper/tiny.en"]
    assert not set(modules) & {*HEAVY, "numpy", "av", "pydantic", "pluggy", "voicebridge.runtime.registry"}
    assert memory < SMALL
    here, modules, memory = script(text % False)
    assert here == there
    assert "ctranslate2" in modules
    assert memory > SMALL


def test_arrays_bytes_and_channels_go_through_the_daemon(daemon_status: Callable[[], dict[str, Any]], script: Script) -> None:
    text = f"""
from pathlib import Path
import numpy as np
from voicebridge.audio.decode import AudioReader
with AudioReader(Path({str(WELCOME)!r})) as reader:
    array = np.concatenate([chunk.samples for chunk in reader.chunks(16_000)])
with voicebridge.load_model("tiny.en", daemon=%s) as model:
    say(model.transcribe(array).text)
    say(model.transcribe(Path({str(WELCOME)!r}).read_bytes()).text)
    say([[each.speaker, each.text] for each in model.stream({str(CALL)!r}, channels=["Agent", "Caller"])])
    say([[each.speaker, each.text] for each in model.stream(np.stack([array, array], axis=1), channels="each")])
say(sorted(sys.modules))
"""
    *there, modules = script(text % True)
    assert not set(modules) & HEAVY
    assert models(daemon_status) == ["whisper/tiny.en"]
    *here, _ = script(text % False)
    assert there == here
    assert {speaker for speaker, _ in there[2]} == {"Agent", "Caller"}


def test_a_script_that_wants_no_daemon_leaves_it_alone(daemon_status: Callable[[], dict[str, Any]], script: Script) -> None:
    [text] = script(f"say(voicebridge.transcribe({str(WELCOME)!r}, model='tiny.en', daemon=False).text)")
    assert text.startswith("Welcome")
    assert models(daemon_status) == []


def test_a_script_speaks_with_the_daemon_s_voice_as_without_it(
    daemon_status: Callable[[], dict[str, Any]], script: Script, tmp_path: Path
) -> None:
    text = """
voicebridge.save_speech("One sentence. And another one, which is longer.", %r, voice="joe", seed=1, daemon=%s)
say(sorted(sys.modules))
"""
    [modules] = script(text % ("there.wav", True))
    assert not set(modules) & HEAVY
    assert models(daemon_status) == ["piper/joe"]
    script(text % ("here.wav", False))
    assert (tmp_path / "there.wav").read_bytes() == (tmp_path / "here.wav").read_bytes()


MISTAKES = {
    "voicebridge.load_model('tinny.en', daemon=%s)": "UnknownNameError",
    "voicebridge.load_model('small', daemon=%s)": "WeightsNotFoundError",
    "voicebridge.load_model('tiny.en', options={'beam': 1}, daemon=%s)": "OptionError",
    "voicebridge.load_model('tiny.en', options={'beam_size': b'x'}, daemon=%s)": "OptionError",
    "voicebridge.transcribe('absent.wav', model='tiny.en', daemon=%s)": "InputError",
    f"voicebridge.transcribe({str(WELCOME)!r}, model='tiny.en', translate=True, daemon=%s)": "NotSupportedError",
}


def test_a_mistake_is_told_as_without_a_daemon(daemon_status: Callable[[], dict[str, Any]], script: Script) -> None:
    attempt = "try: %s\nexcept voicebridge.VoiceBridgeError as error: say([type(error).__name__, str(error)])\n"
    there, here = (script("".join(attempt % (call % daemon) for call in MISTAKES)) for daemon in (True, False))
    assert there == here
    assert [name for name, _ in there] == list(MISTAKES.values())


def test_a_daemon_that_is_killed_in_the_middle_costs_a_script_no_word(
    daemon_status: Callable[[], dict[str, Any]], script: Script, begin: Script, sample_at: Callable[[int], Any], tmp_path: Path
) -> None:
    long_recording(tmp_path / "long.wav", sample_at(16_000), 4)
    text = "for each in voicebridge.stream('long.wav', model='tiny.en', daemon=%s): say([each.start, each.end, each.text])"
    whole = script(text % False)
    process = begin(text % True)
    first = [json.loads(process.stdout.readline()) for _ in range(3)]
    kill_at_work(daemon_status())
    rest, told = rest_of(process)
    assert first + [json.loads(line) for line in rest.splitlines()] == whole
    assert told == "The daemon stopped. Loading whisper/tiny.en here to continue.\n"


def test_a_daemon_that_is_killed_while_it_speaks_costs_a_script_no_sound(
    daemon_status: Callable[[], dict[str, Any]], script: Script, begin: Script
) -> None:
    text = """
import hashlib, numpy as np
digest, length = hashlib.sha256(), 0
for number, chunk in enumerate(voicebridge.speak("This is a sentence. " * 12, voice="joe", options={"repeatable": True}, daemon=%s)):
    digest.update(chunk.samples.tobytes())
    length += len(chunk.samples)
    if number == 2: say("began")
say([length, digest.hexdigest()])
"""
    whole = script(text % False)
    process = begin(text % True)
    assert json.loads(process.stdout.readline()) == "began"
    kill_at_work(daemon_status())
    rest, told = rest_of(process)
    assert ["began", json.loads(rest)] == whole
    assert told == "The daemon stopped. Loading piper/joe here to continue.\n"


@pytest.fixture
def kept(environment: dict[str, str], sample_at: Callable[[int], Any]) -> Callable[[int], int]:
    """Adds a recording without a transcript to the history, and returns its number."""

    def leave(times: int) -> int:
        with closing(History(Path(environment["VOICEBRIDGE_HOME"]) / "data" / "history", HistorySettings())) as history:
            entry = history.begin(16_000)
            sound = sample_at(16_000)
            long_recording(entry.audio, sound, times)
            history.recorded(entry.id, times * len(sound) / 16_000)
            return entry.id

    return leave


def test_a_dictation_is_transcribed_again_with_the_daemon_s_model(
    daemon_status: Callable[[], dict[str, Any]], kept: Callable[[int], int], command: str, environment: dict[str, str]
) -> None:
    kept(1)

    def retry(*more: str) -> str:
        words = [command, "history", "retry", "-m", "tiny.en", *more]
        return subprocess.run(words, env=environment, capture_output=True, text=True, check=True).stdout

    here = retry("--no-daemon")
    assert models(daemon_status) == []
    assert retry() == here
    assert here.startswith("Welcome")
    assert models(daemon_status) == ["whisper/tiny.en"]


def test_a_daemon_that_is_killed_while_a_dictation_is_transcribed_again_costs_no_word(
    daemon_status: Callable[[], dict[str, Any]], kept: Callable[[int], int], command: str, environment: dict[str, str]
) -> None:
    kept(4)
    words = [command, "history", "retry", "-m", "tiny.en"]
    here = subprocess.run([*words, "--no-daemon"], env=environment, capture_output=True, text=True, check=True).stdout
    with (
        subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process,
        killed_after(process),
    ):
        wait_until(lambda: any(model["busy"] for model in daemon_status()["models"]), "the daemon to be at work", process)
        kill_at_work(daemon_status())
        text, told = process.communicate()
    assert text == here
    assert told == "The daemon stopped. Loading whisper/tiny.en here to continue.\n"
