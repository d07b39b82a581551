"""What ``dictate`` and ``stt`` without recordings need: a model, a microphone, and settings with flags applied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from voicebridge import paths
from voicebridge.cli.shared.fetching import engines_of, make_ready
from voicebridge.cli.shared.terminal import Remarks
from voicebridge.dictation.choose import LazyModel, choose, find_filters, find_services
from voicebridge.dictation.services import DesktopServices
from voicebridge.engines.source import ClientEngines
from voicebridge.filters.filtering import TextFilters
from voicebridge.journal.history import History
from voicebridge.options import parse_assignments
from voicebridge.runtime.registry import Registry
from voicebridge.runtime.settings import DictationSettings


@dataclass(frozen=True, kw_only=True)
class LiveArguments:
    """The command-line arguments."""

    model: str | None
    asked: Mapping[str, object]
    """Fields of :class:`voicebridge.SttRequest`; empty values were not given."""
    options: Sequence[str]
    dictation: Mapping[str, object]
    """Keys of ``[dictation]`` that override the configuration; ``None`` was not given."""
    filters: bool
    """Whether filters of text run."""
    quiet: bool
    verbose: bool


@dataclass(frozen=True)
class Live:
    """The resolved model, microphone and settings; nothing is loaded or recorded yet."""

    registry: Registry
    settings: DictationSettings
    filters: TextFilters
    engines: ClientEngines
    lazy_model: LazyModel
    services: DesktopServices
    history: History
    remarks: Remarks


def make_live(wanted: LiveArguments, registry: Registry, *, daemon: bool) -> Live:
    """Resolve the arguments in the registry, and download the model's weights if necessary.

    Args:
        wanted: the command-line arguments.
        registry: the models and services of the configuration.
        daemon: whether to use the daemon's model, if it runs.

    Raises:
        VoiceBridgeError: if a name or a setting is wrong, or there is no microphone.
    """
    remarks = Remarks(quiet=wanted.quiet, verbose=wanted.verbose)
    settings = registry.config.settings
    given = {name: value for name, value in wanted.dictation.items() if value is not None}

    engines = engines_of(remarks, daemon=daemon)
    layers = [parse_assignments(wanted.options)]
    lazy_model = choose(registry, model=wanted.model, asked=wanted.asked, layers=layers, engines=engines)
    filters = find_filters(registry, filters=wanted.filters)
    services = find_services(registry)
    services.microphone()  # without a microphone, loading the model is pointless
    make_ready(lazy_model.model, quiet=wanted.quiet)
    history = History(paths.data_dir() / "history", settings.history)
    return Live(registry, settings.dictation.model_copy(update=given), filters, engines, lazy_model, services, history, remarks)
