"""The contract of text filters passes a good one, and catches every fault that is planted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from core.tests.testing.conftest import Kit

pytest_plugins = ["pytester"]

PLUGIN = """
from voicebridge import TextFilterSpec, hookimpl

@hookimpl
def voicebridge_text_filters():
    yield TextFilterSpec(name="loud", factory="fake.filter:Loud", stages=["transcript", "speech"], description="Loud.", seconds=5)
"""
FILTER = """
import itertools
import socket
import threading
import time

COUNT = itertools.count()
END = threading.Event()


class Loud:
    def __init__(self):
        self.thread = threading.get_ident()

    def filter(self, text, context):
        return text.upper()
"""
BODY = "return text.upper()"


def run(kit: Kit, *changes: tuple[str, str], plugin: str = PLUGIN, attributes: str = "pass") -> tuple[set[str], set[str], set[str]]:
    modules = {"plugin": plugin, "filter": kit.changed(FILTER, changes)}
    return kit.run("TextFilterContract", "loud", attributes, modules, only="test", subject="text_filter")


def test_a_good_filter_passes(kit: Kit) -> None:
    passed, skipped, failed = run(kit)
    assert failed == set()
    assert skipped == {"test_it_returns_text[dictation]"}
    assert len(passed) == 8


@pytest.mark.parametrize(
    ("body", "caught"),
    [
        ("return None", "test_it_returns_text[speech]"),
        ("return text.encode()", "test_it_returns_text[transcript]"),
        ("return ' '", "test_it_returns_text[speech]"),
        ("return text if text.isascii() else ''", "test_it_returns_text[speech]"),
        ("return text.encode('ascii').decode()", "test_it_returns_text[speech]"),
        ("return text + chr(0xdc00)", "test_it_returns_text[speech]"),
        ("return context.language.upper()", "test_it_returns_text[speech]"),
        ("return text if len(text) < 50_000 else END.wait()", "test_a_long_text_is_in_time"),
        ("time.sleep(0.3); return text", "test_it_is_quick"),
        ("return f'{text}{next(COUNT)}'", "test_equal_texts_have_equal_results"),
        ("assert threading.get_ident() == self.thread; return text", "test_it_can_be_called_from_any_thread"),
        ("threading.Thread(target=END.wait, daemon=True).start(); return text", "test_it_can_be_called_from_any_thread"),
        ("socket.create_connection(('127.0.0.1', 9)); return text", "test_it_opens_no_connection"),
    ],
)
def test_a_planted_fault_is_caught(kit: Kit, body: str, caught: str) -> None:
    attributes = "quick = 0.2" if "sleep" in body else "pass"
    _, _, failed = run(kit, (BODY, body), attributes=attributes)
    assert caught in failed


def test_a_connection_whose_failure_is_hidden_is_caught(kit: Kit) -> None:
    hidden = """
        try:
            socket.create_connection(("127.0.0.1", 9))
        except OSError:
            pass
        return text"""
    _, _, failed = run(kit, (BODY, hidden))
    assert failed == {"test_it_opens_no_connection"}


def test_a_filter_may_be_excused_from_equal_results(kit: Kit) -> None:
    _, skipped, failed = run(kit, (BODY, "return f'{text}{next(COUNT)}'"), attributes="repeatable = False")
    assert failed == set()
    assert "test_equal_texts_have_equal_results" in skipped


def test_a_plugin_that_imports_a_library_or_describes_nothing_is_caught(kit: Kit) -> None:
    plugin = "import numpy\n" + PLUGIN.replace('description="Loud."', 'description=""')
    _, _, failed = run(kit, plugin=plugin)
    assert failed == {"test_the_descriptor_is_documented_and_light"}
