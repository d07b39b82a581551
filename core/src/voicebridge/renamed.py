"""Renamed names. Old names still work for one version, are hidden from the help, and print the new name once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

KEYS = {
    "stt.words": "stt.word_timestamps",
    "dictation.words": "dictation.vocabulary",
    "watch.speak": "watch.tts",
    "watch.out": "watch.output",
    "watch.settle": "watch.stable_for",
    "dictation.moved": "dictation.focus_changed",
    "dictation.filter": "filters.command",
    "dictation.filter_seconds": "filters.seconds",
}
"""Configuration keys, also in profiles, and the variables that set them."""

VERBS = {
    "speak": "read",
    "words": "vocabulary",
    "daemon install": "daemon enable",
    "daemon uninstall": "daemon disable",
    "history delete": "history remove",
    "history purge": "history clear",
}
"""Commands, each with its parent command."""

OPTIONS = {
    "stt": {"--words": "--word-timestamps", "--vad-stop": "--stop-after", "--copy": "--to=clipboard", "--insert-cursor": "--to=cursor"},
    "dictate": {"--vad-stop": "--stop-after", "--copy": "--to=clipboard", "--insert-cursor": "--to=cursor"},
    "watch": {"--speak": "--tts", "--out": "--output", "--settle": "--stable-for"},
    "tts": {"-v": "--voice"},
    "read": {"-v": "--voice"},
    "history clear": {"--all": ""},
}
"""Options of each command; an empty value marks one that has no effect any more."""

REQUESTS = {
    "speak.say": "read.text",
    **{
        f"speak.{each}": f"read.{each}"
        for each in ("clipboard", "selection", "stop", "pause", "resume", "toggle", "skip", "faster", "slower")
    },
}
"""Requests of the control protocol."""


def _log(message: str) -> None:
    import logging  # not needed for a command's help

    logging.getLogger(__name__).warning(message)


class Reports:
    """Reports the use of old names, each once; by default to the log."""

    def __init__(self) -> None:
        self.to(_log)

    def to(self, tell: Callable[[str], None]) -> None:
        """Report there from now on, including names reported before."""
        self._tell = tell
        self._told: set[str] = set()

    def add(self, old: str, new: str) -> None:
        """Report that ``old`` was used instead of ``new``."""
        if old not in self._told:
            self._told.add(old)
            self._tell(f"{old} is now {new}. The old name will be removed in the next version.")


reports = Reports()
"""The instance for this process."""


def verb(path: Sequence[str], name: str) -> str:
    """The current name of the command ``name`` under the parent commands ``path``."""
    new = VERBS.get(old := " ".join([*path, name]))
    if new is None:
        return name
    reports.add(f"`voicebridge {old}`", f"`voicebridge {new}`")
    return new.rpartition(" ")[2]


def options(path: Sequence[str], arguments: Sequence[str]) -> list[str]:
    """The arguments of the command ``path`` with the current names of options; what follows ``--`` is unchanged."""
    known = OPTIONS.get(" ".join(path), {})
    end = arguments.index("--") if "--" in arguments else len(arguments)
    return [now for each in arguments[:end] for now in _option(known, each)] + list(arguments[end:])


def _option(known: dict[str, str], argument: str) -> list[str]:
    name, equals, value = argument.partition("=")
    if argument[:2] in known and argument[2:] and argument[1] != "-":  # as in -vjoe
        name, equals, value = argument[:2], "=", argument[2:]
    if name not in known:
        return [argument]
    new = known[name]
    reports.add(name, new.replace("=", " ") if new else "the default")
    return [f"{new}{equals}{value}"] if new else []


def key(text: str) -> str:
    """The current name of a configuration key, as written on the command line."""
    for old, new in KEYS.items():
        if match := re.fullmatch(rf"(profiles\..+?\.)?{re.escape(old)}(\..*)?", text):
            reports.add(old, new)
            return f"{match[1] or ''}{new}{match[2] or ''}"
    return text


def table(content: dict[str, Any]) -> dict[str, Any]:
    """The content of a configuration file with current key names; if both names are present, the new one's value is used."""
    for old, new in KEYS.items():
        section, _, was = old.partition(".")
        for owner in (content, *_tables(content.get("profiles"))):
            found = owner.get(section)
            for each in found if isinstance(found, list) else [found]:
                if isinstance(each, dict) and was in each:
                    reports.add(old, new)
                    there, _, name = new.partition(".")
                    _move(each, was, each if there == section else owner.setdefault(there, {}), name)
                    if there != section and not each:
                        del owner[section]
    return content


def variables(environment: Mapping[str, str], name_of: Callable[[str], str]) -> dict[str, str]:
    """Variables by their current names; ``name_of`` returns the variable that sets a key."""
    found = dict(environment)
    for old, new in KEYS.items():
        if (text := found.pop(name_of(old), None)) is not None:
            reports.add(name_of(old), name_of(new))
            found.setdefault(name_of(new), text)
    return found


def _tables(profiles: object) -> list[dict[str, Any]]:
    return [each for each in profiles.values() if isinstance(each, dict)] if isinstance(profiles, dict) else []


def _move(owner: dict[str, Any], old: str, to: object, new: str) -> None:
    value = owner.pop(old)
    if not isinstance(to, dict):  # which is reported when the table is validated
        return
    if isinstance(value, dict) and isinstance(to.get(new), dict):
        value.update(to[new])
        to[new] = value
    to.setdefault(new, value)
