"""Conformance tests for checks."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from voicebridge.extension_ports import Check, Finding
from voicebridge.extensions import CheckSpec
from voicebridge.runtime.extensions import Extension
from voicebridge.testing.extension import ExtensionContract, within
from voicebridge.testing.leftovers import Leftovers
from voicebridge.testing.network import no_network

_STATES = get_args(get_type_hints(Finding)["state"])


class CheckContract(ExtensionContract):
    """The rules for a check of ``voicebridge doctor``; it is run on this machine, whatever it finds there."""

    kind = CheckSpec
    protocol = Check

    def test_its_findings_are_in_time_and_readable(self, found: Extension[Any]) -> None:
        """Each is a :class:`voicebridge.Finding` of one line, within the descriptor's ``seconds``.

        Troubleshooting: catch the errors of what is checked, and report them as findings.
        """
        for finding in self._findings(found):
            if not isinstance(finding, Finding):
                pytest.fail(f"check() gave a {type(finding).__name__}, not a Finding")
            if finding.state not in _STATES:
                pytest.fail(f"{finding.state!r} is not a state; use one of {', '.join(_STATES)}")
            for text in (finding.detail, finding.remedy):
                if not isinstance(text, str) or len(text.splitlines()) > 1:
                    pytest.fail(f"{text!r} is not a line of text")
            if not finding.detail or finding.detail.endswith("."):
                pytest.fail(f"the detail {finding.detail!r} is empty or ends with a full stop")

    def test_it_only_looks(self, found: Extension[Any], home: Path) -> None:
        """It uses no network, and leaves no files, threads or child processes.

        Troubleshooting: check what is on this machine; the user decides about downloads.
        """
        left = Leftovers("the check", "check()", temporary=home.parent / "tmp", folders=[home])
        with no_network() as attempts:
            self._findings(found)
        if attempts:
            pytest.fail(f"check() asked for {attempts[0]} on the network")
        if faults := left.faults():
            pytest.fail("\n".join(faults))

    def _findings(self, found: Extension[Any]) -> list[Any]:
        return within(found.spec.seconds, "check()", lambda: list(found.make(Check).check()))
