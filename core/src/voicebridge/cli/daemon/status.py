"""The text output of ``voicebridge daemon status``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from voicebridge.cli.shared.output import print_line, print_sheet, print_table

_MIB = 2**20


def show(status: Mapping[str, Any] | None) -> None:
    """Print the daemon's status; ``None`` if it is not running."""
    if status is None:
        print_line("VoiceBridge is not running. Start it: voicebridge daemon start")
        return
    print_sheet(list(_sheet(status)))
    if status["models"]:
        print_line("")
        rows = [[each["model"], _memory(each["memory"]), _use(each), each["problem"]] for each in status["models"]]
        print_table(["Model", "Memory", "Use", "Problem"], rows)
    if status["folders"]:
        print_line("")
        rows = [
            [each["folder"], each["state"], *(str(each[name]) for name in ("waiting", "working", "done", "failed"))]
            for each in status["folders"]
        ]
        print_table(["Folder", "State", "Waiting", "Working", "Done", "Failed"], rows)
    if parts := status.get("parts"):  # of this version
        print_line("")
        rows = [[each["name"], each["state"], details(each["status"]), each["problem"] or ""] for each in parts]
        print_table(["Part", "State", "Status", "Problem"], rows)


def details(status: Mapping[str, Any]) -> str:
    """A part's status in one line, without lists and tables."""
    shown = ((label, {True: "yes", False: "no"}[value] if isinstance(value, bool) else value) for label, value in status.items())
    return ", ".join(f"{label} {value}" for label, value in shown if isinstance(value, str | int | float) and value != "")


def _sheet(status: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "VoiceBridge", f"{status['version']}, process {status['pid']}, {status['state']} for {_span(status['uptime'])}"
    yield "Memory", _memory(status["memory"])
    dictation = status["dictation"]
    yield (
        "Dictation",
        dictation.get("problem") or f"{dictation['model']}, to the {dictation['to']}{', recording' if dictation['recording'] else ''}",
    )
    hotkeys = status["hotkeys"]
    yield "Keys", hotkeys["problem"] or ", ".join(f"{name} {chord}" for name, chord in hotkeys["keys"].items())
    reading = status["reading"]
    yield "Reading", reading["state"] + (f", {reading['waiting']} waiting" if reading["waiting"] else "")
    yield "Models", "" if status["models"] else "none loaded"
    yield "Folders", "" if status["folders"] else "none watched"
    yield "Waiting", f"{status['queue']} files" if status["queue"] else ""
    if problem := status["last_problem"]:
        yield "Last problem", f"{datetime.fromtimestamp(problem['at']).astimezone():%d %B, %H:%M:%S}: {problem['what']}"


def _use(model: Mapping[str, Any]) -> str:
    return f"busy with {model['busy']}" if model["busy"] else f"idle for {_span(model['idle'])}"


def _memory(size: int) -> str:
    return f"{size / _MIB:.0f} MiB"


def _span(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (seconds, "s")]
    shown = [f"{count} {unit}" for count, unit in parts if count][:2]
    return " ".join(shown) or "0 s"
