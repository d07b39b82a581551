"""What ``dictate`` and ``stt`` without recordings begin with: a model, a microphone, and settings with flags over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from voicebridge import paths
from voicebridge.cli.fetching import load, make_ready
from voicebridge.cli.terminal import Remarks
from voicebridge.dictation.desk import Desk
from voicebridge.dictation.ear import Ears, find_ears
from voicebridge.engines.through import chosen, daemon_stt
from voicebridge.journal.store import Journal
from voicebridge.model import Model
from voicebridge.options import EngineOptions, parse_assignments
from voicebridge.ports import SpeechToText
from voicebridge.registry import Registry
from voicebridge.settings import DictationSettings
from voicebridge.specs import SttSpec


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the user typed."""

    model: str | None
    asked: Mapping[str, object]
    """Fields of :class:`voicebridge.SttRequest`; what is empty was not given."""
    options: Sequence[str]
    dictation: Mapping[str, object]
    """Keys of ``[dictation]`` over those of the configuration; what is ``None`` was not given."""
    quiet: bool
    verbose: bool


@dataclass(frozen=True)
class Live:
    """All that listens; nothing is loaded or recorded yet."""

    registry: Registry
    settings: DictationSettings
    ears: Ears
    desk: Desk
    journal: Journal
    remarks: Remarks


def make_live(wanted: Wanted, registry: Registry, *, daemon: bool = False) -> Live:
    """Find what is wanted in the registry, and fetch the model's weights where need be.

    Args:
        wanted: what the user typed.
        registry: the models and services, under the configuration.
        daemon: whether the daemon's model may be used, where one runs.

    Raises:
        VoiceBridgeError: when a name or a setting is wrong, or there is no microphone.
    """
    remarks = Remarks(quiet=wanted.quiet, verbose=wanted.verbose)
    settings = registry.config.settings
    given = {name: value for name, value in wanted.dictation.items() if value is not None}

    def borrow(model: Model[SttSpec], options: EngineOptions | None) -> SpeechToText:
        def load_here() -> SpeechToText:
            engine: SpeechToText = load(model, options, remarks)
            return engine

        return daemon_stt(chosen(model, options), load_here, remarks.say) or load_here()

    layers = [parse_assignments(wanted.options)]
    ears = find_ears(registry, model=wanted.model, asked=wanted.asked, layers=layers, pool=borrow if daemon else None)
    remarks.listen_to(ears.model.spec.factory)  # an engine's warnings, whoever made it
    desk = Desk(registry)
    desk.check()
    desk.microphone()  # without one there is nothing to wait for
    make_ready(ears.model, quiet=wanted.quiet)
    journal = Journal(paths.data_dir() / "history", settings.history)
    return Live(registry, settings.dictation.model_copy(update=given), ears, desk, journal, remarks)
