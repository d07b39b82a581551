"""``voicebridge doctor``: check the installation, and print the commands that fix it."""

from __future__ import annotations

import platform
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from importlib import metadata
from itertools import islice
from typing import TYPE_CHECKING, Any

import typer

from voicebridge import __version__, installing, paths
from voicebridge.cli.doctor.diarizers import DiarizerCheck, diarizers, unknown_diarizer
from voicebridge.cli.doctor.filters import text_filters
from voicebridge.cli.doctor.formats import FileKinds, file_kinds
from voicebridge.cli.doctor.imports import import_problems
from voicebridge.cli.doctor.lines import ReportLine, Verdict, split_remedy
from voicebridge.cli.doctor.of_plugins import checks, daemon_parts, executors
from voicebridge.cli.shared.output import AsJson, print_json, print_table
from voicebridge.cli.shared.state import RunState, state_of
from voicebridge.errors import ConfigError, PluginError, VoiceBridgeError, brief
from voicebridge.runtime.plugins import Outcome, PluginHost, load_plugins
from voicebridge.specs import SERVICE_KINDS

if TYPE_CHECKING:
    from voicebridge.runtime.config import Config
    from voicebridge.runtime.model import Model
    from voicebridge.runtime.registry import Registry

_DECODER = "av:open"


def doctor(context: typer.Context, as_json: AsJson = False) -> None:
    """Check what is installed, usable and missing, and print the command that fixes it.

    Exit codes: 0 no errors, 1 something needed is broken.
    """
    findings = list(examine(state_of(context)))
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        rows = [[finding.verdict, finding.what, finding.detail, finding.remedy] for finding in findings]
        print_table(["State", "What", "Found", "Remedy"], rows, {Verdict.OK: "green", Verdict.WARNING: "yellow", Verdict.BROKEN: "red"})
    if any(finding.verdict is Verdict.BROKEN for finding in findings):
        raise typer.Exit(1)


def examine(state: RunState) -> Iterator[ReportLine]:
    """All findings, in the order in which they depend on each other."""
    from voicebridge.runtime.current import set_current
    from voicebridge.runtime.registry import Registry

    yield ReportLine(Verdict.OK, "voicebridge-core", f"{__version__} on Python {platform.python_version()}, {platform.platform()}")
    problems: list[str] = []
    config = state.config(problems)
    host, reason = _host(state)
    registry = Registry(host, config)
    set_current(lambda: registry)
    yield from _configuration(config, registry, problems)
    if reason:
        yield ReportLine(Verdict.BROKEN, "plugins", reason)
    yield from _plugins(host)
    yield from _settings(registry)
    defaults: list[Model[Any]] = []
    for kind in _KINDS:
        yield from _of_kind(kind, registry, defaults)
    with ThreadPoolExecutor(1) as pool:  # importing engines takes a second or two; the services are checked meanwhile
        kinds: list[FileKinds | DiarizerCheck] = [*file_kinds(host), *diarizers(registry)]
        engines = [model.spec.factory for model in defaults]
        tried = pool.submit(import_problems, [_DECODER, *engines, *(factory for each in kinds for factory in each.factories)])
        services = list(_services(registry))
    found = iter(tried.result())
    of_decoder = next(found)
    yield from map(_engine, defaults, islice(found, len(defaults)))
    yield from (each.line(list(islice(found, len(each.factories)))) for each in kinds)
    yield from services
    yield from unknown_diarizer(registry)
    yield from text_filters(registry)
    yield from executors(registry)
    yield from checks(registry)
    yield from daemon_parts()
    yield _decoding(of_decoder)
    yield ReportLine(Verdict.OK, "network", "offline: nothing is downloaded" if paths.is_offline() else "may be used to download models")
    yield _telemetry()
    yield _cache()


def _host(state: RunState) -> tuple[PluginHost, str]:
    try:
        return state.plugin_host(), ""
    except ConfigError:  # the file is not TOML, which is reported under configuration; which files are enabled is unknown then
        return load_plugins(lambda _, by_default: by_default, [] if state.no_plugins else paths.allowed_plugins()), ""
    except VoiceBridgeError as error:
        return PluginHost([]), str(error)


def _configuration(config: Config, registry: Registry, problems: list[str]) -> Iterator[ReportLine]:
    from voicebridge.cli.shared import option_keys

    exists = config.path.exists()
    doubts: list[str] = []
    for problem, sure in option_keys.problems(config, registry):
        (problems if sure else doubts).append(problem)
    for problem in problems:
        message, _, remedy = problem.partition(" Fix it with: ")
        yield ReportLine(Verdict.BROKEN, "configuration", message, remedy or "voicebridge config edit")
    for doubt in doubts:
        yield ReportLine(Verdict.WARNING, "configuration", doubt)
    if not problems:
        used = f", profile {config.profile}" if config.profile else ""
        yield ReportLine(Verdict.OK, "configuration", f"{config.path}{used}" if exists else f"no file, all defaults ({config.path}){used}")


def _plugins(host: PluginHost) -> Iterator[ReportLine]:
    for record in host.records:
        what = f"plugin {record.name}"
        detail = f"{record.package}, {record.outcome}"
        told = f"{detail}: {record.reason}" if record.reason else detail
        if record.outcome in (Outcome.FAILED, Outcome.INCOMPATIBLE):
            yield ReportLine(Verdict.BROKEN, what, told, f"voicebridge plugins disable {record.name}")
        elif record.slow:
            yield ReportLine(Verdict.WARNING, what, told, f"voicebridge plugins disable {record.name}")
        else:
            yield ReportLine(Verdict.OK, what, told)


def _settings(registry: Registry) -> Iterator[ReportLine]:
    """Whether the settings of plugins can be used; wrong values are reported under configuration."""
    from voicebridge.runtime.plugin_settings import only, own_types, table_fields

    for record in registry.host.active:
        what = f"settings of {record.name}"
        try:
            types = own_types(record)
            if types:
                table_fields(record)
        except PluginError as error:
            yield ReportLine(Verdict.BROKEN, what, str(error), f"voicebridge plugins disable {record.name}")
            continue
        if types:
            layers = registry.plugin_layers(record)
            given = dict.fromkeys(name for kind in types for layer in layers for name in only(kind, layer).values)
            yield ReportLine(Verdict.OK, what, f"set: {', '.join(given)}" if given else "all defaults")


@dataclass(frozen=True, slots=True)
class _Kind:
    """The requirements for speech-to-text and text-to-speech models."""

    what: str
    default: str
    """The label of the default model's row."""
    table: str
    """The configuration key."""
    package: str
    """The command that installs a model of this kind."""
    missing: Verdict
    """The severity if no plugin has one."""
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


def _engine(model: Model[Any], problem: str) -> ReportLine:
    what = f"engine of {model.full_name}"
    if problem:
        return ReportLine(Verdict.BROKEN, what, problem, model.plugin.repair)
    return ReportLine(Verdict.OK, what, f"{model.spec.factory} can be imported")


def _of_kind(kind: _Kind, registry: Registry, defaults: list[Model[Any]]) -> Iterator[ReportLine]:
    """The findings for models of one kind; the default one is added to ``defaults``."""
    models = kind.listed(registry)
    if not models:
        nothing = all(record.own or record.active for record in registry.host.records)
        yield ReportLine(
            kind.missing,
            kind.what,
            "no active plugin has a model",
            installing.remedy(kind.package) if nothing else "voicebridge plugins",
        )
        return
    local = [model.full_name for model in models if model.is_local()]
    verdict = Verdict.OK if local else kind.missing if paths.is_offline() else Verdict.WARNING
    here = ", ".join(local) or "none"
    remedy = "" if local else f"VOICEBRIDGE_OFFLINE=0 voicebridge models download {models[0].full_name}"
    yield ReportLine(verdict, kind.what, f"{len(models)} models, downloaded: {here}", remedy)
    configured = getattr(registry.config.settings, kind.table).model
    try:
        model = kind.chosen(registry)
        registry.options(model)
        place = model.found_at()
    except ConfigError as error:
        yield ReportLine(Verdict.BROKEN, kind.default, str(error), "voicebridge config edit")
        return
    except VoiceBridgeError as error:
        fix = f"voicebridge config unset {kind.table}.model" if configured else "voicebridge plugins"
        yield ReportLine(Verdict.BROKEN, kind.default, str(error), fix)
        return
    name = model.full_name
    if place is None and model.spec.weights is not None:
        yield ReportLine(Verdict.WARNING, kind.default, f"{name}: no weights found", f"voicebridge models show {name}")
    elif place is not None and not place.local:
        yield ReportLine(Verdict.WARNING, kind.default, f"{name}: weights not on this machine", f"voicebridge models download {name}")
    else:
        where = f", from {place.kind} {place.where}" if place else ""
        yield ReportLine(Verdict.OK, kind.default, f"{name}{where}, {registry.why_default(model)}")
    defaults.append(model)


_CURSOR_KINDS = {"cursor", "presses"}
"""Either one is enough to know the text before the cursor."""


def _services(registry: Registry) -> Iterator[ReportLine]:
    """All services; one that can't be used is harmless if another one provides the same."""
    from voicebridge.runtime.services import probe

    found = []
    for kind in SERVICE_KINDS:
        try:
            chosen = registry.chosen_service(kind)
        except ConfigError as error:
            yield ReportLine(Verdict.BROKEN, f"services.{kind}", str(error), f"voicebridge config unset services.{kind}")
            continue
        for record, spec in registry.services(kind):
            what = f"{kind} {record.name}/{spec.name}"
            if chosen and spec is not chosen[1] and kind != "inserter":
                yield ReportLine(Verdict.OK, what, f"not used: services.{kind} chooses {chosen[0].name}/{chosen[1].name}")
                continue
            tried = _tried(what, Verdict.WARNING, lambda spec=spec: f"usable, priority {probe(spec)}")  # type: ignore[misc]
            if chosen and spec is chosen[1]:
                tried = replace(tried, detail=f"chosen by services.{kind}: {tried.detail}")
            found.append((kind, tried))
    served = {kind for kind, tried in found if tried.verdict is Verdict.OK}
    if not served.isdisjoint(_CURSOR_KINDS):
        served |= _CURSOR_KINDS
    for kind, tried in found:
        spared = kind in served and tried.verdict is not Verdict.OK
        yield replace(tried, verdict=Verdict.OK, detail=f"not used: {tried.detail}") if spared else tried


def _decoding(problem: str) -> ReportLine:
    what = "audio decoding"
    if problem:
        return ReportLine(Verdict.BROKEN, what, problem, installing.remedy("av", reinstall=True))
    return ReportLine(Verdict.OK, what, f"PyAV {metadata.version('av')} with FFmpeg's libraries inside")


def _telemetry() -> ReportLine:
    from voicebridge.cli.telemetry_files import remove_leftovers

    removed = remove_leftovers()
    left = f"; removed {len(removed)} files that ONNX Runtime had left in {removed[0].parent}" if removed else ""
    return ReportLine(Verdict.OK, "telemetry", f"off, in the libraries of engines too{left}")


def _cache() -> ReportLine:
    folder = paths.cache_dir()

    def write() -> str:
        existing = next(each for each in (folder, *folder.parents) if each.exists())
        with tempfile.TemporaryFile(dir=existing):  # don't create folders that are not needed yet
            return f"{folder} is writable"

    return _tried("cache folder", Verdict.WARNING, write, "set VOICEBRIDGE_HOME to a writable folder")


def _tried(what: str, otherwise: Verdict, check: Callable[[], str], remedy: str = "") -> ReportLine:
    try:
        return ReportLine(Verdict.OK, what, check())
    except VoiceBridgeError as error:
        detail, command = split_remedy(str(error))
        return ReportLine(otherwise, what, detail, remedy or command)
    except Exception as error:
        return ReportLine(otherwise, what, brief(error), remedy)
