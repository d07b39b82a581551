"""The conformance kit on real plugins: a correct one passes, and each faulty one fails exactly the tests of the rule that it breaks.

The engine is a small signal processor: it returns the duration and strongest frequency of every loud section.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from voicebridge.testing.system_calls import need_system_calls

if TYPE_CHECKING:
    from core.tests.testing.conftest import Kit

pytest_plugins = ["pytester"]

WATCHED = "test_its_libraries_open_no_connection_and_leave_no_file"
"""Starts a process for each plugin, so only one flaw is tried with it."""

PLUGIN = """
from voicebridge import SttSpec, hookimpl

@hookimpl
def voicebridge_stt_models():
    yield SttSpec(
        name="loud",
        factory="fake.engine:Engine",
        options="fake.engine:Options",
        weights="fake.weights:Store",
        description="Writes down loud stretches.",
        languages={"en", "haw"},
        words=True,
        streaming=True,
        partials=True,
        resume=True,
        open_names="a folder",
    )
"""

WEIGHTS = """
from voicebridge import WeightsPlace

class Store:
    def places(self, model):
        return [WeightsPlace("package", "fake", found=True), WeightsPlace("hub", "fake/loud", found=False, local=False)]
"""

ENGINE = """
import numpy as np
from pydantic import Field
from voicebridge import EngineOptions, InputError, NotSupportedError, Segment, WeightsNotFoundError, Word

RATE = 16_000
STEP = 1_600
PAUSE = 6

class Options(EngineOptions):
    threshold: float = Field(0.02, gt=0, description="How loud a step has to be, as its root mean square.")

class Engine:
    def __init__(self, name, options):
        if name != "loud":
            raise WeightsNotFoundError(f"There is no folder {name}. Give one that exists.")
        self.threshold = options.threshold

    def close(self):
        pass

    def transcribe(self, audio, request):
        if request.language not in (None, "en"):
            raise NotSupportedError(f"fake/loud doesn't know {request.language}. Use en.")
        run, quiet, position = [], 0, 0
        for step in self.steps(audio):
            loud = np.sqrt((step**2).mean()) > self.threshold
            position += 1
            if loud or run:
                run.append(step)
                quiet = 0 if loud else quiet + 1
            if request.partials and loud:
                yield Segment((position - len(run)) * STEP / RATE, position * STEP / RATE, "sound", final=False)
            if quiet == PAUSE:
                yield from self.rest(run[:-PAUSE], position - len(run), request)
                run, quiet = [], 0
        if run:
            yield from self.rest(run[:-quiet or None], position - len(run), request)

    def steps(self, audio):
        held = np.zeros(0, np.float32)
        for chunk in audio:
            if chunk.sample_rate != RATE:
                raise InputError(f"fake/loud takes {RATE} Hz, not {chunk.sample_rate}. Resample it.")
            held = np.concatenate([held, chunk.samples])
            while len(held) >= STEP:
                yield held[:STEP]
                held = held[STEP:]

    def rest(self, run, first, request):
        segment = self.segment(run, first, request)
        if segment.end > request.after:
            yield segment

    def segment(self, run, first, request):
        start, end = first * STEP / RATE, (first + len(run)) * STEP / RATE
        sound = np.concatenate(run)
        pitch = np.abs(np.fft.rfft(sound)).argmax() / (end - start)
        text = f"sound of {pitch:.0f} Hz, level {np.abs(sound).mean():.5f}"
        halves = (Word(start, (start + end) / 2, "sound"), Word((start + end) / 2, end, text[6:]))
        return Segment(start, end, text, words=halves if request.words else ())
"""


@dataclass
class Flaw:
    """A change that breaks one rule, and the tests that must detect it."""

    caught_by: set[str]
    engine: list[tuple[str, str]] = field(default_factory=list)
    plugin: list[tuple[str, str]] = field(default_factory=list)
    weights: list[tuple[str, str]] = field(default_factory=list)
    attributes: str = "understands_english = False"

    def run(self, kit: Kit, only: str = "") -> tuple[set[str], set[str], set[str]]:
        """The names of the tests that passed, were skipped, and failed; ``only`` selects them as for ``pytest -k``."""
        return kit.run(
            "SttContract",
            "loud",
            self.attributes,
            {
                "plugin": kit.changed(PLUGIN, self.plugin),
                "engine": kit.changed(ENGINE, self.engine),
                "weights": kit.changed(WEIGHTS, self.weights),
            },
            **({"only": only} if only else {}),
        )


SHARED_STATE = [
    ("self.threshold = options.threshold", "self.threshold = options.threshold; self.held = np.zeros(0, np.float32)"),
    ("        held = np.zeros(0, np.float32)\n", "        self.held = np.zeros(0, np.float32)\n"),
    ("held = np.concatenate([held, chunk.samples])", "self.held = np.concatenate([self.held, chunk.samples])"),
    ("while len(held) >= STEP", "while len(self.held) >= STEP"),
    ("yield held[:STEP]", "yield self.held[:STEP]"),
    ("held = held[STEP:]", "self.held = self.held[STEP:]"),
]
LOCK = ("self.threshold = options.threshold", "self.threshold = options.threshold; self.lock = __import__('threading').Lock()")
TRANSCRIBE = "    def transcribe(self, audio, request):\n"

FLAWS = {
    "two utterances share the state of one": Flaw(
        {"test_two_utterances_at_once_do_not_mix", "test_an_utterance_may_begin_and_end_within_another"}, engine=SHARED_STATE
    ),
    "the rest of the audio is drained when the iterator is closed": Flaw(
        {"test_closing_early_stops_the_work"},
        engine=[
            (
                TRANSCRIBE,
                TRANSCRIBE
                + "        try:\n            yield from self.inner(audio, request)\n        finally:\n            list(audio)\n\n"
                "    def inner(self, audio, request):\n",
            )
        ],
    ),
    "a thread reads on after the iterator was closed": Flaw(
        {"test_closing_early_stops_the_work"},
        engine=[
            (
                TRANSCRIBE,
                TRANSCRIBE + "        import threading\n        try:\n            yield from self.inner(audio, request)\n"
                "        finally:\n            threading.Thread(target=lambda: list(audio), daemon=True).start()\n\n"
                "    def inner(self, audio, request):\n",
            )
        ],
    ),
    "what an early close leaves behind flows into the next utterance": Flaw(
        {"test_closing_early_frees_the_model"},
        engine=[
            ("self.threshold = options.threshold", "self.threshold = options.threshold; self.left = []"),
            (
                TRANSCRIBE,
                TRANSCRIBE + "        left, self.left, seen = self.left, [], []\n        def kept():\n            yield from left\n"
                "            for chunk in audio:\n                seen.append(chunk)\n                yield chunk\n"
                "        try:\n            yield from self.inner(kept(), request)\n        except GeneratorExit:\n"
                "            self.left = seen\n            raise\n\n    def inner(self, audio, request):\n",
            ),
        ],
    ),
    "a lock is held for the whole utterance": Flaw(
        {"test_an_utterance_may_begin_and_end_within_another"},
        engine=[
            LOCK,
            (
                TRANSCRIBE,
                TRANSCRIBE + "        with self.lock:\n            yield from self.inner(audio, request)\n\n"
                "    def inner(self, audio, request):\n",
            ),
        ],
        attributes="understands_english = False; patience = 5.0",
    ),
    "timestamps go back": Flaw(
        {"test_segments_are_well_formed_and_in_order_of_time"},
        engine=[("return Segment(start, end,", "return Segment(start if start < 3.5 else -0.05, end,")],
    ),
    "timestamps are doubled": Flaw(
        {
            "test_segments_are_well_formed_and_in_order_of_time",
            "test_timestamps_say_where_the_speech_is",
            "test_drafts_are_replaced_by_the_final_text",
        },
        engine=[("return Segment(start, end,", "return Segment(start * 2, end * 2,")],
    ),
    "silence that is skipped is missing from the time": Flaw(
        {"test_timestamps_say_where_the_speech_is"},
        engine=[
            ("            position += 1\n            if loud or run:\n", "            if loud or run:\n                position += 1\n"),
        ],
    ),
    "a wrong sample rate is taken as it comes": Flaw(
        {"test_a_wrong_sample_rate_is_handled[half the rate]", "test_a_wrong_sample_rate_is_handled[three times the rate]"},
        engine=[("if chunk.sample_rate != RATE", "if False")],
    ),
    "text has space around it": Flaw(
        {"test_segments_are_well_formed_and_in_order_of_time"},
        engine=[("Segment(start, end, text", "Segment(start, end, ' ' + text")],
    ),
    "words come though nobody asked": Flaw(
        {"test_segments_are_well_formed_and_in_order_of_time"}, engine=[("words=halves if request.words else ()", "words=halves")]
    ),
    "words are promised and don't come": Flaw(
        {"test_words_lie_in_order_inside_their_segment"}, engine=[("words=halves if request.words else ()", "words=()")]
    ),
    "words are in the wrong order": Flaw(
        {"test_words_lie_in_order_inside_their_segment"}, engine=[("words=halves if", "words=halves[::-1] if")]
    ),
    "samples of a long chunk are lost": Flaw(
        {"test_the_size_of_chunks_makes_no_difference"},
        engine=[
            ("                held = held[STEP:]\n", "                held = held[STEP if len(chunk.samples) < 5000 else 2 * STEP:]\n")
        ],
    ),
    "silence raises": Flaw(
        {f"test_silence_is_no_error[{kind}]" for kind in ("no chunk", "an empty chunk", "one sample", "ten milliseconds")},
        engine=[("        if run:\n", "        if not position:\n            raise ValueError('nothing heard')\n        if run:\n")],
    ),
    "silence becomes text": Flaw(
        {"test_digital_zero_gives_no_text"},
        engine=[
            (
                "        if run:\n",
                "        if not run and position == 50:\n            yield Segment(0, 1, 'Thank you.')\n        if run:\n",
            )
        ],
    ),
    "an unknown language is a ValueError": Flaw(
        {"test_an_impossible_request_is_a_voicebridge_error"}, engine=[("raise NotSupportedError(", "raise ValueError(")]
    ),
    "an error of the source is swallowed": Flaw(
        {"test_an_error_of_the_source_comes_through"},
        engine=[
            (
                "        for chunk in audio:\n",
                "        for chunk in self.calm(audio):\n",
            ),
            (
                "    def segment(self",
                "    def calm(self, audio):\n        try:\n            yield from audio\n        except InputError:\n            pass\n\n"
                "    def segment(self",
            ),
        ],
    ),
    "an error of the source comes out as a RuntimeError": Flaw(
        {"test_an_error_of_the_source_comes_through"},
        engine=[
            ("        for chunk in audio:\n", "        for chunk in self.calm(audio):\n"),
            (
                "    def segment(self",
                "    def calm(self, audio):\n        try:\n            yield from audio\n        except InputError as error:\n"
                "            raise RuntimeError('engine failed') from error\n\n    def segment(self",
            ),
        ],
    ),
    "what is known already comes again": Flaw(
        {"test_what_is_known_already_is_left_out"}, engine=[("if segment.end > request.after:", "if True:")]
    ),
    "what comes after what is known is another text": Flaw(
        {"test_what_is_known_already_is_left_out"},
        engine=[("level {np.abs(sound).mean():.5f}", "level {np.abs(sound).mean():.5f}{' again' if request.after else ''}")],
    ),
    "drafts come undeclared": Flaw({"test_drafts_are_replaced_by_the_final_text"}, plugin=[("partials=True", "partials=False")]),
    "a draft is declared and does not come": Flaw(
        {"test_drafts_are_replaced_by_the_final_text", "test_drafts_come_while_speech_arrives"},
        engine=[("if request.partials and loud:", "if False:")],
    ),
    "a draft reaches back": Flaw(
        {"test_drafts_are_replaced_by_the_final_text"}, engine=[("yield Segment((position - len(run)) * STEP / RATE,", "yield Segment(0,")]
    ),
    "a draft does not become final": Flaw(
        {"test_drafts_are_replaced_by_the_final_text"},
        engine=[
            (
                "            yield from self.rest(run[:-quiet or None]",
                "            yield from () if request.partials else self.rest(run[:-quiet or None]",
            )
        ],
    ),
    "a final segment comes twice": Flaw(
        {"test_drafts_are_replaced_by_the_final_text"},
        engine=[
            ("            yield segment\n", "            yield segment\n            if request.partials:\n                yield segment\n")
        ],
    ),
    "a batch engine calls itself streaming": Flaw(
        {"test_drafts_come_while_speech_arrives", "test_text_comes_while_audio_still_arrives"},
        engine=[("in self.steps(audio)", "in self.steps(list(audio))")],
    ),
    "closing twice raises": Flaw(
        {"test_closing_the_model_twice_does_no_harm"},
        engine=[("    def close(self):\n        pass\n", "    def close(self):\n        del self.threshold\n")],
    ),
    "an unknown folder is a KeyError": Flaw(
        {"test_a_name_that_leads_nowhere_is_a_voicebridge_error"}, engine=[("raise WeightsNotFoundError(", "raise KeyError(")]
    ),
    "an option is undocumented": Flaw(
        {"test_options_are_documented_and_have_valid_defaults"},
        engine=[(', description="How loud a step has to be, as its root mean square."', "")],
    ),
    "an option's default is out of its own range": Flaw(
        {"test_options_are_documented_and_have_valid_defaults"}, engine=[("Field(0.02, gt=0,", "Field(0.02, gt=1,")]
    ),
    "a heavy library is imported with the plugin": Flaw(
        {"test_importing_the_plugin_module_imports_no_library"}, plugin=[("from voicebridge", "import fake.engine\nfrom voicebridge")]
    ),
    "the plugin takes options along": Flaw(
        {"test_importing_the_plugin_module_imports_no_library"},
        plugin=[("from voicebridge import", "from voicebridge import EngineOptions,")],
    ),
    "the model has no description and a made-up language": Flaw(
        {"test_the_descriptor_is_documented"},
        plugin=[('description="Writes down loud stretches.",', ""), ('"en", "haw"', '"en", "klingon"')],
    ),
    "the weights store asks the network where they are": Flaw(
        {"test_weights_are_looked_for_without_the_network"},
        weights=[
            (
                "        return [",
                "        import urllib.request\n        try:\n            urllib.request.urlopen('http://fake.invalid')\n"
                "        except OSError:\n            pass\n        return [",
            )
        ],
    ),
    "a place of the weights has a kind of its own": Flaw(
        {"test_weights_are_looked_for_without_the_network"}, weights=[('WeightsPlace("package"', 'WeightsPlace("cellar"')]
    ),
    "the text has nothing to do with what was said": Flaw({"test_speech_becomes_its_words"}, attributes="min_likeness = 0.5"),
}


def test_a_good_plugin_passes(kit: Kit) -> None:
    passed, skipped, failed = Flaw(set()).run(kit)
    assert not failed
    assert skipped == {"test_speech_becomes_its_words"}
    assert len(passed) > 25


@pytest.mark.heavy
@pytest.mark.parametrize("flaw", FLAWS.values(), ids=FLAWS)
def test_a_broken_plugin_is_caught_by_the_test_of_the_rule_that_it_breaks(flaw: Flaw, kit: Kit) -> None:
    passed, _, failed = flaw.run(kit)
    assert failed == flaw.caught_by
    assert passed


def test_a_plugin_that_does_not_load_passes_nothing_that_needs_it(kit: Kit) -> None:
    passed, _, failed = Flaw(set(), plugin=[("def voicebridge_stt_models", "def voicebridge_stt_modles")]).run(kit)
    assert passed == {"test_importing_the_plugin_module_imports_no_library"}
    assert "test_the_plugin_is_active" in failed


NATIVE = """
import ctypes

def look_up():
    ctypes.CDLL(None).getaddrinfo(b"telemetry.invalid", b"443", None, ctypes.byref(ctypes.c_void_p()))

"""


@pytest.mark.parametrize("sends", [False, True], ids=["a quiet library", "a library that looks up a host from a native thread"])
def test_a_library_that_sends_something_is_found(kit: Kit, sends: bool) -> None:
    need_system_calls()
    begin = "self.threshold = options.threshold"
    watched = Flaw(
        set(), engine=[("import numpy as np\n", f"import numpy as np\n{NATIVE}"), (begin, f"{begin}; look_up()")] if sends else []
    )
    passed, _, failed = watched.run(kit, only=WATCHED)
    assert (passed, failed) == ((set(), {WATCHED}) if sends else ({WATCHED}, set()))
