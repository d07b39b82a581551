"""``voicebridge devices``: microphones and loudspeakers, and whether sound arrives."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voicebridge.cli import flags, state
from voicebridge.cli.levels import Meter
from voicebridge.cli.output import AsJson, print_json, print_line, print_table, warn
from voicebridge.errors import InputError, VoiceBridgeError

if TYPE_CHECKING:
    from voicebridge.registry import Registry

app = flags.group()

_KINDS = {"microphone": "microphone", "speaker": "loudspeaker"}
_RATE = 16_000


@app.callback(invoke_without_command=True)
def devices(context: typer.Context, as_json: AsJson = False) -> None:
    """List microphones and loudspeakers, the system's choice marked with a star. With `test`, see whether a microphone hears you."""
    if context.invoked_subcommand is None:
        list_devices(as_json)


@app.command("list")
def list_devices(as_json: AsJson = False) -> None:
    """List microphones and loudspeakers; the system's choice is marked with a star."""
    registry = state.registry()
    found: list[dict[str, Any]] = []
    problems = list(_unusable(registry))
    for service, kind in _KINDS.items():
        try:
            found += [{"kind": kind, **asdict(device)} for device in registry.load_service(service).devices()]
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
    device: Annotated[
        str | None,
        typer.Argument(metavar="DEVICE", help="Name or id of a microphone, or a part of it. Without it the one to dictate with."),
    ] = None,
    seconds: Annotated[float, typer.Option("--seconds", min=0.5, max=600, help="How long to listen.")] = 5.0,
) -> None:
    """Show how loud a microphone hears you."""
    from voicebridge.pipeline.capture import MUTED

    registry = state.registry()
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
    """What can't be used, and why."""
    from voicebridge.registry import probe

    for record, spec in registry.services():
        if spec.kind in _KINDS:
            try:
                probe(spec)
            except VoiceBridgeError as error:
                yield {"kind": _KINDS[spec.kind], "service": f"{record.name}/{spec.name}", "reason": str(error)}
