"""Collect what a plugin's hooks yield, and check it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from types import FunctionType, MethodType, ModuleType
from typing import Any

import pluggy

from voicebridge import hookspecs
from voicebridge.errors import PluginError, misspelled
from voicebridge.extensions import SettingsSpec
from voicebridge.hookspecs import Spec
from voicebridge.specs import ModelSpec, ServiceSpec


def collect(module: object, name: str) -> tuple[list[Spec], list[str]]:
    """The plugin's descriptors, and the hooks and fields that only a newer version knows."""
    manager = _Manager(hookspecs.PROJECT)
    try:
        manager.register(module, name=name)
        for hook in hookspecs.HOOKS:
            if hasattr(manager.hook, hook):  # most plugins have one hook or two, and specifying all takes longer than all the rest
                manager.add_hookspecs(_alone(hook))
    except pluggy.PluginValidationError as error:  # a hook with arguments that are not passed
        raise PluginError(" ".join(str(error).split())) from error
    newer = [f"the hook {hook}" for hook in _newer_hooks(manager)]
    _check_marks(module)
    specs: list[Spec] = []
    for hook, kind in hookspecs.HOOKS.items():
        for yielded in getattr(manager.hook, hook, list)():
            if not isinstance(yielded, Iterable):
                raise PluginError(f"{hook} returned a {type(yielded).__name__}; it must yield {kind.__name__} objects.")
            for spec in yielded:
                if not isinstance(spec, kind):
                    raise PluginError(f"{hook} yielded a {type(spec).__name__}; it must yield {kind.__name__} objects.")
                specs.append(spec)
    _check_unique(specs)
    newer.extend(dict.fromkeys(f"the field {name} of {type(spec).__name__}" for spec in specs for name in spec.unknown))
    return specs, newer


class _Manager(pluggy.PluginManager):
    """Skips a module's attributes that can't be hooks: pluggy's own search would take half the time of loading a plugin."""

    def parse_hookimpl_opts(self, plugin: Any, name: str) -> pluggy.HookimplOpts | None:
        return super().parse_hookimpl_opts(plugin, name) if _may_be_hook(plugin, name) else None

    def parse_hookspec_opts(self, module_or_class: Any, name: str) -> pluggy.HookspecOpts | None:
        return super().parse_hookspec_opts(module_or_class, name) if _may_be_hook(module_or_class, name) else None


def _may_be_hook(owner: object, name: str) -> bool:
    return not isinstance(owner, ModuleType) or isinstance(vars(owner).get(name), FunctionType | MethodType | staticmethod | classmethod)


@lru_cache
def _alone(hook: str) -> ModuleType:
    """A module with only the specification of this hook."""
    alone = ModuleType(hookspecs.__name__)
    setattr(alone, hook, getattr(hookspecs, hook))
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
