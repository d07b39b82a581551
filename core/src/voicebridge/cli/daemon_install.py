"""``voicebridge daemon install``, ``uninstall`` and ``logs``: with every session, no more, and what it has done."""

from __future__ import annotations

from typing import Annotated

import typer

from voicebridge.cli import state
from voicebridge.cli.output import remark


def install() -> None:
    """Have it start with your session from now on."""
    from voicebridge.control import is_listening
    from voicebridge.daemon import starting

    way = starting.install(state.registry())
    remark(f"VoiceBridge starts with your session. {way}")
    if not is_listening():
        remark("Start it now: voicebridge daemon start")


def uninstall() -> None:
    """Have it start with your session no more; what runs goes on."""
    from voicebridge.control import is_listening
    from voicebridge.daemon import starting

    found = starting.uninstall(state.registry())
    remark("VoiceBridge starts with your session no more." if found else "VoiceBridge did not start with your session.")
    if is_listening():
        remark("It runs until you stop it: voicebridge daemon stop")


def logs(
    count: Annotated[int, typer.Option("-n", "--lines", min=0, help="How many lines to show.")] = 40,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on showing what comes, until Ctrl-C.")] = False,
) -> None:
    """Show what it has done, the last at the end. What you said is not in it, unless `[daemon] log_transcripts` is on."""
    from voicebridge.daemon.logs import last_lines, log_file, new_lines

    following = new_lines() if follow else iter(())
    lines = last_lines(count)
    for line in lines:
        typer.echo(line)
    if not lines and not follow:
        remark(f"There is no log yet: {log_file()} is written by the daemon.")
    for line in following:
        typer.echo(line)
