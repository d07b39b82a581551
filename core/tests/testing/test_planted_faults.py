"""Every fault that was ever found in a plugin is planted in a small engine: the kit catches it, and says what is wrong."""

from __future__ import annotations

import importlib
import os
import shutil
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import pytest
from voicebridge.runtime import installed
from voicebridge.testing import leftovers

PLANTED = Path(__file__).with_name("planted")
OF_THE_PACKAGE = ("test_its_libraries_open_no_connection", "test_importing_the_plugin_module")
"""Tests that start a process, of what is the same for every fault."""
PROCESS, LEFT, GROWS = "test_it_changes_nothing_in_its_process", "test_nothing_is_left_after_close", "test_memory_does_not_grow"
SEGMENTS, WORDS = "test_segments_are_well_formed", "test_words_lie_in_order"
CHUNKS, SPEED = "test_chunks_are_well_formed", "test_speed_changes_how_long_it_takes"
ANY = "test_"

EAR = {
    "chdir": (PROCESS, "the engine changed the working directory to"),
    "signal": (PROCESS, "the engine set a handler for SIGINT while loading: leave signals"),
    "offline": (PROCESS, "the engine opened a connection to 127.0.0.1 while loading: only a weights store downloads"),
    "bare-load": (PROCESS, "loading ear raised KeyError: 'PLANTED_WEIGHTS', ear.py, line"),
    "sysexit": (PROCESS, "loading ear ended the program (SystemExit, ear.py, line"),
    "thread": (LEFT, "the engine left the thread 'reader' running after close(): stop it in close()"),
    "child": (LEFT, "the engine left the process 'sleep 300' running after close(): end it in close()"),
    "tempfile": (LEFT, "the engine left the file 'planted"),
    "memory": (GROWS, "MB with every job: keep nothing"),
    "print": (PROCESS, "the engine printed 'decoding' to stdout during a job: write to a log"),
    "stderr": (PROCESS, "the engine printed 'decoder: warning 7' to stderr during a job: warn with logging"),
    "not-generator": (SEGMENTS, "transcribe() returned a list, not an iterator that can be closed: yield each Segment"),
    "rate": ("test_a_wrong_sample_rate", "at 8000 Hz the sentence ends at"),
    "bare": ("test_a_wrong_sample_rate", "transcribe() raised ValueError: unexpected rate, ear.py, line"),
    "mutate": ("test_its_input_stays_as_it_was", "the engine changed the samples that it was given: copy them"),
    "silence": ("test_silence_is_no_error", "transcribe() raised ZeroDivisionError: division by zero, ear.py, line"),
    "swallow": ("test_an_error_of_the_source", "the utterance ended as though it were whole"),
    "cancel": ("test_closing_early_stops_the_work", "afterwards: read no further in `finally`"),
    "partial-only": (SEGMENTS, "the last segment is not final: every draft must be followed"),
    "partial-back": ("test_drafts_are_replaced", "where the last final segment ends: that text stays"),
    "back": (SEGMENTS, "before the segment ahead of it"),
    "numpy": (SEGMENTS, "its start is a numpy.float32: convert it with float()"),
    "nan": (SEGMENTS, "its end is nan: give times in seconds"),
    "state": ("test_timestamps_say_where", "count time from the start of the recording, in local variables"),
    "space": (SEGMENTS, "its text has space around it: strip it"),
    "empty": (SEGMENTS, "its text is empty: leave such a segment out"),
    "none": (SEGMENTS, "its text is None, not a str: leave such a segment out"),
    "newline": (SEGMENTS, "its text has a line break: write it as a space"),
    "words": (WORDS, "it lies outside its segment"),
    "nowords": (WORDS, "has no words, though the descriptor says words=True"),
    "many": (SEGMENTS, "it comes twice, with the same times and text: yield each segment once"),
    "badlang": (SEGMENTS, "its language 'elvish' is not a code: give an ISO 639-1 code"),
    "close": ("test_closing_the_model_twice", "close() raised RuntimeError: it is closed already, ear.py, line"),
    "variable": (PROCESS, "the engine changed the environment variable OMP_PLANTED while loading"),
    "logging": (PROCESS, "the engine changed the handlers of the root logger while loading"),
    "elsewhere": (LEFT, "planted.log: its own files belong in voicebridge.paths.cache_dir()"),
}
MOUTH = {
    "voice": ("test_an_unknown_voice", "'no-such-voice' was spoken in some other voice: raise an UnknownNameError"),
    "thread": (LEFT, "the engine left the thread 'renderer' running after close()"),
    "speed": (SPEED, "it takes 1.00 times as long: pass request.speed on, or set speed=False"),
    "inverse": (SPEED, "it takes 0.50 times as long: 2.0 is twice as fast, so invert it"),
    "collect": ("test_sound_comes_before", "the first sound came after 100 of 100 sentences: yield it at once"),
    "bare": ("test_strange_text_is_no_error", "synthesize() raised UnicodeEncodeError"),
    "int16": (CHUNKS, "int16[3360], not float32[n]: convert it"),
    "float64": (CHUNKS, "float64[3360], not float32[n]: convert it"),
    "stereo": (CHUNKS, "float32[2, 3360], not float32[n]: convert it, and mix the channels"),
    "loud": (CHUNKS, "reaches 1.60, beyond [-1, 1]: clip it"),
    "start": (CHUNKS, "chunk 1 starts at 0.0000 s, but 0.2100 s were given before it: count the samples"),
    "rate": (CHUNKS, "chunk 0 has 24000 Hz, not 16000: resample it"),
    "array": (CHUNKS, "synthesize() yielded a ndarray, not an AudioChunk: wrap the result"),
    "tail": (CHUNKS, "were given before it: count the samples of all chunks so far"),
    "cancel": ("test_closing_early_stops_the_work", "afterwards: read no further in `finally`"),
}
FAULTS = {"Ear": EAR, "Mouth": MOUTH}


class Reports:
    """Collects the messages of failed tests, by class; tests of the package are left out."""

    def __init__(self) -> None:
        self.failed: dict[str, list[str]] = defaultdict(list)
        self.passed: dict[str, int] = defaultdict(int)

    @staticmethod
    def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
        # A test of the kit takes 8 MB with each of its many jobs.
        items[:] = [
            item for item in items if not item.name.startswith(OF_THE_PACKAGE) and ("memory" not in item.nodeid or GROWS in item.nodeid)
        ]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        _, of_class, name = report.nodeid.split("::")
        if report.failed:
            self.failed[of_class].append(f"{name}: {report.longreprtext}")
        elif report.passed and report.when == "call":
            self.passed[of_class] += 1


def run_kit(kind: str, folder: Path) -> Reports:
    """One run of the kit with a class for every fault, on a plugin that is installed in a folder."""
    site, temporary = folder / "site", folder / "temporary"
    temporary.mkdir()
    shutil.copytree(PLANTED, site / "planted", ignore=shutil.ignore_patterns("__pycache__"))
    (site / "planted-1.0.dist-info").mkdir()
    (site / "planted-1.0.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: planted\nVersion: 1.0\n")
    (site / "planted-1.0.dist-info/entry_points.txt").write_text("[voicebridge]\nplanted = planted.plugin\n")
    classes = ["from voicebridge.testing import SttContract as Ear, TtsContract as Mouth"]
    for fault in ("", *FAULTS[kind]):
        lines = [f"class Test{kind}_{fault.replace('-', '_')}({kind}):", f"model = 'planted/{kind.lower()}'", "patience = 20"]
        classes.append("\n    ".join([*lines, f"options = {{'fault': '{fault}'}}", "understands_english = False"]))
    test = site / "test_planted.py"
    test.write_text("\n\n".join(classes) + "\n")
    reports, before = Reports(), set(sys.modules)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # plain pytest, as a stranger may have it
        patch.setattr(tempfile, "tempdir", str(temporary))
        patch.setattr(leftovers, "SETTLING", 1.0)  # what a planted fault leaves doesn't end
        patch.syspath_prepend(site)
        patch.chdir(site)
        installed._of_packages.cache_clear()
        code = pytest.main(["-pno:cacheprovider", "--tb=line", f"--rootdir={site}", f"-c{os.devnull}", str(test)], plugins=[reports])
        assert code == pytest.ExitCode.TESTS_FAILED
        ear = importlib.import_module("planted.ear")
        ear.RELEASED.set()
        for child in ear.CHILDREN:
            child.kill()
            child.wait()
    for name in set(sys.modules) - before:
        if name.partition(".")[0] in ("planted", "test_planted"):
            del sys.modules[name]
    installed._of_packages.cache_clear()
    return reports


@pytest.mark.parametrize("kind", FAULTS)
def test_each_planted_fault_is_caught_and_its_message_says_what_to_do(kind: str, tmp_path: Path) -> None:
    """In one test for all faults, because the engines are run once."""
    reports = run_kit(kind, tmp_path)
    assert reports.failed[f"Test{kind}_"] == [], "the engine without a fault"
    assert reports.passed[f"Test{kind}_"] > 25
    missed = {}
    for fault, (test, message) in FAULTS[kind].items():
        failed = reports.failed[f"Test{kind}_{fault.replace('-', '_')}"]
        if not any(each.startswith(test) and message in each for each in failed):
            missed[fault] = failed
    assert missed == {}
