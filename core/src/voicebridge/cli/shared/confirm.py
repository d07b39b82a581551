"""Confirmation before irreversible actions."""

from __future__ import annotations

import sys

import typer

from voicebridge.cli.shared.output import remark
from voicebridge.errors import UsageError


def confirm(question: str, yes: bool, why: str, otherwise: str) -> None:
    """Return if the user agrees, else end the command.

    Args:
        question: to ask.
        yes: whether ``--yes`` was given.
        why: the reason for the question, continued with ", but standard input is not a terminal".
        otherwise: message if the user doesn't agree.

    Raises:
        UsageError: if standard input is not a terminal.
    """
    if yes:
        return
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError(f"{why}, but standard input is not a terminal. Confirm it with --yes, or run it in a terminal.")
    if not typer.confirm(question, default=False, err=True):
        remark(otherwise)
        raise typer.Exit(1)
