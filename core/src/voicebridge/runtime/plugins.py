"""Find the installed plugins, load each one guarded, and record the outcome.

A failing plugin doesn't affect others. Each one has its own plugin manager, and its import, version check, registration and the complete
run of its hooks are guarded together; errors are stored in its :class:`PluginRecord`, which ``voicebridge plugins`` shows. Disabled plugins
are never imported.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import TypeVar
from weakref import WeakKeyDictionary

from voicebridge import hookspecs
from voicebridge.errors import PluginError, UnknownNameError, VoiceBridgeError, brief, nearest
from voicebridge.extensions import FormatSpec
from voicebridge.hookspecs import Spec
from voicebridge.runtime import installed
from voicebridge.runtime.descriptors import collect
from voicebridge.runtime.owner import Owner, report_of
from voicebridge.spec_fields import check_name
from voicebridge.specs import CommandSpec

CORE = "voicebridge-core"
"""The package that contains the core and its own plugins."""
SLOW_SECONDS = 1.0
"""A plugin that takes longer than this to load is reported as slow; one that imports no engine takes a few milliseconds."""

_AnySpec = TypeVar("_AnySpec", bound=Spec)


class Outcome(StrEnum):
    """The outcome of loading a plugin."""

    ACTIVE = "active"
    DISABLED = "disabled"
    INCOMPATIBLE = "incompatible"
    FAILED = "failed"


@dataclass
class PluginRecord:
    """An installed plugin and the outcome of loading it."""

    name: str
    """The entry point's name."""
    distribution: str
    """The package that contains it; of a one-file plugin, its file."""
    version: str
    module: str
    """The value of the entry point."""
    outcome: Outcome = Outcome.DISABLED
    reason: str = ""
    """Why it is not active, and what to do; for an active plugin, a warning."""
    load_seconds: float = 0.0
    changed: bool = False
    """Whether its files have changed since this process imported it; the new ones need a new process."""
    file: Path | None = None
    """The file of a one-file plugin."""
    specs: list[Spec] = field(default_factory=list)

    @property
    def active(self) -> bool:
        """Whether the plugin's models, services and commands can be used."""
        return self.outcome is Outcome.ACTIVE

    @property
    def own(self) -> bool:
        """Whether it is part of the core: then it is always installed, and users didn't choose it."""
        return self.distribution == CORE

    @property
    def package(self) -> str:
        """The package and its version, or the file."""
        return f"{self.distribution} {self.version}".rstrip()

    @property
    def repair(self) -> str:
        """The command to try if its code can't be imported."""
        from voicebridge.installing import remedy

        return f"voicebridge plugins disable {self.name}" if self.file else remedy(self.distribution, reinstall=True)

    @property
    def slow(self) -> bool:
        """Whether loading took so long that it slows down every command."""
        return self.load_seconds > SLOW_SECONDS

    def owner(self, name: str) -> Owner:
        """The owner of a part of the plugin.

        Args:
            name: the part, as the subject of a sentence: ``acme/tiny``, ``The text filter acme/upper``.
        """
        return Owner(name, self.distribution, self.module.partition(":")[0].partition(".")[0])

    def of(self, kind: type[_AnySpec]) -> list[_AnySpec]:
        """The plugin's descriptors of one kind."""
        return [spec for spec in self.specs if isinstance(spec, kind)]


class PluginHost:
    """The installed plugins and their outcomes."""

    def __init__(self, records: Sequence[PluginRecord]) -> None:
        self.records = list(records)
        self.clashes: dict[str, str] = {}
        """Why a command of plugins is left out, by its name."""

    @property
    def active(self) -> list[PluginRecord]:
        """The active plugins, sorted by name."""
        return [record for record in self.records if record.active]

    def get(self, name: str) -> PluginRecord:
        """The record of a plugin; if several use the name, the active one.

        Raises:
            UnknownNameError: if no such plugin is installed.
        """
        claiming = [record for record in self.records if record.name == name]
        if claiming:
            return next((record for record in claiming if record.active), claiming[0])
        names = [record.name for record in self.records]
        listed = f"Installed: {', '.join(names)}." if names else "None is installed."
        raise UnknownNameError(f"No plugin is named {name!r}.{nearest(name, names)} {listed}")

    def leave_out_clashing_commands(self, reserved: Collection[str]) -> None:
        """Leave out plugins' commands whose name is taken, and say so in the remarks on these plugins.

        Args:
            reserved: the names of the built-in commands.
        """
        named: dict[str, list[PluginRecord]] = {}
        for record in self.active:
            for spec in record.of(CommandSpec):
                named.setdefault(spec.name, []).append(record)
        for name, records in named.items():
            if name in reserved:
                why = f"its command {name!r} is left out, because VoiceBridge has a command of that name."
            elif len(records) > 1:
                names = " and ".join(record.name for record in records)
                why = f"the command {name!r} is left out, because {names} have it. Keep one of them: voicebridge plugins disable NAME"
                self.clashes[name] = f"{why[0].upper()}{why[1:]}"
            else:
                continue
            for record in records:
                record.specs = [spec for spec in record.specs if not (isinstance(spec, CommandSpec) and spec.name == name)]
                record.reason = f"{record.reason} {why}".strip()

    def remark_on_hidden_formats(self, built_in: Collection[str]) -> None:
        """Say in the remarks on the plugins which of their transcript formats can be used only by their full names.

        Args:
            built_in: the names of the built-in formats, which take precedence.
        """
        for record in self.active:
            for spec in record.of(FormatSpec):
                if spec.name in built_in:
                    why = (
                        f"its format {spec.name!r} can be used only as {record.name}/{spec.name}, because VoiceBridge has one of that name."
                    )
                    record.reason = f"{record.reason} {why}".strip()


def load_plugins(is_enabled: Callable[[str, bool], bool] | None = None, only: Iterable[str] | None = None) -> PluginHost:
    """Load all installed plugins that are enabled.

    Args:
        is_enabled: whether the configuration enables a plugin, by its name and whether it is enabled by default, which one-file plugins are
            not. If not given, those are loaded that are enabled by default, or named in ``only``.
        only: if given, the names of the plugins that may load (``VOICEBRIDGE_PLUGINS``); empty means none.

    Raises:
        UnknownNameError: if ``only`` contains a plugin that is not installed.
    """
    found = sorted(((_record_of(point), point) for point in installed.found()), key=lambda each: (each[0].name, each[0].distribution))
    records = [record for record, _ in found]
    allowed = None if only is None else _check_installed(only, [record.name for record in records])
    for record, point in found:
        rivals = [other for other in records if other.name == record.name and other is not record]
        if allowed is not None and record.name not in allowed:
            record.reason = "not loaded because of VOICEBRIDGE_PLUGINS or --no-plugins."
        elif not _is_enabled(record, is_enabled, named=allowed is not None):
            why = "disabled in the configuration" if record.file is None else "a file is loaded only if it is enabled"
            record.reason = f"{why}. Enable it with: voicebridge plugins enable {record.name}"
        elif rivals and _owner([record, *rivals]) is not record:
            _refuse_rival(record, rivals)
        else:
            _load(point, record)
    return PluginHost(records)


def _is_enabled(record: PluginRecord, is_enabled: Callable[[str, bool], bool] | None, *, named: bool) -> bool:
    by_default = record.file is None
    return is_enabled(record.name, by_default) if is_enabled else by_default or named


_imported: WeakKeyDictionary[ModuleType, tuple[str, int]] = WeakKeyDictionary()
"""The version, and the time of the last change (ns), of each plugin's module when this process imported it."""


def _modified(module: ModuleType) -> int:
    try:
        return Path(module.__file__ or "").stat().st_mtime_ns
    except OSError:
        return -1


def _check_installed(names: Iterable[str], installed: Sequence[str]) -> set[str]:
    allowed = set(names)
    if unknown := sorted(allowed.difference(installed)):
        listed = f"Installed: {', '.join(dict.fromkeys(installed))}." if installed else "None is installed."
        raise UnknownNameError(f"VOICEBRIDGE_PLUGINS: no plugin is named {unknown[0]!r}.{nearest(unknown[0], installed)} {listed}")
    return allowed


def _owner(claiming: Sequence[PluginRecord]) -> PluginRecord | None:
    """Of several plugins with one name, the one with priority: the core's own, else that of the package voicebridge-NAME."""
    own = next((record for record in claiming if record.own), None)
    packages = [record for record in claiming if record.file is None]
    if len(packages) == 1 < len(claiming):  # a file never replaces it
        return packages[0]
    return own or next((record for record in claiming if record.distribution == installed.canonical(f"voicebridge-{record.name}")), None)


def _record_of(point: EntryPoint) -> PluginRecord:
    distribution, version = installed.package_of(point)
    return PluginRecord(point.name, distribution, version, module=point.value, file=installed.file_of(point))


def _refuse_rival(record: PluginRecord, rivals: Sequence[PluginRecord]) -> None:
    # If none has priority, all are rejected, because the user's intention is unknown.
    from voicebridge.installing import removal

    record.outcome = Outcome.FAILED
    remove = removal(record.distribution)
    if record.file:
        record.reason = f"the name {record.name!r} belongs to {' and '.join(rival.distribution for rival in rivals)}. Rename the file."
    elif owner := _owner(rivals):
        record.reason = f"the name {record.name!r} belongs to {owner.distribution}, which is installed too. Remove one: {remove}"
    else:
        others = " and ".join(rival.distribution for rival in rivals)
        record.reason = f"the name {record.name!r} is also claimed by {others}. Keep one and remove the rest: {remove}"


def _load(point: EntryPoint, record: PluginRecord) -> None:
    began = time.perf_counter()
    try:
        check_name(record.name)
        if record.file and not record.name.isidentifier():
            raise PluginError("Rename the file: only letters, digits and '_' may be before '.py', and the first may not be a digit.")
        with redirect_stdout(sys.stderr):  # stdout is for results, and must not contain output of plugins that print on import
            module = point.load()
            state = record.version, _modified(module)
            record.changed = _imported.setdefault(module, state) != state
            _admit(module, record)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # sys.exit and the like must not end the process
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
    record.specs, newer = collect(module, record.name)
    record.outcome = Outcome.ACTIVE
    if newer:
        from voicebridge.installing import remedy

        record.reason = f"works without {' and '.join(newer)}, which this version doesn't have. Try: {remedy(CORE, upgrade=True)}"
    elif not record.specs:
        record.reason = "provides nothing: none of its hooks yields anything."


def _version_verdict(record: PluginRecord, wanted: object) -> str:
    from voicebridge.installing import remedy

    ours = hookspecs.API_VERSION
    ahead = isinstance(wanted, int) and wanted > ours
    if record.file and not ahead:
        todo = report_of(record.distribution)
    else:
        todo = f"Try: {remedy(CORE if ahead else record.distribution, upgrade=True)}"
    return f"written for version {wanted!r} of the plugin contract; this VoiceBridge has version {ours}. {todo}"


def _failure_verdict(record: PluginRecord, error: BaseException) -> str:
    if isinstance(error, VoiceBridgeError):
        return str(error)
    from voicebridge.installing import remedy, removal

    missing, report = isinstance(error, ModuleNotFoundError), report_of(record.distribution)
    if record.file:
        return f"{brief(error)}. {'Install its package into the environment of VoiceBridge. ' if missing else ''}{report}"
    if missing:
        return f"{brief(error)}. Install what it needs: {remedy(record.distribution)}"
    return f"{brief(error)}. {report[:-1]}, or remove it: {removal(record.distribution)}"
