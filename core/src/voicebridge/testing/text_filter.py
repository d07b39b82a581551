"""Conformance tests for text filters."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest

from voicebridge.extension_ports import TextContext, TextFilter
from voicebridge.extensions import STAGES, TextFilterSpec
from voicebridge.runtime.current import set_current
from voicebridge.runtime.extensions import Extension
from voicebridge.speech import Segment
from voicebridge.testing.extensions import check_descriptor, extension_of, registry_of
from voicebridge.testing.model import expect_none
from voicebridge.testing.network import no_network
from voicebridge.testing.threads import StillRunningError, run_together

TEXTS = (
    "Please call Stella.",
    "x",
    "Grüße an 北京 und Αθήνα 😀 — “ok”…",
    "مرحبا بالعالم",
    "สวัสดีชาวโลก",
    "First line.\nSecond line.\n",
    "1.5 % of $3,000 & <b>more</b> \\1 %s {0}",
)
"""Texts that a filter may be given."""
LONG = "The quick brown fox jumps over the lazy dog. " * 2000
"""A text of 90,000 characters, as of a dictation without pauses."""
_CREATION = 60.0
"""Seconds for creating a filter."""


class TextFilterContract:
    """The rules for a text filter. Derive a test class, and set ``text_filter``."""

    text_filter: ClassVar[str]
    """Full name of the filter to test, ``plugin/name``."""
    texts: ClassVar[tuple[str, ...]] = TEXTS
    """Texts to test with; add some that it changes."""
    repeatable: ClassVar[bool] = True
    """Whether equal texts in equal contexts have equal results. ``False`` for filters that use randomness, such as language models."""
    quick: ClassVar[float] = 1.0
    """Maximum seconds for a short text, after the first."""

    @pytest.fixture(scope="class")
    @classmethod
    def found(cls) -> Extension[TextFilterSpec]:
        """The filter as found by its name, in a run with the default configuration."""
        registry = registry_of(cls.text_filter)
        set_current(lambda: registry)  # filters read their settings from Host.current()
        return extension_of(cls.text_filter, TextFilterSpec)

    @pytest.fixture(scope="class")
    @classmethod
    def made(cls, found: Extension[TextFilterSpec]) -> Any:
        """The filter, created once for all tests of the class."""
        return _in_time(lambda: found.make(TextFilter), _CREATION)

    def test_the_descriptor_is_documented_and_light(self, found: Extension[TextFilterSpec]) -> None:
        """The filter has a description, and the plugin's module imports no library.

        Troubleshooting: every command imports this module; import libraries in the module that ``factory`` refers to.
        """
        check_descriptor(found)

    @pytest.mark.parametrize("stage", STAGES)
    def test_it_returns_text(self, stage: str, found: Extension[TextFilterSpec], made: TextFilter) -> None:
        """The result of any text is a str that can be written as UTF-8 and is not blank, whatever is known about the text.

        Troubleshooting: return the text unchanged if there is nothing to do, and don't rely on any field of the context.
        """
        if stage not in found.spec.stages:
            pytest.skip(f"{found.full_name} is not for {stage}")
        faults = []
        for text in self.texts:
            for context in (TextContext(stage=stage), _full_context(stage, text)):
                faults += _faults(text, _in_time(lambda text=text, context=context: made.filter(text, context), found.spec.seconds))  # type: ignore[misc]
        expect_none(faults)

    def test_a_long_text_is_in_time(self, found: Extension[TextFilterSpec], made: TextFilter) -> None:
        """90,000 characters take less than the descriptor's ``seconds``.

        Troubleshooting: avoid patterns that look back, and loops over all characters for each word; or raise ``seconds``.
        """
        expect_none(_faults(LONG, _in_time(lambda: made.filter(LONG, _context(found)), found.spec.seconds), called="a long text"))

    def test_it_is_quick(self, found: Extension[TextFilterSpec], made: TextFilter) -> None:
        """A short text takes less than ``quick`` seconds, after the first one.

        Troubleshooting: load dictionaries and models in the constructor. Filters run for every sentence.
        """
        took = []
        for _ in range(4):
            began = time.perf_counter()
            made.filter(self.texts[0], _context(found))
            took.append(time.perf_counter() - began)
        # The quickest counts: what else the machine does makes times longer, never shorter.
        expect_none([f"a short text takes {min(took[1:]):.2f} s"] if min(took[1:]) > self.quick else [])

    def test_equal_texts_have_equal_results(self, found: Extension[TextFilterSpec], made: TextFilter) -> None:
        """The result depends only on the text and its context, so that a resumed transcript is like an uninterrupted one.

        Troubleshooting: keep no state between texts: :attr:`TextContext.before` has the text before. If results vary by design, set
        ``repeatable = False``.
        """
        if not self.repeatable:
            pytest.skip("repeatable is False")
        first = [made.filter(text, _context(found)) for text in self.texts]
        again = [made.filter(text, _context(found)) for text in reversed(self.texts)][::-1]
        expect_none(
            [f"{text!r} became {one!r}, then {two!r}" for text, one, two in zip(self.texts, first, again, strict=True) if one != two]
        )

    def test_it_can_be_called_from_any_thread(self, found: Extension[TextFilterSpec], made: TextFilter) -> None:
        """Each call may come from another thread, one at a time, and leaves no thread behind.

        Troubleshooting: open what belongs to one thread, such as a connection of sqlite3, so that others may use it; end threads before
        returning, or start them in the constructor.
        """
        before = set(threading.enumerate())
        faults = []
        for _ in range(2):
            try:
                _in_time(lambda: made.filter(self.texts[0], _context(found)), found.spec.seconds)
            except Exception as error:  # of any kind: it is the plugin's
                faults.append(f"from another thread: {type(error).__name__}: {error}")
        left = [thread.name for thread in set(threading.enumerate()) - before if thread.is_alive()]
        expect_none([*faults, *(f"it leaves the thread {name!r}" for name in left)])

    def test_it_opens_no_connection(self, found: Extension[TextFilterSpec]) -> None:
        """Neither creating the filter nor calling it uses the network: it sees everything that is said.

        Troubleshooting: if users want a service on the network, let them name it in the plugin's settings, say so in the documentation,
        and mark this test ``xfail``. Connections to this machine count too.
        """
        with no_network() as attempts:
            try:
                made = _in_time(lambda: found.make(TextFilter), _CREATION)
                _in_time(lambda: made.filter(self.texts[0], _context(found)), found.spec.seconds)
            except Exception as error:  # of any kind: without the network, it may fail
                if not attempts:
                    pytest.fail(f"{type(error).__name__}: {error}")
        expect_none([f"a connection was opened: {attempt}" for attempt in attempts])


def _in_time(do: Callable[[], Any], seconds: float) -> Any:
    __tracebackhide__ = True
    try:
        return run_together([do], seconds)[0]
    except StillRunningError:
        pytest.fail(f"it takes longer than {seconds:g} s")


def _context(found: Extension[TextFilterSpec]) -> TextContext:
    return TextContext(stage=next(stage for stage in STAGES if stage in found.spec.stages))


def _full_context(stage: str, text: str) -> TextContext:
    segments = (Segment(1.0, 2.5, text, language="en"),) if stage != "speech" else ()
    source = Path("talk.mp3") if stage != "dictation" else None
    return TextContext(stage=stage, language="en", before="What was said before.", segments=segments, source=source, profile="work")


def _faults(text: str, result: Any, *, called: str = "") -> list[str]:
    what = called or repr(text)
    if not isinstance(result, str):
        return [f"the result of {what} is {type(result).__name__} instead of str"]
    if not result.strip():
        return [f"the result of {what} is blank: return the text unchanged instead"]
    try:
        result.encode()
    except UnicodeEncodeError:
        return [f"the result of {what} has half characters (surrogates)"]
    return []
