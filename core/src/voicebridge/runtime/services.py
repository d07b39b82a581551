"""Find the services that can be used on this machine, and create them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from voicebridge.errors import ConfigError, PluginError, UnavailableError, UsageError, VoiceBridgeError, brief
from voicebridge.options import EngineOptions, Layer
from voicebridge.runtime.config import Config
from voicebridge.runtime.extensions import extensions, named
from voicebridge.runtime.plugin_settings import active_record, class_of, read, settings_type
from voicebridge.runtime.plugins import PluginHost, PluginRecord
from voicebridge.spec_fields import load_ref
from voicebridge.specs import ServiceSpec


class Service(NamedTuple):
    """A usable service."""

    record: PluginRecord
    spec: ServiceSpec
    made: Any
    """The object created by its factory."""

    @property
    def full_name(self) -> str:
        """Such as ``os_linux/x11``."""
        return f"{self.record.name}/{self.spec.name}"


class Services:
    """The services of all active plugins, and their settings."""

    def __init__(self, host: PluginHost, config: Config, given: Mapping[str, Layer] | None = None) -> None:
        """Use the plugins with a configuration.

        Args:
            host: the plugins.
            config: the configuration.
            given: settings of plugins for this run, by plugin, which override the configuration.
        """
        self.host = host
        self.config = config
        self._given = given or {}

    def settings(self, plugin: str) -> EngineOptions:
        """A plugin's settings.

        Raises:
            UnknownNameError: if there is no such plugin, or it is not active.
            PluginError: if it has no settings, or their class is faulty.
            OptionError: if a value is unknown or has the wrong type, naming its origin.
        """
        record = active_record(self.host, plugin)
        kind = settings_type(record)
        if kind is None:
            raise PluginError(f"The plugin {plugin} has no settings. It declares them with the hook voicebridge_settings.")
        return read(record, kind, self.plugin_layers(record))

    @property
    def given(self) -> dict[str, dict[str, object]]:
        """By plugin, the settings given for this run."""
        return {plugin: dict(layer.values) for plugin, layer in self._given.items()}

    def plugin_layers(self, record: PluginRecord) -> list[Layer]:
        """The values of a plugin's table for all its parts, lowest first, with those given for this run."""
        layers = self.config.engine_layers(record.name)
        return [*layers, self._given[record.name]] if record.name in self._given else layers

    def service(self, kind: str) -> tuple[PluginRecord, ServiceSpec]:
        """The configured service of a kind, or else the usable one with the highest priority.

        Raises:
            UnavailableError: if there is none, with all reasons.
            ConfigError: if the configured one doesn't exist.
        """
        usable, reasons = self.usable_services(kind)
        if not usable:
            raise UnavailableError(f"No {kind} can be used here. " + (" ".join(reasons) or "No active plugin provides one."))
        return usable[0]

    def chosen_service(self, kind: str) -> tuple[PluginRecord, ServiceSpec] | None:
        """The service that ``[services]`` chooses; ``None`` if it chooses none of this kind.

        Raises:
            ConfigError: if it doesn't exist or is ambiguous, with the closest name.
        """
        value = self.config.values[f"services.{kind}"]
        if value.value is None:
            return None
        try:
            found = self.service_named(kind, str(value.value))
        except UsageError as error:
            raise ConfigError(f"{value.origin}: services.{kind}: {error}") from error
        return found

    def service_named(self, kind: str, name: str) -> tuple[PluginRecord, ServiceSpec]:
        """The service of a kind with that full name, or that short name if only one has it.

        Raises:
            UnknownNameError: if there is none, with the closest name.
            AmbiguousNameError: if there are several.
        """
        found = named(name, [each for each in extensions(self.host, ServiceSpec) if each.spec.kind == kind], kind)
        return found.plugin, found.spec

    def load_service(self, kind: str) -> Any:
        """The best usable service of a kind, created.

        Raises:
            UnavailableError: if there is none, with all reasons.
        """
        return self.find_service(kind).made

    def make_service(self, record: PluginRecord, spec: ServiceSpec) -> Any:
        """Create a plugin's service.

        Raises:
            UnavailableError: if it can't be created, with the reason.
        """
        try:
            arguments = [read(record, class_of(record, spec.options), self.plugin_layers(record))] if spec.options else []
            with record.owner(f"{record.name}/{spec.name}").blamed(UnavailableError):
                return load_ref(spec.factory)(*arguments)
        except UnavailableError:
            raise
        except VoiceBridgeError as error:
            raise UnavailableError(str(error)) from error

    def find_service(self, kind: str) -> Service:
        """The best usable service of a kind, created, with its plugin.

        Raises:
            UnavailableError: if there is none, with all reasons.
        """
        record, spec = self.service(kind)
        return Service(record, spec, self.make_service(record, spec))

    def usable_services(self, kind: str) -> tuple[list[tuple[PluginRecord, ServiceSpec]], list[str]]:
        """The usable services of a kind, best first, and the reasons why the others can't be used.

        The configured one is the only one, or for text insertion the first one.

        Raises:
            ConfigError: if the configured one doesn't exist.
        """
        usable, reasons = [], []
        chosen = self.chosen_service(kind)
        for record, spec in [chosen] if chosen and kind != "inserter" else self.services(kind):
            try:
                usable.append((probe(spec), record, spec))
            except VoiceBridgeError as error:
                says = f", which services.{kind} chooses" if chosen and chosen[1] is spec else ""
                reasons.append(f"{record.name}/{spec.name}{says}: {error}")
        ranked = sorted(usable, key=lambda each: (chosen is None or each[2] is not chosen[1], -each[0]))
        return [(record, spec) for _, record, spec in ranked], reasons

    def services(self, kind: str | None = None) -> list[tuple[PluginRecord, ServiceSpec]]:
        """The services of all active plugins, of one kind or of all."""
        return [(record, spec) for record in self.host.active for spec in record.of(ServiceSpec) if kind in (None, spec.kind)]


def probe(spec: ServiceSpec) -> int:
    """A service's priority on this machine.

    Raises:
        UnavailableError: if it can't be used here, with the reason.
        PluginError: if its probe can't be imported.
    """
    check: Callable[[], int] = load_ref(spec.probe)
    try:
        return int(check())
    except VoiceBridgeError:
        raise
    except Exception as error:
        raise UnavailableError(f"its probe failed: {brief(error)}.") from error
