"""What the fields of all descriptors have in common: references to code, names, and tolerance of newer fields."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import fields
from functools import wraps
from importlib import import_module
from typing import Any, TypeVar

from voicebridge.errors import PluginError, brief, misspelled

Ref = str
"""``package.module:attribute``."""

_REF = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")


def load_ref(ref: Ref) -> Any:
    """Import the object that a reference names.

    Raises:
        PluginError: if the module can't be imported, for any reason, or has no such attribute.
    """
    module_name, _, attribute = ref.partition(":")
    try:
        target: Any = import_module(module_name)
        for part in attribute.split("."):
            target = getattr(target, part)
    except Exception as error:  # importing an engine can fail in many ways: a missing shared library is an OSError
        remedy = "Correct the file." if ref.startswith("voicebridge_user_plugins.") else "Reinstall the package that it belongs to."
        raise PluginError(f"{ref} can't be imported: {brief(error)}. {remedy}") from error
    return target


def check_ref(field: str, ref: Ref | None) -> None:
    """Reject a value that is not a reference.

    Raises:
        PluginError: naming the field.
    """
    if ref is not None and not (isinstance(ref, str) and _REF.fullmatch(ref)):
        raise PluginError(f"{field}={ref!r} is not a reference: write it as 'package.module:attribute'.")


def check_name(name: str) -> None:
    """Reject names that can't be part of a full name such as ``whisper/base``.

    Raises:
        PluginError: with the rule.
    """
    if not (isinstance(name, str) and _NAME.fullmatch(name)):
        raise PluginError(f"{name!r} is not a name: use lower-case letters, digits, '.', '_' and '-', and begin with a letter or digit.")


def check_words(field: str, value: Collection[str]) -> tuple[str, ...]:
    """The value of a field that holds several words.

    Raises:
        PluginError: if it is one string.
    """
    if isinstance(value, str):  # would become a collection of characters
        raise PluginError(f"{field}={value!r} is one word where several belong: write {field}=[{value!r}].")
    return tuple(value)


def check_count(name: str, field: str, value: int) -> None:
    """Reject a value that is not a whole number from 0, in the descriptor of that name.

    Raises:
        PluginError: naming the field.
    """
    if type(value) is not int or value < 0:
        raise PluginError(f"{name}: {field}={value!r} is not a whole number from 0.")


def check_seconds(name: str, value: float) -> None:
    """Reject a maximum time, in the descriptor of that name, that is not above 0.

    Raises:
        PluginError: naming the field.
    """
    if not value > 0:
        raise PluginError(f"{name}: seconds={value!r} is not above 0.")


_Spec = TypeVar("_Spec", bound=type)


def open_to_newer_fields(spec: _Spec) -> _Spec:
    """Let a descriptor be made with fields that only a newer version knows: they are left out, and named in ``unknown``.

    So a plugin that uses a newer field works with this version, except for what the field is for.
    """
    known = [field.name for field in fields(spec)]
    make = spec.__init__  # type: ignore[misc]

    @wraps(make)
    def init(self: Any, **given: Any) -> None:
        unknown = tuple(name for name in given if name not in known)
        for name in unknown:
            if meant := misspelled(name, known):
                raise PluginError(f"{spec.__name__} has no field {name!r}. Did you mean {meant!r}?")
        object.__setattr__(self, "unknown", unknown)
        make(self, **{name: value for name, value in given.items() if name in known})

    spec.__init__ = init  # type: ignore[misc]
    return spec
