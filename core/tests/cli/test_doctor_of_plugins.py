"""Checks of plugins in ``voicebridge doctor``."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

PLUGIN = """
    from voicebridge import CheckSpec, hookimpl

    @hookimpl
    def voicebridge_checks():
        yield CheckSpec(name="first", factory="PACKAGE.checks:First", seconds=SECONDS)
        yield CheckSpec(name="second", factory="PACKAGE.checks:Second")
"""
CHECKS = """
    import sys
    from threading import Event
    from voicebridge import Finding, Host, UsageError

    class First:
        def check(self):
            BODY

    class Second:
        def check(self):
            print("noise")
            return [Finding("ok", f"profile {Host.current().profile}")]
"""
BLAME = "Report it to the maintainers of acme-plugin."


@pytest.fixture
def diagnose(run: Any, site: Any) -> Callable[..., tuple[int, list[tuple[str, str, str]]]]:
    """Run the doctor with a check of this body; returns the exit code, and the findings of both checks."""

    def call(body: str, seconds: float = 60) -> tuple[int, list[tuple[str, str, str]]]:
        site.install("acme", PLUGIN.replace("SECONDS", str(seconds)), checks=CHECKS.replace("BODY", body))
        ran = run("doctor", "--json")
        lines = [each for each in json.loads(ran.out) if each["what"].startswith("acme/")]
        assert (lines[-1]["what"], lines[-1]["verdict"], lines[-1]["detail"]) == ("acme/second", "ok", "profile None")
        return ran.code, [(each["verdict"], each["detail"], each["remedy"]) for each in lines[:-1]]

    return call


def test_findings_are_lines_of_the_report(diagnose: Any) -> None:
    _, findings = diagnose('yield Finding("ok", "fine"); yield Finding("warning", "the licence ends soon", "acme renew")')
    assert findings == [("ok", "fine", ""), ("warning", "the licence ends soon", "acme renew")]


def test_the_text_shows_them(run: Any, site: Any) -> None:
    site.install(
        "acme", PLUGIN.replace("SECONDS", "60"), checks=CHECKS.replace("BODY", 'yield Finding("broken", "no licence", "acme buy")')
    )
    ran = run("doctor")
    assert ran.code == 1
    (line,) = [line for line in ran.out.splitlines() if "acme/first" in line]
    assert line.split() == ["broken", "acme/first", "no", "licence", "acme", "buy"]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("raise ValueError('bad luck')", "failed: ValueError: bad luck."),
        ("raise UsageError('Set a key.')", "failed: Set a key."),
        ("raise KeyboardInterrupt", "failed: KeyboardInterrupt."),
        ("sys.exit(3)", "failed: SystemExit: 3."),
        ("return None", "failed: TypeError: 'NoneType' object is not iterable."),
        ("return ['fine']", "returned a str, not a Finding."),
        ("return [Finding('good', 'fine')]", "returned the state 'good', not one of ok, warning, broken."),
        ("return [Finding([], 'fine')]", "returned the state [], not one of ok, warning, broken."),
        ("return [Finding('ok', 3)]", "returned a finding whose detail or remedy is not text."),
        ("yield Finding('ok', 'fine'); raise ValueError('bad luck')", "failed: ValueError: bad luck."),
    ],
)
def test_a_faulty_check_is_one_warning_that_names_the_package(body: str, problem: str, diagnose: Any) -> None:
    assert diagnose(body)[1] == [("warning", f"The check acme/first {problem} {BLAME}", "")]


def test_a_check_that_hangs_is_given_up(diagnose: Any) -> None:
    assert diagnose("Event().wait()", seconds=0.2)[1] == [("warning", f"The check acme/first took longer than 0.2 s. {BLAME}", "")]
