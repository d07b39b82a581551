"""The text filters that run, and whether they can be created."""

from __future__ import annotations

from collections.abc import Iterator

from voicebridge.cli.doctor.lines import ReportLine, Verdict, split_remedy
from voicebridge.errors import ConfigError
from voicebridge.filters.command import check_command
from voicebridge.filters.filtering import FilterError
from voicebridge.runtime.filters import filters_of_all_stages
from voicebridge.runtime.registry import Registry


def text_filters(registry: Registry) -> Iterator[ReportLine]:
    """A row for each filter of a plugin that runs on any stage, and one for the user's command."""
    try:
        running = filters_of_all_stages(registry)
    except ConfigError as error:
        yield ReportLine(Verdict.BROKEN, "text filters", str(error), "voicebridge config edit")
        return
    for each, stages in running:
        what = f"text filter {each.extension.full_name}"
        try:
            each.check()
        except FilterError as error:
            yield ReportLine(Verdict.WARNING, what, *split_remedy(str(error)))
        else:
            yield ReportLine(Verdict.OK, what, f"{', '.join(stages)}; order {each.spec.order}")
    settings = registry.config.settings.filters
    if settings.command:
        try:
            check_command(settings.command)
        except FilterError as error:
            yield ReportLine(Verdict.WARNING, "filters.command", str(error), "voicebridge config edit")
        else:
            yield ReportLine(Verdict.OK, "filters.command", f"{', '.join(settings.stages) or 'no stage'}; runs last")
