"""``voicebridge daemon enable``, ``disable`` and ``logs``: autostart, and the log."""

from __future__ import annotations

from typing import Annotated

import typer

from voicebridge.cli.shared.output import remark
from voicebridge.cli.shared.state import state_of


def enable(context: typer.Context) -> None:
    """Start VoiceBridge automatically at login."""
    from voicebridge.control import is_listening
    from voicebridge.daemon import starting

    way = starting.install(state_of(context).registry())
    remark(f"VoiceBridge will start at login. {way}")
    if not is_listening():
        remark("Start it now: voicebridge daemon start")


def disable(context: typer.Context) -> None:
    """Disable autostart. The running daemon is not stopped."""
    from voicebridge.control import is_listening
    from voicebridge.daemon import starting

    found = starting.uninstall(state_of(context).registry())
    remark("VoiceBridge will no longer start at login." if found else "Autostart was not enabled.")
    if is_listening():
        remark("It is still running. Stop it: voicebridge daemon stop")


def logs(
    count: Annotated[int, typer.Option("-n", "--lines", min=0, metavar="N", help="How many lines to show.")] = 40,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Follow the log until Ctrl-C.")] = False,
) -> None:
    """Show the log, newest entries last. It does not contain what you said, unless `daemon.log_transcripts` is on."""
    from voicebridge.daemon.logs import last_lines, log_file, new_lines

    following = new_lines() if follow else iter(())
    lines = last_lines(count)
    for line in lines:
        typer.echo(line)
    if not lines and not follow:
        remark(f"There is no log yet. The daemon writes it: {log_file()}")
    for line in following:
        typer.echo(line)
