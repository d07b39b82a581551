"""Filters of dictated text: a planted plugin's, and the user's command, with real speech and a real window."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from voicebridge.testing.processes import wait_until
from voicebridge.testing.sounds import FOX

if TYPE_CHECKING:
    from tests.dictation.conftest import Desk

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="desktops of a test's own exist on Linux alone")

PLUGIN = """
    from voicebridge import Segment, SttSpec, TextFilterSpec, hookimpl

    @hookimpl
    def voicebridge_text_filters():
        yield TextFilterSpec(name="loud", factory="planted_tune:Loud", stages=["dictation"], seconds=2)

    @hookimpl
    def voicebridge_stt_models():
        yield SttSpec(name="ear", factory="planted_tune:Ear", translate=True)

    class Loud:
        def filter(self, text, context):
            {body}

    class Ear:
        def __init__(self, name, options):
            pass

        def transcribe(self, audio, request):
            for _ in audio:
                pass
            yield Segment(0.0, 0.1, "Good morning.", language="de")

        def close(self):
            pass
"""

Plant = Callable[[str], dict[str, str]]


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    """Install a plugin whose filter has the given body, and return the variables with which it is found."""

    def install(body: str) -> dict[str, str]:
        site = tmp_path / "site"
        info = site / "tune_plugin-1.0.dist-info"
        info.mkdir(parents=True)
        (site / "planted_tune.py").write_text(textwrap.dedent(PLUGIN).format(body=body))
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tune-plugin\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("[voicebridge]\ntune = planted_tune\n")
        return {"PYTHONPATH": str(site)}

    return install


def test_a_plugin_and_then_the_command_filter_what_is_inserted(desk: Desk, plant: Plant) -> None:
    target = desk.x.open_entry()
    command = 'sh -c \'cat; printf " %s" "$VOICEBRIDGE_STAGE"; test -n "$VOICEBRIDGE_WINDOW_TITLE" && printf " titled"\''
    desk.run("config", "set", "filters.command", command)
    with desk.dictate(**plant("return text.upper()")) as dictation:
        desk.hold(dictation)
        expected = f"{FOX.text.upper()} dictation titled"
        wait_until(lambda: target.text() == expected, lambda: f"the fox in {target.text()!r}", dictation.process)
    assert desk.run("history", "show").rstrip().endswith(expected)


def test_the_language_of_a_translated_dictation_is_english(desk: Desk, plant: Plant) -> None:
    target = desk.x.open_entry()
    installed = plant("return f'{context.language} {context.segments[0].language}'")
    with desk.dictate(model="tune/ear", VOICEBRIDGE_STT_TRANSLATE="true", **installed) as dictation:
        desk.hold(dictation)
        wait_until(lambda: target.text() == "en de", lambda: f"the languages in {target.text()!r}", dictation.process)


def test_without_filters_the_text_is_as_recognised(desk: Desk, plant: Plant, wait_for_fox: Callable[..., None]) -> None:
    target = desk.x.open_entry()
    with desk.dictate("--no-filters", **plant("return 'something else'")) as dictation:
        desk.hold(dictation)
        wait_for_fox(target)


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("raise ValueError(text)", "failed with ValueError"),
        ("raise SystemExit(text)", "failed with SystemExit"),
        ("import threading; threading.Event().wait()", "took longer than 2 s"),
        ("return 1", "returned int instead of str"),
    ],
)
def test_a_faulty_filter_costs_no_dictation(desk: Desk, plant: Plant, wait_for_fox: Callable[..., None], body: str, what: str) -> None:
    target = desk.x.open_entry()
    with desk.dictate(**plant(body)) as dictation:
        desk.hold(dictation)
        wait_for_fox(target)
        dictation.wait_for(f"The text filter tune/loud {what}. Report it to the maintainers of tune-plugin. The unfiltered text is used.")
        assert "quick" not in dictation.said.lower()
