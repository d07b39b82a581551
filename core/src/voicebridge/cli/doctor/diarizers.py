"""The diarizers of plugins, and the one that labels speakers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from voicebridge.cli.doctor.lines import ReportLine, Verdict
from voicebridge.errors import ConfigError
from voicebridge.extensions import DiarizerSpec
from voicebridge.runtime.diarizers import chosen_diarizer
from voicebridge.runtime.extensions import Extension, extensions
from voicebridge.runtime.registry import Registry


@dataclass(frozen=True, slots=True)
class DiarizerCheck:
    """A diarizer, and whether it is used."""

    diarizer: Extension[DiarizerSpec]
    detail: str

    @property
    def factories(self) -> list[str]:
        """The references to import."""
        return [self.diarizer.spec.factory]

    def line(self, problems: Sequence[str]) -> ReportLine:
        """The finding, with the reason why the factory can't be imported; empty if it can."""
        what = f"diarizer {self.diarizer.full_name}"
        if broken := " ".join(filter(None, problems)):
            return ReportLine(Verdict.WARNING, what, broken, self.diarizer.plugin.repair)
        return ReportLine(Verdict.OK, what, self.detail)


def diarizers(registry: Registry) -> Iterator[DiarizerCheck]:
    """All diarizers."""
    found = extensions(registry.host, DiarizerSpec)
    try:
        used = chosen_diarizer(registry).full_name if found else None
    except ConfigError:  # reported by :func:`unknown_diarizer`
        used = None
    always = registry.config.settings.stt.diarize
    for each in found:
        most = f", up to {each.spec.max_speakers} speakers" if each.spec.max_speakers else ""
        role = "not used" if each.full_name != used else "labels speakers" if always else "labels speakers with --diarize"
        yield DiarizerCheck(each, f"{role}{most}")


def unknown_diarizer(registry: Registry) -> Iterator[ReportLine]:
    """A row if the configuration names a diarizer that doesn't exist."""
    settings = registry.config.settings.stt
    if settings.diarizer is not None:
        try:
            chosen_diarizer(registry)
        except ConfigError as error:
            yield ReportLine(Verdict.BROKEN, "diarizer", str(error), "voicebridge config unset stt.diarizer")
