"""The text filters that run on a stage: those of plugins, and the user's command (docs/adr/0043-text-filters.md)."""

from __future__ import annotations

from voicebridge.errors import ConfigError, UsageError
from voicebridge.extensions import STAGES
from voicebridge.filters.command import command_filter
from voicebridge.filters.filtering import ReadyFilter, TextFilters
from voicebridge.runtime.extensions import named
from voicebridge.runtime.plugin_filter import PluginFilter
from voicebridge.runtime.registry import Registry


def text_filters(registry: Registry, stage: str) -> TextFilters:
    """The filters of a stage, in the order in which they run; nothing is created yet.

    Args:
        registry: the plugins and the configuration.
        stage: one of :data:`voicebridge.extensions.STAGES`.

    Raises:
        ConfigError: if ``[filters]`` names one that doesn't exist, or doesn't run there.
    """
    command = user_command(registry, stage)
    return TextFilters(
        stage,
        (*(each.ready() for each in plugin_filters(registry, stage)), *([command] if command else [])),
        registry.config.profile,
    )


def plugin_filters(registry: Registry, stage: str) -> list[PluginFilter]:
    """The plugins' filters of a stage, in the order in which they run.

    Raises:
        ConfigError: like :func:`text_filters`.
    """
    chosen: tuple[str, ...] | None = getattr(registry.config.settings.filters, stage)
    able = [each for each in registry.text_filters if stage in each.spec.stages]
    if chosen is None:
        able = [each for each in able if each.spec.automatic]
    else:
        names = [_full_name(registry, stage, name) for name in chosen]
        able = [each for each in able if each.extension.full_name in names]
    return sorted(able, key=lambda each: (each.spec.order, each.extension.full_name))


def user_command(registry: Registry, stage: str) -> ReadyFilter | None:
    """The user's command as a filter, if it runs on this stage. It doesn't run for commands that it calls itself."""
    settings = registry.config.settings.filters
    if not settings.command or stage not in settings.stages or "VOICEBRIDGE_STAGE" in registry.config.environment:
        return None
    return command_filter(settings.command, settings.seconds)


def filters_of_all_stages(registry: Registry) -> list[tuple[PluginFilter, list[str]]]:
    """The plugins' filters that run, each with its stages.

    Raises:
        ConfigError: like :func:`text_filters`.
    """
    running = {stage: plugin_filters(registry, stage) for stage in STAGES}
    return [
        (each, stages)
        for each in sorted(registry.text_filters, key=lambda each: (each.spec.order, each.extension.full_name))
        if (stages := [stage for stage in STAGES if each in running[stage]])
    ]


def _full_name(registry: Registry, stage: str, name: str) -> str:
    try:
        found = named(name, [each.extension for each in registry.text_filters], "text filter")
    except UsageError as error:  # an unknown or ambiguous name
        raise ConfigError(f"filters.{stage}: {error}") from error
    if stage not in found.spec.stages:
        can = ", ".join(each for each in STAGES if each in found.spec.stages)
        raise ConfigError(f"filters.{stage}: {found.full_name} is not for {stage}, but for {can}. Remove it from the list.")
    return found.full_name
