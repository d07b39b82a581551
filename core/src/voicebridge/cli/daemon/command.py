"""``voicebridge daemon``: the background process for dictation, reading aloud, watched folders and other commands."""

from __future__ import annotations

import typer

from voicebridge.cli.daemon import install as daemon_install
from voicebridge.cli.shared import flags
from voicebridge.cli.shared.output import AsJson, print_json, remark, warn
from voicebridge.cli.shared.state import state_of

app = flags.group(
    no_args_is_help=True,
    help="Manage the background process for dictation, reading aloud, watched folders and loaded models.",
)


@app.command()
def run(context: typer.Context, profile: flags.Profile = None, offline: flags.Offline = False, verbose: flags.Verbose = False) -> None:
    """Run in the foreground until Ctrl-C; press it twice to stop at once. SIGHUP reloads the configuration."""
    state = state_of(context)
    state.remember(profile=profile, offline=offline)
    from voicebridge.cli.daemon.run import run as serve

    code = serve(state, verbose=verbose)
    if code:
        raise typer.Exit(code)


@app.command()
def start(profile: flags.Profile = None, offline: flags.Offline = False) -> None:
    """Start the daemon in the background."""
    from voicebridge.cli.daemon.life import start as begin

    remark(begin(profile=profile, offline=offline))


@app.command()
def stop() -> None:
    """Stop the daemon. Work in progress is finished or resumed at the next start."""
    from voicebridge.cli.daemon.life import stop as end

    remark(end())


@app.command()
def restart(profile: flags.Profile = None, offline: flags.Offline = False) -> None:
    """Stop the daemon and start it again."""
    from voicebridge.cli.daemon.life import start as begin
    from voicebridge.cli.daemon.life import stop as end

    end()
    remark(begin(profile=profile, offline=offline))


@app.command()
def reload() -> None:
    """Reload the configuration and the plugins. An invalid file is rejected; a recording in progress continues."""
    from voicebridge.control import ask

    done = ask("daemon.reload", seconds=30.0)
    remark("Configuration reloaded." if done["at_once"] else "The configuration is reloaded as soon as the recording ends.")
    for name in done.get("changed", ()):
        warn(f"The plugin {name} has changed. Restart the daemon to use it: voicebridge daemon restart")


@app.command()
def status(as_json: AsJson = False) -> None:
    """Show status: models, memory, hotkeys, folders, queue, last error.

    Exit codes: 0 running, 3 not running.
    """
    from voicebridge.cli.daemon.life import find_status
    from voicebridge.cli.daemon.status import show

    found = find_status()
    if as_json:
        print_json(found or {"state": "stopped"})
    else:
        show(found)
    if found is None:
        raise typer.Exit(3)


for _verb in (daemon_install.enable, daemon_install.disable, daemon_install.logs):
    app.command()(_verb)
