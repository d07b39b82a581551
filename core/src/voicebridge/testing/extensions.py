"""What the conformance tests of formats and readers have in common: the plugin, and what it offers."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import pytest

from voicebridge.extensions import ExtensionSpec
from voicebridge.runtime.config import Config
from voicebridge.runtime.extensions import Extension, extensions, named
from voicebridge.runtime.plugins import PluginHost, load_plugins
from voicebridge.runtime.registry import Registry
from voicebridge.testing.imports import foreign_imports

_Spec = TypeVar("_Spec", bound=ExtensionSpec)


def registry_of(full_name: str) -> Registry:
    """The plugin alone, without the user's configuration, so that tests give the same result on every machine."""
    plugin = full_name.partition("/")[0]
    record = load_plugins(only=[plugin]).get(plugin)
    if not record.active:
        pytest.fail(f"{record.name} is {record.outcome}: {record.reason}")
    return Registry(PluginHost([record]), Config(Path("config.toml"), {}, None, {}))


def extension_of(full_name: str, kind: type[_Spec]) -> Extension[_Spec]:
    """What the plugin offers under that name, found as by VoiceBridge."""
    return named(full_name, extensions(registry_of(full_name).host, kind), kind.title)


def check_descriptor(extension: Extension[Any]) -> None:
    """Fail the test if a descriptor has no description, or its plugin's module imports a library."""
    if not extension.spec.description.strip():
        pytest.fail(f"{extension.full_name} has no description")
    if faults := foreign_imports(extension.plugin.module.partition(":")[0]):
        pytest.fail("imported with the plugin: " + "; ".join(faults))
