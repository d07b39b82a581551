"""All parts of the daemon: its own, then those of plugins; started in this order, stopped in the opposite one."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from voicebridge.daemon.own_parts import READING, OwnParts
from voicebridge.daemon.part import STOPPING, PartRun
from voicebridge.extensions import DaemonPartSpec
from voicebridge.host import DaemonPart, Host
from voicebridge.runtime.extensions import Extension, extensions
from voicebridge.runtime.owner import Owner


class Parts:
    """The running parts. Their status can be requested from any thread; one at a time calls the other methods."""

    def __init__(self, complain: Callable[[str], None]) -> None:
        """Nothing runs yet; ``complain`` is called with a one-line message when a part fails."""
        self._complain = complain
        self._runs: Sequence[PartRun] = ()

    def use(self, own: OwnParts, seconds: float) -> None:
        """Run the parts of this configuration and its plugins: stop those that are gone, then start new ones and reload the others.

        Args:
            own: the daemon's own parts for the configuration.
            seconds: for its own parts of the previous configuration to finish their work.
        """
        before = {run.key: run for run in self._runs}
        wanted = [*self._own(own), *self._of_plugins(own)]
        _stop([run for run in self._runs if run.key not in {each.key for each in wanted}], seconds)
        self._runs = [before.get(run.key, run) for run in wanted]
        host = Host(lambda: own.registry)
        for run in self._runs:
            if run.key in before:
                run.reload(host)
            else:
                run.start(host)

    def close(self, seconds: float) -> None:
        """Stop everything; the daemon's own work in progress gets that many seconds to finish, and is saved otherwise."""
        _stop(self._runs, seconds)

    def status(self) -> list[dict[str, Any]]:
        """The status of each part, for the protocol: ``name``, ``plugin``, ``state``, ``status`` and ``problem``."""
        runs, since = self._runs, time.monotonic()
        for run in runs:
            run.ask()
        return [run.status(since) for run in runs]

    def _own(self, own: OwnParts) -> list[PartRun]:
        return [
            PartRun(
                name,
                partial(_given, part),
                self._complain,
                owner=Owner(f"the daemon's part {name}", "voicebridge-core", __name__),
                key=(name, None if name == READING else own),
            )
            for name, part in own.all().items()
        ]

    def _of_plugins(self, own: OwnParts) -> list[PartRun]:
        return [self._of_plugin(each) for each in extensions(own.registry.host, DaemonPartSpec)]

    def _of_plugin(self, found: Extension[DaemonPartSpec]) -> PartRun:
        owner = found.plugin.owner(f"the {found.spec.title} {found.full_name}")
        return PartRun(
            found.full_name,
            lambda: found.make(DaemonPart),
            self._complain,
            owner=owner,
            key=(found.full_name, found.spec),
            plugin=found.plugin.name,
        )


def _given(part: DaemonPart) -> DaemonPart:
    return part


def _stop(runs: Sequence[PartRun], seconds: float) -> None:
    until: float | None = None
    for run in reversed(runs):
        if run.plugin is not None:
            run.stop(STOPPING)
            continue
        until = until or time.monotonic() + seconds  # parts of plugins don't shorten it
        run.stop(max(0.0, until - time.monotonic()))
