"""The conformance kit on voices: a correct one passes, and each faulty one fails exactly the tests of the rule that it breaks.

The engine hums: each letter is a short tone, whose pitch depends on the letter and the speaker.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pytest
from voicebridge import AudioChunk
from voicebridge.testing import WatchedText, chunk_faults, speech_faults, tts_rules

if TYPE_CHECKING:
    from core.tests.testing.conftest import Kit

pytest_plugins = ["pytester"]

PLUGIN = """
from voicebridge import TtsSpec, Voice, hookimpl

@hookimpl
def voicebridge_tts_models():
    yield TtsSpec(
        name="hum",
        factory="fake.engine:Engine",
        description="Hums every letter.",
        languages={"en"},
        sample_rate=8_000,
        voices=[Voice("low", "en"), Voice("high", "en")],
        cloning=True,
        speed=True,
        seed=True,
        streaming=True,
        speakers=2,
        open_names="a folder",
    )
"""

ENGINE = """
import numpy as np
from voicebridge import AudioChunk, InputError, NotSupportedError, UnknownNameError, WeightsNotFoundError

RATE = 8_000
VOICES = {None: 200, "low": 150, "high": 300}

class Engine:
    def __init__(self, name, options):
        if name != "hum":
            raise WeightsNotFoundError(f"There is no folder {name}. Give one that exists.")

    def close(self):
        pass

    def synthesize(self, text, request):
        if request.language not in (None, "en"):
            raise NotSupportedError(f"fake/hum doesn't know {request.language}. Use en.")
        dice = np.random.default_rng(request.seed)
        given = 0
        for piece in text:
            pitch = self.pitch(getattr(piece, "voice", None) or request.voice, getattr(piece, "sample", None) or request.sample)
            for word in piece.split():
                letters = [letter for letter in word if letter.isalnum() and letter.isascii()]
                if not letters:
                    continue
                sound = self.hum(letters, pitch, request.speed, dice)
                yield AudioChunk(sound, RATE, given / RATE)
                given += len(sound)

    def pitch(self, voice, sample):
        if voice not in VOICES:
            raise UnknownNameError(f"fake/hum has no voice {voice!r}. It has low and high.")
        if sample is None:
            return VOICES[voice]
        return np.abs(np.fft.rfft(sample.samples)).argmax() / sample.duration

    def hum(self, letters, pitch, speed, dice):
        times = np.arange(round(0.08 * RATE / speed)) / RATE
        tones = [np.sin(2 * np.pi * (pitch + 10 * (ord(letter) % 32)) * times) for letter in letters]
        sound = 0.3 * np.concatenate(tones) + 0.05 * dice.uniform(-1, 1, len(letters) * len(times))
        return sound.astype(np.float32)
"""

SYNTHESIZE = "    def synthesize(self, text, request):\n"
INNER = "    def inner(self, text, request):\n"
CHUNK = "                yield AudioChunk(sound, RATE, given / RATE)\n"


@dataclass
class Flaw:
    """A change that breaks one rule, and the tests that must detect it."""

    caught_by: set[str]
    engine: list[tuple[str, str]] = field(default_factory=list)
    plugin: list[tuple[str, str]] = field(default_factory=list)
    attributes: str = "patience = 20"

    def run(self, kit: Kit) -> tuple[set[str], set[str], set[str]]:
        """The names of the tests that passed, were skipped, and failed."""
        return kit.run(
            "TtsContract", "hum", self.attributes, {"plugin": kit.changed(PLUGIN, self.plugin), "engine": kit.changed(ENGINE, self.engine)}
        )


WELL_FORMED = "test_chunks_are_well_formed_and_follow_each_other"
SPEECH = "test_it_is_speech_that_comes_out"
ENORMOUS = {f"test_an_enormous_piece_is_no_crash[{kind}]" for kind in ("sentences", "no full stop")}
STRANGE = {f"test_strange_text_is_no_error[{kind}]" for kind in tts_rules.STRANGE}
NOTHING = {f"test_where_there_is_no_text_there_is_no_sound[{kind}]" for kind in ("no piece", "an empty piece", "space")}
CHUNKS_OF_ALL_KINDS = {
    WELL_FORMED, *STRANGE, *ENORMOUS, "test_a_sample_is_what_the_voice_is_made_of", "test_a_script_is_spoken_by_its_speakers"
}  # fmt: skip

FLAWS = {
    "samples are doubles": Flaw(CHUNKS_OF_ALL_KINDS, engine=[("sound.astype(np.float32)", "sound")]),
    "samples have an axis too many": Flaw(CHUNKS_OF_ALL_KINDS, engine=[("AudioChunk(sound,", "AudioChunk(sound[:, np.newaxis],")]),
    "samples go beyond 1": Flaw({*CHUNKS_OF_ALL_KINDS, SPEECH}, engine=[("0.3 * np.concatenate", "2.0 * np.concatenate")]),
    "some samples are not numbers": Flaw(
        {*CHUNKS_OF_ALL_KINDS},
        engine=[("        return sound.astype(np.float32)", "        sound[0] = np.nan\n        return sound.astype(np.float32)")],
        attributes="speaks = False",
    ),
    "chunks don't count on": Flaw(
        CHUNKS_OF_ALL_KINDS - ENORMOUS, engine=[("sound, RATE, given / RATE", "sound, RATE, 0.0")]
    ),
    "chunks count on from the reading before": Flaw(
        CHUNKS_OF_ALL_KINDS - {WELL_FORMED},  # which comes first
        engine=[
            ("    def close(self)", "        self.given = 0\n\n    def close(self)"),
            ("given / RATE", "self.given / RATE"),
            ("                given += len(sound)", "                self.given += len(sound)"),
        ],
    ),
    "chunks are empty between words": Flaw(
        CHUNKS_OF_ALL_KINDS, engine=[(CHUNK, CHUNK.replace("sound,", "sound[:0],") + CHUNK)]
    ),
    "chunks have another rate than the descriptor says": Flaw({WELL_FORMED}, plugin=[("sample_rate=8_000", "sample_rate=16_000")]),
    "the rate changes on the way": Flaw(
        CHUNKS_OF_ALL_KINDS - ENORMOUS, engine=[("AudioChunk(sound, RATE,", "AudioChunk(sound, RATE if not given else 2 * RATE,")]
    ),
    "the sound is hardly there": Flaw({SPEECH}, engine=[("sound.astype(np.float32)", "0.005 * sound.astype(np.float32)")]),
    "the sound is clipped": Flaw({SPEECH}, engine=[("sound.astype(np.float32)", "(20 * sound).clip(-1, 1).astype(np.float32)")]),
    "speech is far too long": Flaw({SPEECH}, engine=[("round(0.08 * RATE", "round(0.8 * RATE")]),
    "only the first piece is spoken": Flaw(
        {
            "test_every_piece_is_spoken",
            "test_an_error_of_the_source_comes_through",
        },
        engine=[("        for piece in text:\n", "        for piece in [next(iter(text), '')]:\n")],
    ),
    "the whole text is read before the first sound": Flaw(
        {"test_sound_comes_before_the_text_is_finished"}, engine=[("for piece in text", "for piece in list(text)")]
    ),
    "the rest of the text is drained when the iterator is closed": Flaw(
        {"test_closing_early_stops_the_work"},
        engine=[
            (
                SYNTHESIZE,
                SYNTHESIZE + "        text = iter(text)\n        try:\n            yield from self.inner(text, request)\n"
                "        finally:\n            list(text)\n\n" + INNER,
            )
        ],
    ),
    "what an early close leaves behind flows into the next reading": Flaw(
        {"test_closing_early_frees_the_model"},
        engine=[
            ("    def close(self)", "        self.left = []\n\n    def close(self)"),
            (
                SYNTHESIZE,
                SYNTHESIZE + "        left, self.left = self.left, []\n        yield from left\n        try:\n"
                "            yield from self.inner(text, request)\n        except GeneratorExit:\n"
                "            self.left = [AudioChunk(np.zeros(800, np.float32), RATE)] if isinstance(text, tuple) else []\n"
                "            raise\n\n" + INNER,
            ),
        ],
    ),
    "nothing becomes a sound": Flaw(
        NOTHING,
        engine=[(SYNTHESIZE, SYNTHESIZE + "        if isinstance(text, list) and not ''.join(text).strip():\n            text = ['hm']\n")],
    ),
    "strange text is a ValueError": Flaw(
        {f"test_strange_text_is_no_error[{kind}]" for kind in ("control characters", "half a surrogate pair")},
        engine=[
            (
                "            for word in piece.split():\n",
                "            piece.encode()\n            if '\\0' in piece:\n                raise ValueError('NUL')\n"
                "            for word in piece.split():\n",
            )
        ],
    ),
    "an enormous piece is a MemoryError": Flaw(
        ENORMOUS,
        engine=[
            (
                "            for word in piece.split():\n",
                "            if len(piece) > 50_000:\n                raise MemoryError\n            for word in piece.split():\n",
            )
        ],
    ),
    "an unknown voice is another voice": Flaw(
        {"test_an_unknown_voice_is_a_voicebridge_error"},
        engine=[("if voice not in VOICES:", "if voice not in VOICES:\n            return 100")],
    ),
    "an unknown voice is a KeyError": Flaw(
        {"test_an_unknown_voice_is_a_voicebridge_error"}, engine=[("raise UnknownNameError(", "raise KeyError(")]
    ),
    "a listed voice is not known": Flaw({"test_every_listed_voice_speaks"}, plugin=[('Voice("high", "en")', 'Voice("highest", "en")')]),
    "an unknown language is a ValueError": Flaw(
        {"test_an_impossible_language_is_a_voicebridge_error"}, engine=[("raise NotSupportedError(", "raise ValueError(")]
    ),
    "an error of the source is swallowed": Flaw(
        {"test_an_error_of_the_source_comes_through"},
        engine=[
            (
                SYNTHESIZE,
                SYNTHESIZE + "        try:\n            yield from self.inner(text, request)\n"
                "        except InputError:\n            pass\n\n" + INNER,
            )
        ],
    ),
    "two readings share the state of one": Flaw(
        {"test_two_readings_at_once_do_not_mix", "test_a_reading_may_begin_and_end_within_another"},
        engine=[
            ("dice = np.random", "self.dice = np.random"),
            ("request.speed, dice)", "request.speed, self.dice)"),
        ],
    ),
    "a lock is held for the whole reading": Flaw(
        {"test_a_reading_may_begin_and_end_within_another"},
        engine=[
            ("    def close(self)", "        self.lock = __import__('threading').Lock()\n\n    def close(self)"),
            (SYNTHESIZE, SYNTHESIZE + "        with self.lock:\n            yield from self.inner(text, request)\n\n" + INNER),
        ],
        attributes="patience = 5.0",
    ),
    "the seed makes no difference": Flaw(
        {
            "test_the_same_seed_gives_the_same_sound",
            "test_closing_early_frees_the_model",
            "test_an_error_of_the_source_comes_through",
            "test_two_readings_at_once_do_not_mix",
            "test_a_reading_may_begin_and_end_within_another",
        },
        engine=[("default_rng(request.seed)", "default_rng()")],
    ),
    "speed is taken for length": Flaw({"test_speed_changes_how_long_it_takes"}, engine=[("0.08 * RATE / speed", "0.08 * RATE * speed")]),
    "speed makes no difference": Flaw({"test_speed_changes_how_long_it_takes"}, engine=[("0.08 * RATE / speed", "0.08 * RATE")]),
    "a sample makes no difference": Flaw(
        {"test_a_sample_is_what_the_voice_is_made_of"}, engine=[("if sample is None:", "if True:")]
    ),
    "lines of a script are not taken for text": Flaw(
        {"test_a_script_is_spoken_by_its_speakers"},
        engine=[("            for word in piece.split():\n", "            for word in piece.split() if type(piece) is str else ():\n")],
    ),
    "closing twice raises": Flaw(
        {"test_closing_the_model_twice_does_no_harm"},
        engine=[
            ("    def close(self):\n        pass\n", "        self.voices = VOICES\n\n    def close(self):\n        del self.voices\n"),
        ],
    ),
    "an unknown folder is a KeyError": Flaw(
        {"test_a_name_that_leads_nowhere_is_a_voicebridge_error"}, engine=[("raise WeightsNotFoundError(", "raise KeyError(")]
    ),
}  # fmt: skip


def test_a_good_voice_passes(kit: Kit) -> None:
    passed, skipped, failed = Flaw(set()).run(kit)
    assert not failed
    assert skipped == {"test_options_are_documented_and_have_valid_defaults", "test_weights_are_looked_for_without_the_network"}
    assert len(passed) > 30


def test_a_voice_that_can_do_little_passes_as_well(kit: Kit) -> None:
    """Without a seed two outputs differ, so only their durations are compared; unsupported features are not tried."""
    promises = ["cloning", "speed", "seed", "streaming"]
    modest = Flaw(
        set(),
        plugin=[*((f"        {name}=True,\n", "") for name in promises), ("        speakers=2,\n", "")],
        engine=[("default_rng(request.seed)", "default_rng()")],
    )
    passed, skipped, failed = modest.run(kit)
    assert not failed
    assert len(skipped) == 2 + len(promises) + 1
    assert "test_closing_early_stops_the_work" in passed


@pytest.mark.heavy
@pytest.mark.parametrize("flaw", FLAWS.values(), ids=FLAWS)
def test_a_broken_voice_is_caught_by_the_test_of_the_rule_that_it_breaks(flaw: Flaw, kit: Kit) -> None:
    passed, _, failed = flaw.run(kit)
    assert failed == flaw.caught_by
    assert passed


def tone(seconds: float = 2.0, level: float = 0.3, rate: int = 8_000) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return (level * np.sin(2 * np.pi * 200 * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


@pytest.mark.parametrize(
    ("chunks", "rate", "fault"),
    [
        ([], 8_000, None),
        ([AudioChunk(tone(1), 8_000), AudioChunk(tone(1), 8_000, 1.0)], 8_000, None),
        ([AudioChunk(tone(1), 22_050)], None, None),
        ([AudioChunk(tone(1), 22_050)], 8_000, "22050 Hz, not 8000"),
        ([AudioChunk(tone(1), 8_000), AudioChunk(tone(1), 8_000)], None, "chunk 1 starts at 0.0000 s, but 1.0000 s"),
        ([AudioChunk(tone(1, level=1.5), 8_000)], None, "reaches 1.50"),
        ([AudioChunk(tone(0), 8_000)], None, "no samples"),
        ([AudioChunk(tone(1) * np.float32("nan"), 8_000)], None, "not finite"),
        ([AudioChunk(tone(1).astype(np.float64), 8_000)], None, "float64[8000], not float32"),
        ([AudioChunk([0.0], 8_000)], None, "is list"),  # type: ignore[arg-type]
    ],
)
def test_chunks_say_what_they_are_and_where(chunks: list[AudioChunk], rate: int | None, fault: str | None) -> None:
    faults = chunk_faults(chunks, rate)
    assert faults == [] if fault is None else len(faults) == 1 and fault in faults[0]


@pytest.mark.parametrize(
    ("seconds", "level", "fault"),
    [
        (2.0, 0.3, None),
        (2.0, 0.001, "silence"),
        (2.0, 30.0, "clipped"),
        (0.2, 0.3, "take 0.20 s"),
        (20, 0.3, "20.00 s"),
        (0, 0, "no sound"),
    ],
)
def test_speech_is_heard_and_as_long_as_its_text(seconds: float, level: float, fault: str | None) -> None:
    sound = tone(seconds, level).clip(-1, 1)
    faults = speech_faults(sound, 8_000, "Thirty characters of some text.", (5, 30))
    assert faults == [] if fault is None else len(faults) == 1 and fault in faults[0]


def test_text_that_is_watched_counts_its_pieces() -> None:
    watched = WatchedText(["a", "b", "c"])
    assert [next(watched), next(watched)] == ["a", "b"]
    assert watched.taken == 2
