"""The lines of the report."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_REMEDY = re.compile(
    r"(.*[.;)]) (?:[A-Z][^.:;]*): ((?:voicebridge|python\S*|/\S+|\S+\.exe|uv|pipx|apt|dnf|zypper|pacman|apk|sudo|systemctl|open|git) .+)"
)
"""A message whose last sentence is a command after a colon."""


class Verdict(StrEnum):
    """The result of a check."""

    OK = "ok"
    WARNING = "warning"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One line of the report."""

    verdict: Verdict
    what: str
    """What was checked."""
    detail: str
    """What was found."""
    remedy: str = ""
    """The command that fixes it."""


def split_remedy(message: str) -> tuple[str, str]:
    """Split a message into the problem and the command that fixes it; the command is empty if the message doesn't end with one."""
    match = _REMEDY.fullmatch(message)
    return (match[1], match[2].rstrip(".")) if match else (message, "")
