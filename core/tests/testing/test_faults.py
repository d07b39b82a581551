"""The conformance kit's rules on plain values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydantic import Field
from voicebridge import EngineOptions, Segment, SttSpec, WeightsPlace, Word
from voicebridge.testing import (
    FOX,
    WatchedAudio,
    descriptor_faults,
    draft_faults,
    foreign_imports,
    in_chunks,
    option_faults,
    place_faults,
    segment_faults,
    word_faults,
)
from voicebridge.testing.faults import reference_faults
from voicebridge.testing.network import no_network
from voicebridge.testing.texts import likeness
from voicebridge.testing.threads import StillRunningError, Turnstile, run_together


def spec(**changes: object) -> SttSpec:
    return SttSpec(**{"name": "tiny", "factory": "json:loads", "description": "Small.", **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("segments", "fault"),
    [
        ([Segment(0, 1, "one"), Segment(1, 2, "two")], None),
        ([Segment(0, 1, "one"), Segment(0.5, 1, "overlapping")], None),
        ([Segment(0, 2.05, "padded")], None),
        ([Segment(0, 1, "a guess", final=False), Segment(0, 1, "final")], None),
        ([Segment(1, 2, "one"), Segment(0, 1, "two")], "starts at 0.00 s, before"),
        ([Segment(1, 0.5, "one")], "ends before it starts"),
        ([Segment(0, 3, "one")], "outside the audio"),
        ([Segment(-1, 1, "one")], "outside the audio"),
        ([Segment(0, 1, " one")], "space around it"),
        ([Segment(0, 1, " ")], "empty"),
        ([Segment(0, 1, "a guess", final=False)], "not final"),
    ],
)
def test_segments_lie_in_order_within_the_audio(segments: list[Segment], fault: str | None) -> None:
    assert_fault(segment_faults(segments, duration=2.0), fault)


@pytest.mark.parametrize(
    ("segments", "fault"),
    [
        ([Segment(0, 1, "a", final=False), Segment(0, 1.5, "a guess", final=False), Segment(0, 2, "final")], None),
        ([Segment(0, 1, "one"), Segment(1, 2, "hm", final=False), Segment(1, 1, "", final=False), Segment(1, 2, "two")], None),
        ([Segment(0, 1, "one"), Segment(0, 2, "one tw", final=False), Segment(1, 2, "two")], "begins before 1.00 s"),
        ([Segment(0, 3, "a guess", final=False), Segment(0, 2, "final")], "outside the audio"),
        ([Segment(0, 1, "one"), Segment(1, 2, "tw", final=False)], "a draft at the end"),
        ([Segment(0, 2, "one two", final=False), Segment(0, 1, "one")], "a draft reached 2.00 s"),
        ([Segment(0, 1, "one"), Segment(0, 1, "one")], "came already"),
    ],
)
def test_drafts_are_replaced_by_final_segments(segments: list[Segment], fault: str | None) -> None:
    found = draft_faults(segments, duration=2.0)
    assert not found if fault is None else any(fault in each for each in found), found


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ((Word(0, 1, "one"), Word(1, 2, "two")), None),
        ((), "no words"),
        ((Word(1, 2, "two"), Word(0, 1, "one")), "starts before"),
        ((Word(0, 3, "one"),), "outside its segment"),
        ((Word(0, 1, " one"),), "space"),
    ],
)
def test_words_lie_in_order_within_their_segment(words: tuple[Word, ...], fault: str | None) -> None:
    assert_fault(word_faults(Segment(0, 2, "one two", words=words)), fault)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"languages": {"en", "jw", "haw", "yue"}}, None),
        ({"description": " "}, "description is empty"),
        ({"description": "one\ntwo"}, "more than one line"),
        ({"languages": {"english"}}, "'english'"),
        ({"languages": {"xx"}}, "'xx'"),
        ({"sample_rate": 0}, "Hertz"),
    ],
)
def test_a_descriptor_is_documented(changes: dict[str, object], fault: str | None) -> None:
    assert_fault(descriptor_faults(spec(**changes)), fault)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"options": "voicebridge:EngineOptions"}, None),
        ({"factory": "no_such_package:Engine"}, "factory"),
        ({"factory": "json:no_such_attribute"}, "factory"),
        ({"factory": "json:__name__"}, "can't be called"),
        ({"options": "json:loads"}, "not a subclass of EngineOptions"),
        ({"weights": "no_such_package:Store"}, "weights"),
    ],
)
def test_a_reference_leads_to_the_right_kind_of_thing(changes: dict[str, object], fault: str | None) -> None:
    assert_fault(reference_faults(spec(**changes)), fault)


class Documented(EngineOptions):
    beams: int = Field(5, ge=1, description="How many.")
    names: tuple[str, ...] = Field((), description="Which.")


class Undocumented(EngineOptions):
    beams: int = 5


class Required(EngineOptions):
    beams: int = Field(description="How many.")


class IllTyped(EngineOptions):
    beams: int = Field("five", description="How many.")  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("options", "fault"),
    [(Documented, None), (Undocumented, "no description"), (Required, "no default"), (IllTyped, "expected a whole number, got 'five'")],
)
def test_options_are_documented_and_have_valid_defaults(options: type[EngineOptions], fault: str | None) -> None:
    assert_fault(option_faults(options), fault)


@pytest.mark.parametrize(
    ("places", "fault"),
    [
        ([WeightsPlace("cache", "/somewhere", found=False), WeightsPlace("hub", "acme/tiny", found=True, local=False)], None),
        ([], "empty"),
        (["/somewhere"], "no WeightsPlace"),
        ([WeightsPlace("cellar", "/somewhere", found=False)], "cellar"),
        ([WeightsPlace("cache", "", found=False)], "where"),
        ([WeightsPlace("hub", "acme/tiny", found=True)], "local=False"),
    ],
)
def test_places_of_weights_are_well_formed(places: list[object], fault: str | None) -> None:
    assert_fault(place_faults(places), fault)


def test_a_foreign_import_is_named_with_the_chain_that_leads_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    package = tmp_path / "acme"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "plugin.py").write_text("import json\nfrom voicebridge import hookimpl\nfrom acme import engine\n")
    (package / "engine.py").write_text("import numpy.fft\n")
    assert foreign_imports("acme.plugin") == ["acme.plugin → acme.engine → numpy"]
    assert foreign_imports("acme.plugin", allowed=["numpy"]) == []


def test_a_plugin_that_can_not_be_imported_is_a_fault_of_its_own() -> None:
    assert_fault(foreign_imports("no_such_package.plugin"), "No module named 'no_such_package'")


def test_connections_are_refused_and_noted() -> None:
    import socket
    from urllib.request import urlopen

    with no_network() as attempts, pytest.raises(OSError, match="off the network"):
        urlopen("http://localhost:9")
    assert attempts == ["localhost"]
    assert socket.getaddrinfo("127.0.0.1", 80)


def test_chunks_hold_the_whole_sound_and_know_their_time() -> None:
    sound = FOX.at(8_000)
    watched = WatchedAudio(in_chunks(sound, 8_000, [5, 0, 100]))
    chunks = list(watched)
    assert np.array_equal(np.concatenate([chunk.samples for chunk in chunks]), sound)
    assert chunks[3].start == 105 / 8_000
    assert watched.ended
    assert watched.seconds == pytest.approx(len(sound) / 8_000)


def test_a_sample_lasts_as_long_at_any_rate() -> None:
    assert len(FOX.at(8_000)) / 8_000 == pytest.approx(len(FOX.at(44_100)) / 44_100, abs=0.01)


def test_a_thread_that_hangs_is_told_and_one_that_fails_raises() -> None:
    import threading

    forever = threading.Event()
    with pytest.raises(StillRunningError, match=r"0\.05 s"):
        run_together([forever.wait], patience=0.05)
    forever.set()
    with pytest.raises(ZeroDivisionError):
        run_together([lambda: 1 / 0, lambda: 1.0], patience=60)
    assert run_together([lambda: 1, lambda: 2], patience=60) == [1, 2]


def test_the_turnstile_keeps_streams_in_step() -> None:
    order: list[int] = []
    turnstile = Turnstile(2, patience=60)

    def take(stream: int) -> None:
        for _ in turnstile.through(stream, in_chunks(FOX.at(8_000), 8_000)):
            order.append(stream)  # noqa: PERF401 - one at a time is the point

    run_together([lambda: take(0), lambda: take(1)], patience=60)
    counts = [abs(order[:n].count(0) - order[:n].count(1)) for n in range(len(order))]
    assert max(counts) <= 2


def test_likeness_looks_at_words_alone() -> None:
    assert likeness("the quick, brown FOX", "The quick brown fox.") == 1.0
    assert likeness("the quick frown socks", "The quick brown fox.") == 0.5


def assert_fault(faults: list[str], expected: str | None) -> None:
    if expected is None:
        assert faults == []
    else:
        assert len(faults) == 1
        assert expected in faults[0]
