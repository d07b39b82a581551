"""``voicebridge plugins new``: write a complete package for a new plugin, whose tests pass unchanged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template

from voicebridge import __version__
from voicebridge.errors import OutputError, UsageError
from voicebridge.runtime import installed
from voicebridge.spec_fields import check_name

_SUFFIX = ".template"
"""Ends the names of the templates, so that no tool takes them for code."""


class PluginKind(StrEnum):
    """What a new plugin provides."""

    STT = "stt"
    TTS = "tts"
    SERVICE = "service"
    COMMAND = "command"
    FILTER = "filter"
    FORMAT = "format"
    READER = "reader"
    DAEMON = "daemon"
    EXECUTOR = "executor"
    DIARIZER = "diarizer"


def write_package(name: str, kind: PluginKind, folder: Path) -> Path:
    """Write the package ``voicebridge-NAME`` into a folder of that name, and return that folder.

    Args:
        name: of the plugin.
        kind: what it provides.
        folder: where the package's folder is created.

    Raises:
        PluginError: if the name is not valid for a plugin.
        UsageError: if a plugin of that name is installed, or the folder exists.
        OutputError: if it can't be written.
    """
    check_name(name)
    if name in installed.names():
        raise UsageError(f"A plugin named {name!r} is installed already. Choose another name.")
    distribution = f"voicebridge-{re.sub(r'[._]', '-', name)}"
    target = folder / distribution
    if target.exists():
        raise UsageError(f"{target} exists already. Choose another name, or another folder with --in.")
    values = {
        "name": name,
        "distribution": distribution,
        "module": distribution.replace("-", "_"),
        "title": name.replace("-", " ").replace("_", " ").title().replace(" ", ""),
        "year": str(datetime.now(tz=UTC).year),
        "core": ".".join(__version__.split(".")[:2]),
    }
    try:
        for relative, text in (*_templates("common"), *_templates(kind)):
            path = target / Template(relative).substitute(values)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(Template(text).substitute(values), encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{error.filename or target} can't be written: {error.strerror or error}.") from error
    return target


def _templates(group: str) -> Iterator[tuple[str, str]]:
    """The relative path and the content of each template in a group."""
    yield from _below(resources.files("voicebridge.cli.plugins") / "templates" / group, "")


def _below(folder: Traversable, prefix: str) -> Iterator[tuple[str, str]]:
    for each in sorted(folder.iterdir(), key=lambda each: each.name):
        if each.is_dir():
            yield from _below(each, f"{prefix}{each.name}/")
        elif each.name.endswith(_SUFFIX):
            yield f"{prefix}{each.name.removesuffix(_SUFFIX)}", each.read_text(encoding="utf-8")
