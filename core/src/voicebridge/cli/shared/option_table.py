"""The settings and options of plugins as a table: types, defaults, current values and their origins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from voicebridge.cli.shared.output import print_table
from voicebridge.options import EngineOptions, Layer, describe, merge, toml_text


def described(kind: type[EngineOptions], layers: Iterable[Layer]) -> list[dict[str, Any]]:
    """The fields of a class with their current values, with JSON types.

    Raises:
        OptionError: if a value is unknown or has the wrong type, naming its layer.
    """
    given = merge(kind, layers)
    found = []
    for option in describe(kind):
        value, origin = given.get(option.name, (None, ""))
        found.append(
            {
                "name": option.name,
                "type": option.type,
                "default": option.default,
                "value": toml_text(value) if origin else option.default,
                "origin": origin or "default",
                "description": option.description,
            }
        )
    return found


def print_options(title: str, options: Sequence[dict[str, Any]]) -> None:
    """Print them; ``title`` is the heading of their names."""
    rows = [[each["name"], each["type"], each["default"], each["value"], each["origin"], each["description"]] for each in options]
    print_table([title, "Type", "Default", "Now", "Origin", "What it does"], rows)
