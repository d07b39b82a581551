"""``voicebridge devices``: microphones and loudspeakers, and whether sound arrives."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voicebridge.cli import state
from voicebridge.cli.output import AsJson, print_json, print_line, print_table, warn
from voicebridge.errors import InputError, VoiceBridgeError

if TYPE_CHECKING:
    from voicebridge.registry import Registry
    from voicebridge.speech import AudioChunk

app = typer.Typer(add_completion=False, context_settings={"help_option_names": ["-h", "--help"]})

_KINDS = {"microphone": "microphone", "speaker": "loudspeaker"}
_RATE = 16_000
_FAINT = -50.0
"""Decibels below full scale: speech that is nowhere louder is hardly understood."""
_FULL = 0.999
"""A sample that is louder was cut off."""
_DRAWN = 0.1
"""Seconds between two levels that are shown."""
_BAR = 40
"""Characters of a level at full scale."""
_SHOWN = 60.0
"""Decibels that they stand for."""


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
    loudest = 0.0
    with closing(microphone.record(device or registry.config.settings.dictation.device, _RATE)) as chunks:
        for peak in _peaks(chunks, seconds):
            loudest = max(loudest, peak)
            _draw(peak)
    if sys.stderr.isatty():
        print(file=sys.stderr)  # noqa: T201
    if loudest == 0:
        raise InputError(MUTED)
    level = _decibels(loudest)
    verdict = "too loud: turn it down" if loudest >= _FULL else "faint: turn it up, or speak nearer" if level < _FAINT else "good"
    print_line(f"Loudest: {level:.0f} dB, {verdict}.")


def _unusable(registry: Registry) -> Iterator[dict[str, str]]:
    """What can't be used, and why."""
    from voicebridge.registry import probe

    for record, spec in registry.services():
        if spec.kind in _KINDS:
            try:
                probe(spec)
            except VoiceBridgeError as error:
                yield {"kind": _KINDS[spec.kind], "service": f"{record.name}/{spec.name}", "reason": str(error)}


def _peaks(chunks: Iterable[AudioChunk], seconds: float) -> Iterator[float]:
    """How loud each tenth of a second was, 1 at full scale."""
    heard, since, peak = 0.0, 0.0, 0.0
    for chunk in chunks:
        peak = max(peak, float(abs(chunk.samples).max(initial=0)))
        heard, since = heard + chunk.duration, since + chunk.duration
        if since >= _DRAWN:
            yield peak
            since, peak = 0.0, 0.0
        if heard >= seconds:
            return


def _draw(peak: float) -> None:
    if sys.stderr.isatty():
        level = _decibels(peak)
        bar = "#" * round(max(0.0, min(1.0, 1 + level / _SHOWN)) * _BAR)
        print(f"\r{bar:<{_BAR}} {level:4.0f} dB", end="", file=sys.stderr, flush=True)  # noqa: T201


def _decibels(peak: float) -> float:
    return 20 * math.log10(max(peak, 1e-5))
