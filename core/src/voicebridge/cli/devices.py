"""``voicebridge devices``: microphones and speakers, and their input level."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voicebridge.cli.shared import flags
from voicebridge.cli.shared.meter import Meter
from voicebridge.cli.shared.output import AsJson, print_json, print_line, print_table, warn
from voicebridge.cli.shared.state import state_of
from voicebridge.errors import InputError, VoiceBridgeError

if TYPE_CHECKING:
    from voicebridge.runtime.registry import Registry

app = flags.group()

_KINDS = ("microphone", "speaker")
_RATE = 16_000


@app.callback(invoke_without_command=True)
def devices(context: typer.Context, as_json: AsJson = False) -> None:
    """List microphones and speakers, and test a microphone. Without a command, list them."""
    if context.invoked_subcommand is None:
        list_devices(context, as_json)


@app.command("list")
def list_devices(context: typer.Context, as_json: AsJson = False) -> None:
    """List microphones and speakers; a star marks the system default."""
    registry = state_of(context).registry()
    found: list[dict[str, Any]] = []
    problems = list(_unusable(registry))
    for kind in _KINDS:
        try:
            found += [{"kind": kind, **asdict(device)} for device in registry.load_service(kind).devices()]
        except VoiceBridgeError as error:
            if not any(problem["kind"] == kind for problem in problems):
                problems.append({"kind": kind, "service": "", "reason": str(error)})
    if as_json:
        print_json({"devices": found, "problems": problems})
        return
    if found:
        rows = [[device["kind"], device["name"] + (" *" if device["default"] else ""), device["id"]] for device in found]
        print_table(["Kind", "Name", "Id"], rows)
    for problem in problems:
        warn(f"{' '.join([problem['kind'], problem['service']]).strip()} can't be used: {problem['reason']}")


@app.command("test")
def try_microphone(
    context: typer.Context,
    device: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="A microphone: its name, its id, or part of one. Default: dictation.device."),
    ] = None,
    seconds: Annotated[float, typer.Option("--seconds", min=0.5, max=600, metavar="SECONDS", help="How long to record.")] = 5.0,
) -> None:
    """Record for some seconds and show the level."""
    from voicebridge.dictation.capture import MUTED

    registry = state_of(context).registry()
    microphone = registry.load_service("microphone")
    meter = Meter()
    with closing(microphone.record(device or registry.config.settings.dictation.device, _RATE)) as chunks:
        try:
            for chunk in chunks:
                meter.feed(chunk)
                if meter.seconds >= seconds:
                    break
        finally:
            meter.close()
    if meter.loudest == 0:
        raise InputError(MUTED)
    print_line(meter.verdict)


def _unusable(registry: Registry) -> Iterator[dict[str, str]]:
    """The unusable services, with the reasons."""
    from voicebridge.runtime.services import probe

    for record, spec in registry.services():
        if spec.kind in _KINDS:
            try:
                probe(spec)
            except VoiceBridgeError as error:
                yield {"kind": spec.kind, "service": f"{record.name}/{spec.name}", "reason": str(error)}
