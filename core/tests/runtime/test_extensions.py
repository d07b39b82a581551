"""What plugins add besides models and services: found by name, and created with the blame on the plugin."""

from __future__ import annotations

import logging
from threading import Event
from typing import Any

import pytest
from voicebridge.errors import AmbiguousNameError, PluginError, UnknownNameError
from voicebridge.extension_ports import TextFilter
from voicebridge.extensions import TextFilterSpec
from voicebridge.runtime.extensions import Extension, extensions, named
from voicebridge.runtime.owner import Owner
from voicebridge.runtime.plugins import load_plugins

LOUD = "    def filter(self, text, context): return text.upper()"


@pytest.fixture
def filters(site: Any) -> Any:
    """Install a plugin with a text filter, whose class has the given body."""

    def install(
        name: str = "acme", body: str = "    def filter(self, text, context): return text.upper()"
    ) -> list[Extension[TextFilterSpec]]:
        site.install(
            name,
            """
            from voicebridge import TextFilterSpec, hookimpl

            @hookimpl
            def voicebridge_text_filters():
                yield TextFilterSpec(name="loud", factory="PACKAGE.engine:Loud", stages=["dictation"])
            """,
            engine=f"import sys\nclass Loud:\n{body}\n",
        )
        return extensions(load_plugins(lambda name, _: name not in ("desktop",)), TextFilterSpec)

    return install


def test_an_extension_is_found_by_its_full_and_its_short_name(filters: Any) -> None:
    found = filters()
    assert named("acme/loud", found, "text filter") is named("loud", found, "text filter")
    with pytest.raises(UnknownNameError, match="No text filter is named 'lod'. Did you mean 'loud'"):
        named("lod", found, "text filter")
    with pytest.raises(UnknownNameError, match="No active plugin provides one"):
        named("loud", [], "text filter")


def test_a_short_name_of_two_plugins_is_ambiguous(filters: Any) -> None:
    filters("acme")
    found = filters("rival")
    with pytest.raises(AmbiguousNameError, match="'loud' is ambiguous: acme/loud, rival/loud. Use a full name."):
        named("loud", found, "text filter")
    assert named("rival/loud", found, "text filter").plugin.name == "rival"


def test_it_is_created_on_first_use(filters: Any) -> None:
    (found,) = filters()
    assert found.make(TextFilter).filter("text", None) == "TEXT"


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("    def __init__(self): raise ValueError('bad luck')", "failed: ValueError: bad luck"),
        ("    def __init__(self): sys.exit(3)", "failed: "),
        ("    def strain(self): pass", "is a Loud, which has no method filter"),
    ],
)
def test_one_that_cannot_be_created_is_named_with_its_package(body: str, what: str, filters: Any) -> None:
    (found,) = filters(body=body)
    with pytest.raises(PluginError) as raised:
        found.make(TextFilter)
    assert what in str(raised.value)
    assert str(raised.value).startswith("The text filter acme/loud ")
    assert "Report it to the maintainers of" in str(raised.value)


OWNER = Owner("The text filter acme/loud", "acme-filters", "acme")


def test_code_that_takes_too_long_is_given_up() -> None:
    end = Event()
    with pytest.raises(
        PluginError, match="The text filter acme/loud took longer than 0.05 s. Report it to the maintainers of acme-filters."
    ):
        OWNER.within(0.05, end.wait)
    end.set()
    assert OWNER.within(60, lambda: "done") == "done"


def test_a_time_out_of_the_code_itself_is_its_failure() -> None:
    def fail() -> None:
        raise TimeoutError("no answer")

    with pytest.raises(PluginError, match="failed: TimeoutError: no answer"):
        OWNER.within(60, fail)


def test_what_the_code_prints_is_logged(capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "acme"):
        OWNER.within(60, lambda: print("hello"))  # noqa: T201 - as a plugin might
    assert capsys.readouterr().out == ""
    assert caplog.messages == ["hello"]
