"""Collect what a plugin's hooks yield, and check it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from types import ModuleType

import pluggy

from voicebridge import hookspecs
from voicebridge.errors import PluginError, misspelled
from voicebridge.extensions import SettingsSpec
from voicebridge.hookspecs import Spec
from voicebridge.specs import ModelSpec, ServiceSpec


def collect(module: object, name: str) -> tuple[list[Spec], list[str]]:
    """The plugin's descriptors, and the hooks and fields that only a newer version knows."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(_hooks_alone())
    try:
        manager.register(module, name=name)
    except pluggy.PluginValidationError as error:  # a hook with arguments that are not passed
        raise PluginError(" ".join(str(error).split())) from error
    newer = [f"the hook {hook}" for hook in _newer_hooks(manager)]
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
    newer.extend(dict.fromkeys(f"the field {name} of {type(spec).__name__}" for spec in specs for name in spec.unknown))
    return specs, newer


@lru_cache(maxsize=1)
def _hooks_alone() -> ModuleType:
    # pluggy inspects every attribute of every plugin; a module with only the hooks is faster.
    alone = ModuleType(hookspecs.__name__)
    vars(alone).update({hook: getattr(hookspecs, hook) for hook in hookspecs.HOOKS})
    return alone


def _newer_hooks(manager: pluggy.PluginManager) -> list[str]:
    unknown = [hook for hook in vars(manager.hook) if hook not in hookspecs.HOOKS and not hook.startswith("_")]
    for hook in unknown:
        if meant := misspelled(hook, hookspecs.HOOKS):
            known = ", ".join(hookspecs.HOOKS)
            raise PluginError(f"there is no hook {hook!r}. Did you mean {meant!r}? The hooks are: {known}.")
    return unknown


def _check_marks(module: object) -> None:
    for hook in hookspecs.HOOKS:
        function = getattr(module, hook, None)
        if function is not None and not hasattr(function, f"{hookspecs.PROJECT}_impl"):
            raise PluginError(f"{hook} is not marked as a hook. Put @hookimpl above it: from voicebridge import hookimpl")


def _check_unique(specs: Sequence[Spec]) -> None:
    seen: set[tuple[str, str]] = set()
    for spec in specs:
        if isinstance(spec, ModelSpec):
            what, names = "model", (spec.name, *spec.aliases)  # of either kind: both are named plugin/name
        else:
            what, names = spec.kind if isinstance(spec, ServiceSpec) else spec.title, (spec.name,)
        if isinstance(spec, SettingsSpec) and any(name == what for name, _ in seen):
            raise PluginError("it has several SettingsSpec objects. Join them: there is one table for each plugin.")
        for name in names:
            if (what, name) in seen:
                raise PluginError(f"it provides the {what} {name!r} twice.")
            seen.add((what, name))
