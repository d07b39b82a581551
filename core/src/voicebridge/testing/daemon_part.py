"""Conformance tests for daemon parts."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from voicebridge.extensions import DaemonPartSpec
from voicebridge.host import DaemonPart, Host
from voicebridge.runtime.extensions import Extension
from voicebridge.testing.extension import ExtensionContract, within
from voicebridge.testing.leftovers import Leftovers

_STARTING, _STATUS, _STOPPING = 5.0, 0.5, 2.0
"""The daemon's time-outs in seconds."""
_GRACE = 1.0


class DaemonPartContract(ExtensionContract):
    """The rules for a daemon part, which is run in the process of the tests."""

    kind = DaemonPartSpec
    protocol = DaemonPart

    @pytest.fixture
    def left(self, home: Path, host: Host) -> Leftovers:
        """Everything that existed before the part."""
        del host
        return Leftovers("the part", "stop()", temporary=home.parent / "tmp", folders=[home / "runtime"])

    @pytest.fixture
    def part(self, found: Extension[Any], host: Host, left: Leftovers) -> Iterator[DaemonPart]:
        """The part, started; stopped after the test."""
        del left
        part: DaemonPart = found.make(DaemonPart)
        within(_STARTING, "start()", lambda: part.start(host))
        yield part
        within(_STOPPING + _GRACE, f"stop({_STOPPING:g})", lambda: part.stop(_STOPPING))

    def test_its_status_is_told_at_once(self, part: DaemonPart) -> None:
        """A mapping that can be written as JSON, within a fraction of a second.

        Troubleshooting: collect in a thread what takes long, and return what it has found.
        """
        took = []
        for _ in range(3):
            began = time.perf_counter()
            status = within(10.0, "status()", part.status)
            took.append(time.perf_counter() - began)
            if not isinstance(status, Mapping):
                pytest.fail(f"status() returned a {type(status).__name__}, not a mapping")
            try:
                json.dumps(dict(status), allow_nan=False)
            except (TypeError, ValueError) as error:
                pytest.fail(f"status() can't be written as JSON: {error}")
            if wrong := [label for label in status if not isinstance(label, str)]:
                pytest.fail(f"status() has the label {wrong[0]!r}, which is not text")
        if min(took) > _STATUS:  # the quickest counts: what else the machine does makes times longer, never shorter
            pytest.fail(f"status() took longer than {_STATUS:g} s")

    def test_it_can_be_reloaded(self, part: DaemonPart, host: Host) -> None:
        """With the same configuration and a new host, repeatedly; afterwards it still reports its status.

        Troubleshooting: end what depends on the configuration, and start it again.
        """
        for _ in range(2):
            within(_STARTING, "reload()", lambda: part.reload(host))
        within(10.0, "status()", part.status)

    def test_it_can_be_stopped_twice(self, part: DaemonPart) -> None:
        """After the first time, ``stop`` does nothing."""
        for _ in range(2):
            within(_STOPPING + _GRACE, f"stop({_STOPPING:g})", lambda: part.stop(_STOPPING))

    def test_it_can_be_stopped_without_being_started(self, found: Extension[Any]) -> None:
        """As after a failed start.

        Troubleshooting: set its attributes in ``__init__``.
        """
        part: DaemonPart = found.make(DaemonPart)
        within(_STOPPING + _GRACE, f"stop({_STOPPING:g}) before start()", lambda: part.stop(_STOPPING))

    def test_it_leaves_nothing_behind_and_another_one_can_start(self, found: Extension[Any], host: Host, left: Leftovers) -> None:
        """No threads, child processes, sockets, open files or temporary files, also after a reload; then the next one starts.

        Troubleshooting: end and join in ``stop`` what ``start`` and ``reload`` have started. Files that are to stay belong in
        ``host.data_folder`` or ``host.cache_folder``.
        """
        for _ in range(2):
            part: DaemonPart = found.make(DaemonPart)
            within(_STARTING, "start()", lambda part=part: part.start(host))  # type: ignore[misc]
            within(_STARTING, "reload()", lambda part=part: part.reload(host))  # type: ignore[misc]
            within(10.0, "status()", part.status)
            within(_STOPPING + _GRACE, f"stop({_STOPPING:g})", lambda part=part: part.stop(_STOPPING))  # type: ignore[misc]
            if faults := left.faults():
                pytest.fail("\n".join(faults))
