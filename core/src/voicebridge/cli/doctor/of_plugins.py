"""The findings of plugins' checks, and the parts of the daemon."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import get_args, get_type_hints

from voicebridge.cli.doctor.lines import ReportLine, Verdict, split_remedy
from voicebridge.errors import ConfigError, PluginError, VoiceBridgeError, brief
from voicebridge.extension_ports import Check, Finding
from voicebridge.extensions import CheckSpec, ExecutorSpec
from voicebridge.runtime.executors import PluginExecutor, find_executor
from voicebridge.runtime.extensions import Extension, extensions
from voicebridge.runtime.owner import Owner
from voicebridge.runtime.registry import Registry

_MOST = 100
"""Maximum findings of one check."""
_STATES = get_args(get_type_hints(Finding)["state"])


def checks(registry: Registry) -> Iterator[ReportLine]:
    """The findings of all checks, which run at the same time; a faulty check is one warning."""
    if found := extensions(registry.host, CheckSpec):
        with ThreadPoolExecutor(len(found)) as pool:
            for lines in pool.map(_lines, found):
                yield from lines


def executors(registry: Registry) -> Iterator[ReportLine]:
    """Whether each executor can be created, and whether the configured one exists."""
    configured = registry.config.settings.stt.executor
    try:
        chosen = find_executor(registry, configured, key="stt.executor")
    except ConfigError as error:
        yield ReportLine(Verdict.BROKEN, "executor", str(error), "voicebridge config edit")
        chosen = None
    for each in extensions(registry.host, ExecutorSpec):
        executor = PluginExecutor(each)
        what = f"executor {each.full_name}"
        try:
            executor.check()
        except (VoiceBridgeError, OSError) as error:
            yield ReportLine(Verdict.WARNING, what, *split_remedy(str(error)))
        else:
            used = chosen is not None and chosen.extension.full_name == each.full_name
            yield ReportLine(Verdict.OK, what, "used by default" if used else f"used with --executor {each.spec.name}")


def _lines(check: Extension[CheckSpec]) -> list[ReportLine]:
    owner = check.owner()

    def run() -> list[Finding]:
        return [_checked(owner, finding) for finding in islice(check.make(Check).check(), _MOST)]

    try:
        findings = owner.within(check.spec.seconds, run)
    except PluginError as error:
        return [ReportLine(Verdict.WARNING, check.full_name, str(error))]
    except BaseException as error:  # of any kind: it is the check's, which runs in a thread of its own
        told = str(error) if isinstance(error, VoiceBridgeError) else brief(error)
        return [ReportLine(Verdict.WARNING, check.full_name, owner.problem(f"failed: {told.rstrip('.')}"))]
    return [ReportLine(Verdict(each.state), check.full_name, each.detail, each.remedy) for each in findings]


def _checked(owner: Owner, finding: object) -> Finding:
    """A finding of the right type.

    Raises:
        PluginError: if it isn't one.
    """
    if not isinstance(finding, Finding):
        raise PluginError(owner.problem(f"returned a {type(finding).__name__}, not a Finding"))
    if finding.state not in _STATES:
        raise PluginError(owner.problem(f"returned the state {finding.state!r}, not one of {', '.join(_STATES)}"))
    if not isinstance(finding.detail, str) or not isinstance(finding.remedy, str):
        raise PluginError(owner.problem("returned a finding whose detail or remedy is not text"))
    return finding


def daemon_parts() -> Iterator[ReportLine]:
    """What the parts of the daemon report, if it runs."""
    from voicebridge.cli.daemon.life import find_status
    from voicebridge.cli.daemon.status import details

    try:
        status = find_status()
    except VoiceBridgeError as error:
        yield ReportLine(Verdict.WARNING, "daemon", str(error), "voicebridge daemon restart")
        return
    for part in (status or {}).get("parts", ()):  # without parts if it is of another version
        what, problem = f"daemon part {part['name']}", part["problem"]
        if problem:
            detail, remedy = split_remedy(problem)
            yield ReportLine(Verdict.WARNING, what, detail, remedy)
        else:
            yield ReportLine(Verdict.OK, what, ", ".join(filter(None, [part["state"], details(part["status"])])))
