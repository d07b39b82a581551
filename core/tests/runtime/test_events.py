"""What happens is told to the listeners of plugins: in order, from one thread, without delaying what happens."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from threading import enumerate as threads
from typing import Any

import pytest
from voicebridge import paths
from voicebridge.runtime import events
from voicebridge.runtime.events import drain, emit
from voicebridge.runtime.load import registry

PLUGIN = """
    from voicebridge import ListenerSpec, hookimpl

    @hookimpl
    def voicebridge_events():
        yield ListenerSpec(name="all", factory="PACKAGE.listener:All")
        yield ListenerSpec(name="some", factory="PACKAGE.listener:Some", events=["job.failed"])
"""
LISTENER = """
    import json, sys
    from threading import Event, current_thread
    from voicebridge import Host

    class Noting:
        def handle(self, event):
            with (Host.current().data_folder("acme") / f"{type(self).__name__}.log").open("a") as file:
                print(json.dumps([event.name, dict(event.data), current_thread().name]), file=file)

    class Some(Noting):
        pass

    GATE = Event()

    class All(Noting):
        def handle(self, event):
            BODY
            super().handle(event)
"""


@pytest.fixture
def listening(site: Any, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Install a plugin with two listeners, one of which does something before it notes an event."""
    monkeypatch.setattr(events, "_deliveries", events._Deliveries())

    def install(body: str = "pass", settings: str = "") -> None:
        site.install("acme", PLUGIN, listener=LISTENER.replace("BODY", body))
        (home / "config.toml").write_text(settings, encoding="utf-8")
        registry(None)

    yield install
    drain(0)


def noted(listener: str) -> list[Any]:
    path = paths.data_dir() / "plugins" / "acme" / f"{listener}.log"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def open_gate() -> None:
    import_module("planted_acme_plugin.listener").GATE.set()


def test_events_come_in_order_from_one_thread(listening: Any) -> None:
    listening()
    for number in range(50):
        emit("transcript.written", number=number)
        emit("job.failed", number=number)
    drain(60)
    names = [(name, data["number"]) for name, data, _ in noted("All")]
    assert names == [(name, number) for number in range(50) for name in ("transcript.written", "job.failed")]
    assert {thread for _, _, thread in noted("All")} == {"events of acme/all"}
    assert [data["number"] for _, data, _ in noted("Some")] == list(range(50))
    assert not [thread for thread in threads() if thread.name.startswith("events of acme")]


def test_text_is_told_only_if_the_user_allows_it(listening: Any) -> None:
    listening()
    emit("dictation.delivered", to="type", text="private")
    drain(60)
    assert noted("All")[0][1] == {"to": "type"}


def test_text_that_the_user_allows(listening: Any) -> None:
    listening(settings="[events]\ntext = true\n")
    emit("dictation.delivered", to="type", text="private")
    drain(60)
    assert noted("All")[0][1] == {"to": "type", "text": "private"}


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("raise ValueError('bad luck')", "failed: ValueError: bad luck."),
        ("sys.exit(3)", "failed: SystemExit: 3."),
        ("raise KeyboardInterrupt", "failed: KeyboardInterrupt."),
        ("event.data['more'] = 1", "failed: TypeError: 'mappingproxy' object does not support item assignment."),
    ],
)
def test_an_error_costs_one_event_and_names_the_package(body: str, problem: str, listening: Any, caplog: pytest.LogCaptureFixture) -> None:
    listening(f"if event.name == 'job.failed': {body}")
    emit("job.failed")
    emit("transcript.written")
    drain(60)
    assert caplog.messages == [f"The listener acme/all {problem} Report it to the maintainers of acme-plugin."]
    assert [name for name, _, _ in noted("All")] == ["transcript.written"]
    assert len(noted("Some")) == 1


def test_one_that_hangs_delays_nothing_and_gets_no_more_events(listening: Any, caplog: pytest.LogCaptureFixture) -> None:
    listening("GATE.wait()")
    emit("job.failed", number=0)
    (thread,) = [thread for thread in threads() if thread.name == "events of acme/all"]
    delivery = next(each for each in events._deliveries._listeners.values() if each._thread is thread)
    while delivery._since is None:
        time.sleep(0.001)
    delivery._since -= 60
    for number in range(1, 5):
        emit("job.failed", number=number)
    drain(60)
    assert "The listener acme/all took longer than 10 s for an event and gets no more." in caplog.text
    assert [data["number"] for _, data, _ in noted("Some")] == list(range(5))
    assert noted("All") == []
    open_gate()


def test_the_end_of_a_command_waits_only_for_a_while(listening: Any, caplog: pytest.LogCaptureFixture) -> None:
    listening("GATE.wait()")
    emit("job.failed")
    drain(0.05)
    assert "The listener acme/all did not process all events in time." in caplog.text
    open_gate()


def test_one_that_is_too_slow_misses_events_and_this_is_told_once(
    listening: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(events, "_MOST", 3)
    listening("GATE.wait()")
    for number in range(20):
        emit("transcript.written", number=number)
    open_gate()
    drain(60)
    assert caplog.text.count("is too slow: it misses events, since 3 are waiting") == 1
    numbers = [data["number"] for _, data, _ in noted("All")]
    assert 3 <= len(numbers) < 20
    assert numbers == sorted(numbers)


def test_a_listener_that_cannot_be_created_is_told_once(listening: Any, caplog: pytest.LogCaptureFixture) -> None:
    init = "def __init__(self): raise ValueError('no licence')"
    listening(f"pass\n\n        {init}\n\n        def other(self, event):\n            pass")
    emit("transcript.written")
    emit("transcript.written")
    drain(60)
    assert caplog.messages == ["The listener acme/all failed: ValueError: no licence. Report it to the maintainers of acme-plugin."]


def test_without_listeners_there_is_no_thread(site: Any, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del site
    monkeypatch.setattr(events, "_deliveries", events._Deliveries())
    before = threads()
    registry(None)
    emit("transcript.written")
    assert threads() == before
