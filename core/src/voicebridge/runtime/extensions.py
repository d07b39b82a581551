"""What plugins add besides models: found by its kind and name, created on first use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from voicebridge.errors import AmbiguousNameError, PluginError, UnknownNameError, nearest
from voicebridge.extensions import ExtensionSpec
from voicebridge.runtime.owner import Owner
from voicebridge.runtime.plugins import PluginHost, PluginRecord
from voicebridge.spec_fields import load_ref
from voicebridge.specs import ServiceSpec

_Spec = TypeVar("_Spec", bound=ExtensionSpec | ServiceSpec)


@dataclass(frozen=True)
class Extension(Generic[_Spec]):
    """A plugin's text filter, format, reader …; its object is not created yet."""

    plugin: PluginRecord
    spec: _Spec

    @property
    def full_name(self) -> str:
        """``plugin/name``."""
        return f"{self.plugin.name}/{self.spec.name}"

    def owner(self) -> Owner:
        """The package that it belongs to, for running its code."""
        return self.plugin.owner(f"The {self.spec.title} {self.full_name}")

    def make(self, protocol: type, *arguments: Any) -> Any:
        """Call its factory.

        Args:
            protocol: of :mod:`voicebridge.extension_ports`, which the result must follow.
            arguments: of the factory.

        Raises:
            PluginError: if it can't be created, or lacks a method of the protocol.
        """
        owner = self.owner()
        with owner.blamed():
            made = load_ref(self.spec.factory)(*arguments)
        needed = [name for name, value in vars(protocol).items() if not name.startswith("_") and callable(value)]
        if missing := [name for name in needed if not callable(getattr(made, name, None))]:
            raise PluginError(owner.problem(f"is a {type(made).__name__}, which has no method {' and no method '.join(missing)}"))
        return made


def extensions(host: PluginHost, kind: type[_Spec]) -> list[Extension[_Spec]]:
    """The extensions of one kind of all active plugins, in the order of the plugins' names."""
    return [Extension(record, spec) for record in host.active for spec in record.specs if isinstance(spec, kind)]


def named(name: str, found: Sequence[Extension[_Spec]], what: str, built_in: Sequence[str] = ()) -> Extension[_Spec]:
    """The extension with that full name, or that short name if only one has it.

    Args:
        name: as the user wrote it.
        found: all of the kind.
        what: the kind, for messages: ``text filter``.
        built_in: the names of those that aren't extensions, for messages.

    Raises:
        UnknownNameError: if there is none, with the closest name.
        AmbiguousNameError: if there are several.
    """
    answering = [each for each in found if name in (each.full_name, each.spec.name)]
    if not answering:
        known = [*built_in, *(each.full_name for each in found)]
        listed = f"There are: {', '.join(known)}." if known else "No active plugin provides one."
        raise UnknownNameError(f"No {what} is named {name!r}.{nearest(name, [*known, *(each.spec.name for each in found)])} {listed}")
    if len(answering) > 1:
        candidates = ", ".join(each.full_name for each in answering)
        raise AmbiguousNameError(f"{name!r} is ambiguous: {candidates}. Use a full name.")
    return answering[0]
