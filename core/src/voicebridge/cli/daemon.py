"""``voicebridge daemon``: the background process that serves dictation, reading aloud, watched folders and the other commands."""

from __future__ import annotations

import typer

from voicebridge.cli import daemon_install, flags, state
from voicebridge.cli.output import AsJson, print_json, remark

app = flags.group(
    no_args_is_help=True,
    help="Start, stop and look after the background process: dictation, reading aloud, watched folders, and the other commands' models.",
)


@app.command()
def run(profile: flags.Profile = None, offline: flags.Offline = False, verbose: flags.Verbose = False) -> None:
    """Serve in the foreground until Ctrl-C; a second one ends it at once. SIGHUP reads the configuration again."""
    state.remember(profile=profile, offline=offline)
    from voicebridge.cli.daemon_run import run as serve

    code = serve(verbose=verbose)
    if code:
        raise typer.Exit(code)


@app.command()
def start(profile: flags.Profile = None, offline: flags.Offline = False) -> None:
    """Start it in the background, and return once it answers."""
    from voicebridge.cli.daemon_life import start as begin

    remark(begin(profile=profile, offline=offline))


@app.command()
def stop() -> None:
    """Stop it: what is in hand is finished, or kept for the next start; nothing is lost."""
    from voicebridge.cli.daemon_life import stop as end

    remark(end())


@app.command()
def restart(profile: flags.Profile = None, offline: flags.Offline = False) -> None:
    """Stop it, and start it again."""
    from voicebridge.cli.daemon_life import start as begin
    from voicebridge.cli.daemon_life import stop as end

    end()
    remark(begin(profile=profile, offline=offline))


@app.command()
def reload() -> None:
    """Have it read the configuration again; a wrong one is refused, and a recording that is under way is not cut."""
    from voicebridge.control import ask

    at_once = ask("daemon.reload", seconds=30.0)["at_once"]
    remark("It goes by the new configuration." if at_once else "It goes by the new configuration as soon as the recording has ended.")


@app.command()
def status(as_json: AsJson = False) -> None:
    """Show what it does: models and their memory, keys, folders, what waits, what went wrong last.

    Exit codes: 0 it runs, 3 it doesn't.
    """
    from voicebridge.cli.daemon_life import find_status
    from voicebridge.cli.daemon_status import show

    found = find_status()
    if as_json:
        print_json(found or {"state": "stopped"})
    else:
        show(found)
    if found is None:
        raise typer.Exit(3)


for _verb in (daemon_install.install, daemon_install.uninstall, daemon_install.logs):
    app.command()(_verb)
