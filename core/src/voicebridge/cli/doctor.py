"""``voicebridge doctor``: what is installed, usable and missing, and the command that mends it."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import typer

from voicebridge import __version__, installing, paths
from voicebridge.cli import state
from voicebridge.cli.output import AsJson, print_json, print_table
from voicebridge.errors import ConfigError, VoiceBridgeError, brief
from voicebridge.plugins import Outcome, PluginHost, load_plugins
from voicebridge.specs import SERVICE_KINDS

if TYPE_CHECKING:
    from voicebridge.config import Config
    from voicebridge.model import Model
    from voicebridge.registry import Registry

_REMEDY = re.compile(
    r"(.*[.;)]) (?:[A-Z][^.:;]*): ((?:voicebridge|python\S*|/\S+|\S+\.exe|uv|pipx|apt|dnf|zypper|pacman|apk|sudo|systemctl|open|git) .+)"
)
"""A message whose last sentence is a command after a colon."""
_IMPORT_SECONDS = 120
"""How long an engine may take to import; torch on a cold disk takes half a minute."""


class Verdict(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's report."""

    verdict: Verdict
    what: str
    """What was looked at."""
    detail: str
    """What was found."""
    remedy: str = ""
    """The command that mends it."""


def doctor(as_json: AsJson = False) -> None:
    """Check what is installed, usable and missing, and name the command that mends it.

    Exit codes: 0 when all that is needed works, 1 when something needed is broken.
    """
    findings = list(examine())
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        rows = [[finding.verdict, finding.what, finding.detail, finding.remedy] for finding in findings]
        print_table(["State", "What", "Found", "Remedy"], rows, {Verdict.OK: "green", Verdict.WARNING: "yellow", Verdict.BROKEN: "red"})
    if any(finding.verdict is Verdict.BROKEN for finding in findings):
        raise typer.Exit(1)


def examine() -> Iterator[Finding]:
    """Every finding, in the order in which one leans on the other."""
    from voicebridge.registry import Registry

    yield Finding(Verdict.OK, "voicebridge-core", f"{__version__} on Python {platform.python_version()}, {platform.platform()}")
    problems: list[str] = []
    config = state.config(problems)
    host, reason = _host()
    registry = Registry(host, config)
    yield from _configuration(config, registry, problems)
    if reason:
        yield Finding(Verdict.BROKEN, "plugins", reason)
    yield from _plugins(host)
    yield from _models(registry)
    yield from _services(registry)
    yield _decoding()
    yield Finding(Verdict.OK, "network", "off: nothing is downloaded" if paths.is_offline() else "may be used to download models")
    yield _telemetry()
    yield _cache()


def _host() -> tuple[PluginHost, str]:
    try:
        return state.plugin_host(), ""
    except ConfigError:  # the file is no TOML, which is told under configuration
        return load_plugins(only=paths.allowed_plugins()), ""
    except VoiceBridgeError as error:
        return PluginHost([]), str(error)


def _configuration(config: Config, registry: Registry, problems: list[str]) -> Iterator[Finding]:
    from voicebridge.cli import keys

    exists = config.path.exists()
    doubts: list[str] = []
    for problem, sure in keys.problems(config, registry):
        (problems if sure else doubts).append(problem)
    for problem in problems:
        message, _, remedy = problem.partition(" Mend it with: ")
        yield Finding(Verdict.BROKEN, "configuration", message, remedy or "voicebridge config edit")
    for doubt in doubts:
        yield Finding(Verdict.WARNING, "configuration", doubt)
    if not problems:
        used = f", profile {config.profile}" if config.profile else ""
        yield Finding(
            Verdict.OK, "configuration", f"{config.path}{used}" if exists else f"none, so all is at its default ({config.path}){used}"
        )


def _plugins(host: PluginHost) -> Iterator[Finding]:
    for record in host.records:
        what = f"plugin {record.name}"
        detail = f"{record.distribution} {record.version}, {record.outcome}"
        told = f"{detail}: {record.reason}" if record.reason else detail
        if record.outcome in (Outcome.FAILED, Outcome.INCOMPATIBLE):
            yield Finding(Verdict.BROKEN, what, told, f"voicebridge plugins disable {record.name}")
        elif record.slow:
            yield Finding(Verdict.WARNING, what, told, f"voicebridge plugins disable {record.name}")
        else:
            yield Finding(Verdict.OK, what, told)


@dataclass(frozen=True, slots=True)
class _Kind:
    """What is asked of models that listen, and of those that speak."""

    what: str
    default: str
    """What the row of the default model is called."""
    table: str
    """Of the configuration."""
    package: str
    """What brings a model of this kind."""
    missing: Verdict
    """How bad it is that no plugin has one."""
    listed: Callable[[Registry], Sequence[Model[Any]]]
    chosen: Callable[[Registry], Model[Any]]


_KINDS = (
    _Kind(
        "speech to text", "default model", "stt", "voicebridge-whisper", Verdict.BROKEN,
        lambda registry: registry.stt_models(), lambda registry: registry.stt(),
    ),
    _Kind(
        "text to speech", "default voice model", "tts", "voicebridge-piper", Verdict.WARNING,
        lambda registry: registry.tts_models(), lambda registry: registry.tts(),
    ),
)  # fmt: skip


def _models(registry: Registry) -> Iterator[Finding]:
    defaults: list[Model[Any]] = []
    for kind in _KINDS:
        yield from _of_kind(kind, registry, defaults)
    with ThreadPoolExecutor(len(_KINDS)) as pool:  # each is imported by a process of its own, which takes a second
        problems = list(pool.map(lambda model: import_problem(model.spec.factory), defaults))
    for model, reason in zip(defaults, problems, strict=True):
        what = f"engine of {model.full_name}"
        if reason:
            yield Finding(Verdict.BROKEN, what, reason, installing.remedy(model.plugin.distribution, reinstall=True))
        else:
            yield Finding(Verdict.OK, what, f"{model.spec.factory} can be imported")


def _of_kind(kind: _Kind, registry: Registry, defaults: list[Model[Any]]) -> Iterator[Finding]:
    """What is found of the models of one kind; the default one is added to ``defaults``."""
    models = kind.listed(registry)
    if not models:
        nothing = all(record.own or record.active for record in registry.host.records)
        yield Finding(
            kind.missing,
            kind.what,
            "no active plugin offers a model",
            installing.remedy(kind.package) if nothing else "voicebridge plugins",
        )
        return
    local = [model.full_name for model in models if model.is_local()]
    verdict = Verdict.OK if local else kind.missing if paths.is_offline() else Verdict.WARNING
    here = ", ".join(local) or "the weights of none"
    remedy = "" if local else f"VOICEBRIDGE_OFFLINE=0 voicebridge models download {models[0].full_name}"
    yield Finding(verdict, kind.what, f"{len(models)} models; on this machine: {here}", remedy)
    try:
        model = kind.chosen(registry)
        registry.options(model)
        place = model.found_at()
    except ConfigError as error:
        yield Finding(Verdict.BROKEN, kind.default, str(error), "voicebridge config edit")
        return
    except VoiceBridgeError as error:
        is_set = getattr(registry.config.settings, kind.table).model
        yield Finding(
            Verdict.BROKEN, kind.default, str(error), f"voicebridge config unset {kind.table}.model" if is_set else "voicebridge plugins"
        )
        return
    name = model.full_name
    if place is None and model.spec.weights is not None:
        yield Finding(Verdict.WARNING, kind.default, f"{name}: no weights to be had", f"voicebridge models show {name}")
    elif place is not None and not place.local:
        yield Finding(Verdict.WARNING, kind.default, f"{name}: weights not on this machine", f"voicebridge models download {name}")
    else:
        yield Finding(Verdict.OK, kind.default, name + (f", from {place.kind} {place.where}" if place else ""))
    defaults.append(model)


def import_problem(ref: str) -> str:
    """Why a reference can't be imported, empty when it can; tried in a process of its own, since a broken library may end it."""
    code = (
        "import sys\nfrom voicebridge.specs import load_ref\nfrom voicebridge.errors import VoiceBridgeError\n"
        "try:\n    load_ref(sys.argv[1])\nexcept VoiceBridgeError as error:\n    sys.exit(str(error))"
    )
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter
            [sys.executable, "-c", code, ref],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            env=environment,
            timeout=_IMPORT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"{ref} was not imported within {_IMPORT_SECONDS} s"
    except OSError as error:
        return f"{ref} could not be tried: {brief(error)}"
    if done.returncode == 0:
        return ""
    last = next(iter(reversed(done.stderr.strip().splitlines())), "")
    return last or f"importing {ref} ended the process with code {done.returncode}"


_CURSOR_KINDS = {"cursor", "presses"}
"""Either tells what is before the cursor well enough."""


def _services(registry: Registry) -> Iterator[Finding]:
    """Every service; one that can't be used is nothing to worry about where another does the same."""
    from voicebridge.registry import probe

    found = []
    for record, spec in registry.services():
        what = f"{spec.kind} {record.name}/{spec.name}"
        tried = _tried(what, Verdict.WARNING, lambda spec=spec: f"usable, priority {probe(spec)}")  # type: ignore[misc]
        found.append((spec.kind, tried))
    served = {kind for kind, tried in found if tried.verdict is Verdict.OK}
    if not served.isdisjoint(_CURSOR_KINDS):
        served |= _CURSOR_KINDS
    for kind, tried in sorted(found, key=lambda each: SERVICE_KINDS.index(each[0])):
        spared = kind in served and tried.verdict is not Verdict.OK
        yield replace(tried, verdict=Verdict.OK, detail=f"not here, and not needed: {tried.detail}") if spared else tried


def _decoding() -> Finding:
    def version() -> str:
        import av

        return f"PyAV {av.__version__} with FFmpeg's libraries inside"

    return _tried("audio decoding", Verdict.BROKEN, version, installing.remedy("av", reinstall=True))


def _telemetry() -> Finding:
    from voicebridge.cli.telemetry_files import remove_leftovers

    removed = remove_leftovers()
    left = f"; removed {len(removed)} files that ONNX Runtime had left in {removed[0].parent}" if removed else ""
    return Finding(Verdict.OK, "telemetry", f"that of engines' libraries is switched off{left}")


def _cache() -> Finding:
    folder = paths.cache_dir()

    def write() -> str:
        existing = next(each for each in (folder, *folder.parents) if each.exists())
        with tempfile.TemporaryFile(dir=existing):  # leaves no folder behind that nobody needs yet
            return f"{folder} can be written"

    return _tried("cache folder", Verdict.WARNING, write, "set VOICEBRIDGE_HOME to a folder that can be written")


def _tried(what: str, otherwise: Verdict, check: Callable[[], str], remedy: str = "") -> Finding:
    try:
        return Finding(Verdict.OK, what, check())
    except VoiceBridgeError as error:
        detail, command = split_remedy(str(error))
        return Finding(otherwise, what, detail, remedy or command)
    except Exception as error:
        return Finding(otherwise, what, brief(error), remedy)


def split_remedy(message: str) -> tuple[str, str]:
    """A message in what is wrong and the command that fixes it; the command is empty where none ends the message."""
    match = _REMEDY.fullmatch(message)
    return (match[1], match[2].rstrip(".")) if match else (message, "")
