"""Discovery: find the installed plugins, load each behind a guard, and remember what became of it.

A plugin that fails harms only itself. Each one gets a plugin manager of its own, and its import, version check, registration and
the whole run of its hooks happen inside one guard; what went wrong is kept in its :class:`PluginRecord`, which ``voicebridge
plugins`` shows. A disabled plugin is never imported.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import TypeVar

import pluggy

from voicebridge import hookspecs
from voicebridge.errors import PluginError, UnknownNameError, VoiceBridgeError, brief, nearest
from voicebridge.specs import ModelSpec, ServiceSpec, Spec, check_name

CORE = "voicebridge-core"
"""The package that brings the host, and plugins of its own with it."""
SLOW_SECONDS = 1.0
"""A plugin that takes longer than this to load is named as slow; one that imports no engine needs a few milliseconds."""

_AnySpec = TypeVar("_AnySpec", bound=Spec)


class Outcome(StrEnum):
    """What became of a plugin."""

    ACTIVE = "active"
    DISABLED = "disabled"
    INCOMPATIBLE = "incompatible"
    FAILED = "failed"


@dataclass
class PluginRecord:
    """One installed plugin and what became of it."""

    name: str
    """The entry point's name."""
    distribution: str
    """The package that brought it."""
    version: str
    module: str
    """What the entry point points to."""
    outcome: Outcome = Outcome.DISABLED
    reason: str = ""
    """Why it is not active, and what to do about it; for an active plugin, what is odd about it."""
    load_seconds: float = 0.0
    specs: list[Spec] = field(default_factory=list)

    @property
    def active(self) -> bool:
        """Whether the plugin's models, services and commands can be used."""
        return self.outcome is Outcome.ACTIVE

    @property
    def own(self) -> bool:
        """Whether it came with the host: then it is installed everywhere, and nobody chose it."""
        return self.distribution == CORE

    @property
    def slow(self) -> bool:
        """Whether loading took so long that every command suffers."""
        return self.load_seconds > SLOW_SECONDS

    def of(self, kind: type[_AnySpec]) -> list[_AnySpec]:
        """The plugin's descriptors of one kind."""
        return [spec for spec in self.specs if isinstance(spec, kind)]


class PluginHost:
    """The installed plugins, and what became of each."""

    def __init__(self, records: Sequence[PluginRecord]) -> None:
        self.records = list(records)

    @property
    def active(self) -> list[PluginRecord]:
        """The plugins that can be used, in order of name."""
        return [record for record in self.records if record.active]

    def get(self, name: str) -> PluginRecord:
        """The record of a plugin; of several that claim the name, the one that is active.

        Raises:
            UnknownNameError: when no such plugin is installed.
        """
        claiming = [record for record in self.records if record.name == name]
        if claiming:
            return next((record for record in claiming if record.active), claiming[0])
        names = [record.name for record in self.records]
        listed = f"Installed: {', '.join(names)}." if names else "None is installed."
        raise UnknownNameError(f"No plugin is named {name!r}.{nearest(name, names)} {listed}")


def load_plugins(is_enabled: Callable[[str], bool] = lambda _: True, only: Iterable[str] | None = None) -> PluginHost:
    """Load every installed plugin that is enabled.

    Args:
        is_enabled: says for a plugin's name whether the configuration lets it in.
        only: where given, names the plugins that may load at all (``VOICEBRIDGE_PLUGINS``); empty means none.

    Raises:
        UnknownNameError: when ``only`` names a plugin that is not installed.
    """
    found = sorted(((_record_of(point), point) for point in _discover()), key=lambda each: (each[0].name, each[0].distribution))
    records = [record for record, _ in found]
    allowed = None if only is None else _check_installed(only, [record.name for record in records])
    for record, point in found:
        rivals = [other for other in records if other.name == record.name and other is not record]
        if allowed is not None and record.name not in allowed:
            record.reason = "left out by VOICEBRIDGE_PLUGINS or --no-plugins."
        elif not is_enabled(record.name):
            record.reason = f"disabled in the configuration. Enable it with: voicebridge plugins enable {record.name}"
        elif rivals and _owner([record, *rivals]) is not record:
            _refuse_rival(record, rivals)
        else:
            _load(point, record)
    return PluginHost(records)


def installed_names() -> frozenset[str]:
    """The names of all installed plugins; imports none of them."""
    return frozenset(point.name for point in _discover())


@lru_cache(maxsize=1)
def _discover() -> tuple[EntryPoint, ...]:
    # One walk over the installed packages costs tens of milliseconds, and what is installed doesn't change while a command runs.
    return tuple(entry_points(group=hookspecs.PROJECT))


def _check_installed(names: Iterable[str], installed: Sequence[str]) -> set[str]:
    allowed = set(names)
    if unknown := sorted(allowed.difference(installed)):
        listed = f"Installed: {', '.join(dict.fromkeys(installed))}." if installed else "None is installed."
        raise UnknownNameError(f"VOICEBRIDGE_PLUGINS: no plugin is named {unknown[0]!r}.{nearest(unknown[0], installed)} {listed}")
    return allowed


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _owner(claiming: Sequence[PluginRecord]) -> PluginRecord | None:
    """Of several that claim a name, the one whose it is: the host's own, else that of the package voicebridge-NAME."""
    own = next((record for record in claiming if record.own), None)
    return own or next((record for record in claiming if record.distribution == _canonical(f"voicebridge-{record.name}")), None)


def _record_of(point: EntryPoint) -> PluginRecord:
    # Each look at the metadata reads and parses its file anew, which fifty plugins would feel.
    metadata = point.dist.metadata if point.dist else None
    name, version = (metadata[field] if metadata and field in metadata else "?" for field in ("Name", "Version"))
    return PluginRecord(name=point.name, distribution=_canonical(name), version=version, module=point.value)


def _refuse_rival(record: PluginRecord, rivals: Sequence[PluginRecord]) -> None:
    # Where nobody owns the name none is let in, since nothing says whom the user meant.
    from voicebridge.installing import removal

    record.outcome = Outcome.FAILED
    remove = removal(record.distribution)
    if owner := _owner(rivals):
        record.reason = f"the name {record.name!r} belongs to {owner.distribution}, which is installed too. Remove one: {remove}"
    else:
        others = " and ".join(rival.distribution for rival in rivals)
        record.reason = f"the name {record.name!r} is also claimed by {others}. Keep one and remove the rest: {remove}"


def _load(point: EntryPoint, record: PluginRecord) -> None:
    began = time.perf_counter()
    try:
        check_name(record.name)
        with redirect_stdout(sys.stderr):  # stdout is for results; a plugin that prints as it loads must not mix with them
            _admit(point.load(), record)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # sys.exit and the like must not take the host along
        record.specs = []
        record.outcome = Outcome.FAILED
        record.reason = _failure_verdict(record, error)
    record.load_seconds = time.perf_counter() - began
    if record.slow:
        slow = f"took {record.load_seconds:.1f} s to load, which slows every command. Disable it with: "
        record.reason = f"{record.reason} {slow}voicebridge plugins disable {record.name}".strip()


def _admit(module: object, record: PluginRecord) -> None:
    wanted = getattr(module, "VOICEBRIDGE_API", hookspecs.API_VERSION)
    if wanted != hookspecs.API_VERSION:
        record.outcome = Outcome.INCOMPATIBLE
        record.reason = _version_verdict(record, wanted)
        return
    record.specs = _collect(module, record.name)
    record.outcome = Outcome.ACTIVE
    if not record.specs:
        record.reason = "offers nothing: none of its hooks yields anything."


def _version_verdict(record: PluginRecord, wanted: object) -> str:
    from voicebridge.installing import remedy

    ours = hookspecs.API_VERSION
    behind = CORE if isinstance(wanted, int) and wanted > ours else record.distribution
    return (
        f"written for version {wanted!r} of the plugin contract; this VoiceBridge has version {ours}. Try: {remedy(behind, upgrade=True)}"
    )


def _failure_verdict(record: PluginRecord, error: BaseException) -> str:
    if isinstance(error, VoiceBridgeError):
        return str(error)
    from voicebridge.installing import remedy, removal

    if isinstance(error, ModuleNotFoundError):
        return f"{brief(error)}. Install what it needs: {remedy(record.distribution)}"
    return f"{brief(error)}. Report it to the makers of {record.distribution}, or remove it: {removal(record.distribution)}"


def _collect(module: object, name: str) -> list[Spec]:
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(_hooks_alone())
    try:
        manager.register(module, name=name)
    except pluggy.PluginValidationError as error:  # a hook with arguments that nobody passes
        raise PluginError(" ".join(str(error).split())) from error
    _check_hook_names(manager)
    _check_marks(module)
    specs: list[Spec] = []
    for hook, kind in hookspecs.HOOKS.items():
        for yielded in getattr(manager.hook, hook)():
            if not isinstance(yielded, Iterable):
                raise PluginError(f"{hook} returned a {type(yielded).__name__}; it must yield {kind.__name__} objects.")
            for spec in yielded:
                if not isinstance(spec, kind):
                    raise PluginError(f"{hook} yielded a {type(spec).__name__}; it must yield {kind.__name__} objects.")
                specs.append(spec)
    _check_unique(specs)
    return specs


@lru_cache(maxsize=1)
def _hooks_alone() -> ModuleType:
    # pluggy looks at every attribute of what it is given, for every plugin; a module with nothing but hooks in it is soon looked through.
    alone = ModuleType(hookspecs.__name__)
    vars(alone).update({hook: getattr(hookspecs, hook) for hook in hookspecs.HOOKS})
    return alone


def _check_hook_names(manager: pluggy.PluginManager) -> None:
    try:
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        unknown = next(h for h in vars(manager.hook) if h not in hookspecs.HOOKS and not h.startswith("_"))
        known = ", ".join(hookspecs.HOOKS)
        raise PluginError(f"there is no hook {unknown!r}.{nearest(unknown, hookspecs.HOOKS)} The hooks are: {known}.") from error


def _check_marks(module: object) -> None:
    for hook in hookspecs.HOOKS:
        function = getattr(module, hook, None)
        if function is not None and not hasattr(function, f"{hookspecs.PROJECT}_impl"):
            raise PluginError(f"{hook} is not marked as a hook. Put @hookimpl above it: from voicebridge import hookimpl")


def _check_unique(specs: Sequence[Spec]) -> None:
    seen: set[tuple[str, str]] = set()
    for spec in specs:
        if isinstance(spec, ModelSpec):
            what, names = "model", (spec.name, *spec.aliases)  # of either kind: both have the full name plugin/name
        else:
            what, names = spec.kind if isinstance(spec, ServiceSpec) else "command", (spec.name,)
        for name in names:
            if (what, name) in seen:
                raise PluginError(f"it offers the {what} {name!r} twice.")
            seen.add((what, name))
