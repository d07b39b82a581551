"""Asking the user before something that can't be undone."""

from __future__ import annotations

import sys

import typer

from voicebridge.cli.output import remark
from voicebridge.errors import UsageError


def confirm(question: str, yes: bool, why: str, otherwise: str) -> None:
    """Return once the user has agreed, or end the command.

    Args:
        question: to ask.
        yes: whether ``--yes`` has answered it.
        why: it is asked, to go on with ", and nobody can be asked here".
        otherwise: what to say when the user does not agree.

    Raises:
        UsageError: when nobody can be asked.
    """
    if yes:
        return
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError(f"{why}, and nobody can be asked here. Confirm it with --yes, or run it in a terminal.")
    if not typer.confirm(question, default=False, err=True):
        remark(otherwise)
        raise typer.Exit(1)
