"""The choice of filters, and filters of plugins with every fault."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from voicebridge.errors import ConfigError
from voicebridge.extension_ports import TextContext
from voicebridge.filters.filtering import FilterError, FilterProblems
from voicebridge.runtime.config import Config
from voicebridge.runtime.filters import text_filters
from voicebridge.runtime.plugins import load_plugins
from voicebridge.runtime.registry import Registry

CONTEXT = TextContext(stage="dictation")
SECRET = "the secret words"

PLUGIN = """
    from voicebridge import TextFilterSpec, hookimpl

    @hookimpl
    def voicebridge_text_filters():
        common = dict(factory="PACKAGE.engine:Filter", seconds={seconds})
        yield TextFilterSpec(name="{name}", stages=["dictation", "transcript"], order={order}, automatic={automatic}, **common)
"""

Make = Callable[..., Registry]


@pytest.fixture
def make(site: Any) -> Make:
    """Install plugins with a filter each, and read a configuration; the body of ``filter`` is given by the plugin's name."""

    def registry(filters: dict[str, Any] | None = None, environment: dict[str, str] | None = None, **bodies: str) -> Registry:
        for name, body in bodies.items():
            head, _, rest = body.partition(":")
            known = {"order": 0, "automatic": True, "seconds": 10.0} | dict(each.split("=") for each in head.split())
            engine = f"import sys, threading\nclass Filter:\n    def filter(self, text, context):\n        {rest}\n"
            site.install(name, PLUGIN.format(name=f"{name}s", **known), engine=engine)
        host = load_plugins(lambda name, _: name != "desktop")
        return Registry(host, Config(Path("config.toml"), {"filters": filters or {}}, None, environment or {}))

    return registry


def filtered(registry: Registry, text: str, stage: str = "dictation") -> str:
    return text_filters(registry, stage).begin(FilterProblems(lambda told: pytest.fail(told))).text(text)


def test_filters_run_by_their_order_then_by_the_name_of_the_plugin_and_the_command_last(make: Make) -> None:
    registry = make(
        {"command": "sed s/$/!/"},
        beta=":return text + 'b'",
        alpha=":return text + 'a'",
        late="order=1:return text + 'l'",
        early="order=-1:return text + 'e'",
    )
    assert filtered(registry, "x") == "xeabl!"
    assert filtered(registry, "x", "transcript") == "xeabl"
    assert filtered(registry, "x", "speech") == "x"


def test_only_those_that_are_named_run(make: Make) -> None:
    registry = make(
        {"dictation": ["beta/betas", "shys"], "transcript": []},
        beta=":return text + 'b'", alpha=":return text + 'a'", shy="automatic=False:return text + 's'",
    )  # fmt: skip
    assert filtered(registry, "x") == "xbs"
    assert filtered(registry, "x", "transcript") == "x"


def test_one_that_is_not_automatic_runs_only_if_it_is_named(make: Make) -> None:
    assert filtered(make(shy="automatic=False:return text + 's'"), "x") == "x"


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ({"dictation": ["beta/beta"]}, "filters.dictation: No text filter is named 'beta/beta'. Did you mean 'beta/betas'?"),
        ({"speech": ["betas"]}, "filters.speech: beta/betas is not for speech, but for dictation, transcript."),
    ],
)
def test_a_name_that_is_wrong_is_told_with_the_closest(make: Make, filters: dict[str, Any], message: str) -> None:
    registry = make(filters, beta=":return text")
    with pytest.raises(ConfigError) as raised:
        text_filters(registry, next(iter(filters)))
    assert str(raised.value).startswith(message)


def test_the_command_does_not_run_for_a_voicebridge_that_it_starts(make: Make) -> None:
    assert filtered(make({"command": "sed s/$/!/"}), "x") == "x!"
    assert filtered(make({"command": "sed s/$/!/"}, {"VOICEBRIDGE_STAGE": "transcript"}), "x") == "x"


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (":raise ValueError(text)", "failed with ValueError"),
        (":sys.exit(text)", "failed with SystemExit"),
        (":return None", "returned NoneType instead of str"),
        (":return 'a' + chr(0xd800)", "returned text with half characters (surrogates)"),
        ("seconds=0.2:threading.Event().wait()", "took longer than 0.2 s"),
        (":return ' '", "returned an empty text"),
    ],
)
def test_a_fault_is_one_line_that_names_the_plugin_and_not_the_text(make: Make, body: str, what: str) -> None:
    registry = make(beta=body)
    told: list[str] = []
    assert text_filters(registry, "dictation").begin(FilterProblems(told.append)).text(SECRET) == SECRET
    assert told == [
        f"The text filter beta/betas {what}. Report it to the maintainers of beta-plugin. The unfiltered text is used."
    ]  # fmt: skip


def test_one_that_hangs_is_created_again_for_the_next_recording(make: Make) -> None:
    registry = make(beta="seconds=0.2:return threading.Event().wait() if text == 'hang' else str(id(self))")
    filters = text_filters(registry, "dictation")
    told: list[str] = []
    first = filters.begin(FilterProblems(told.append))
    before = first.text("x")
    assert [first.text(text) for text in ("hang", "x")] == ["hang", "x"]
    after = filters.begin(FilterProblems(told.append)).text("x")
    assert after != before
    assert len(told) == 1


def test_one_that_cannot_be_created_is_tried_once(make: Make, site: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    site.install(
        "beta",
        PLUGIN.format(name="betas", order=0, automatic=True, seconds=10),
        engine="import pathlib\nclass Filter:\n    def __init__(self):\n"
        "        with pathlib.Path('tries').open('a') as file: file.write('x')\n        raise RuntimeError('no dictionary')\n",
    )
    filters = text_filters(make(), "dictation")
    told: list[str] = []
    for _ in range(2):
        assert filters.begin(FilterProblems(told.append)).text("x") == "x"
    assert told[0] == (
        "The text filter beta/betas failed: RuntimeError: no dictionary. Report it to the maintainers of beta-plugin. "
        "The unfiltered text is used."
    )
    assert Path("tries").read_text() == "x"


def test_an_object_is_called_by_one_thread_at_a_time(make: Make) -> None:
    count = "self.inside = getattr(self, 'inside', 0) + 1; seen = self.inside; threading.Event().wait(0.05)"
    registry = make(beta=f":{count}; self.inside -= 1; return str(seen)")
    found = registry.text_filters[0]
    results: list[str] = []
    threads = [threading.Thread(target=lambda: results.append(found.apply("x", CONTEXT))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == ["1"] * 4


def test_no_error_of_a_filter_has_the_text_in_its_causes(make: Make) -> None:
    registry = make(beta=":raise ValueError(text)")
    with pytest.raises(FilterError) as raised:
        registry.text_filters[0].apply(SECRET, CONTEXT)
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__
