"""The table ``[plugins.NAME]``: a plugin's settings, and the options of its models, services and other parts.

Their classes are imported when a value is needed, never when the plugin is loaded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from pydantic.fields import FieldInfo

from voicebridge.errors import OptionError, PluginError, UnknownNameError, nearest
from voicebridge.extensions import SettingsSpec
from voicebridge.hookspecs import Spec
from voicebridge.options import EngineOptions, Layer, merge, validate
from voicebridge.runtime.model import options_class
from voicebridge.runtime.owner import report_of
from voicebridge.runtime.plugins import PluginHost, PluginRecord
from voicebridge.spec_fields import Ref
from voicebridge.specs import ModelSpec, ServiceSpec


def active_record(host: PluginHost, plugin: str) -> PluginRecord:
    """The record of an active plugin.

    Raises:
        UnknownNameError: if there is none, with the reason or the closest name.
    """
    record = host.get(plugin)
    if not record.active:
        raise UnknownNameError(f"The plugin {plugin} is not active: {record.reason}")
    return record


def settings_type(record: PluginRecord) -> type[EngineOptions] | None:
    """The class of a plugin's settings; ``None`` if it has none.

    Raises:
        PluginError: if it can't be imported, or is not an options class.
    """
    return next((class_of(record, spec.settings) for spec in record.of(SettingsSpec)), None)


def class_of(record: PluginRecord, ref: Ref) -> type[EngineOptions]:
    """The options class that a plugin refers to.

    Raises:
        PluginError: if it can't be imported, or is not an options class; the message names the plugin.
    """
    with record.owner(f"The plugin {record.name}").blamed():
        try:
            return options_class(ref)
        except PluginError as error:
            raise PluginError(f"Plugin {record.name}: {error}") from error


def own_types(record: PluginRecord) -> list[type[EngineOptions]]:
    """The classes of a plugin's settings, and of the options of its services and other parts except models."""
    return list(dict.fromkeys(class_of(record, ref) for spec, ref in _references(record) if not isinstance(spec, ModelSpec)))


def own_fields(record: PluginRecord) -> dict[str, FieldInfo]:
    """The fields of :func:`own_types`."""
    return {name: field for kind in own_types(record) for name, field in kind.model_fields.items()}


def table_fields(record: PluginRecord) -> dict[str, FieldInfo]:
    """Every key of ``[plugins.NAME]`` besides ``enabled``.

    Raises:
        PluginError: if a class can't be imported, or a setting has the name of another part's option, or of the key ``enabled``.
    """
    settings = settings_type(record)
    fields = dict(settings.model_fields) if settings else {}
    report = report_of(record.distribution)
    if "enabled" in fields:
        raise PluginError(f"The plugin {record.name} has a setting 'enabled', which is the key that disables it. {report}")
    for spec, ref in _references(record):
        kind = class_of(record, ref)
        if kind is settings:
            continue
        if settings and (twice := sorted(settings.model_fields.keys() & kind.model_fields.keys())):
            part = f"the {spec.kind if isinstance(spec, ServiceSpec) else spec.title} {record.name}/{spec.name}"
            raise PluginError(f"The plugin {record.name} has {twice[0]!r} both as a setting and as an option of {part}. {report}")
        fields = {**kind.model_fields, **fields}
    return fields


def read(record: PluginRecord, kind: type[EngineOptions], layers: Iterable[Layer]) -> EngineOptions:
    """The values of a plugin's settings, or of the options of one of its parts.

    Args:
        record: of the plugin.
        kind: the class.
        layers: of the plugin's table, lowest first, with the values for all its parts.

    Raises:
        OptionError: for the first value that is unknown or has the wrong type, naming its layer.
        PluginError: if the plugin's classes are faulty.
    """
    layers = list(layers)
    known = table_fields(record)
    for layer in layers:
        if name := next((name for name in layer.values if name not in known), None):
            raise OptionError(f"{layer.origin}: {unknown_key(record, name, known)}")
    with record.owner(f"The plugin {record.name}").blamed():
        return validate(kind, [only(kind, layer) for layer in layers])


def check_given(host: PluginHost, given: Mapping[str, Layer]) -> None:
    """Check what ``-O NAME.key=value`` has set.

    Args:
        host: the plugins.
        given: the values, by plugin.

    Raises:
        UnknownNameError: if there is no such plugin, or it is not active.
        OptionError: if it has no such setting, or the value is wrong.
        PluginError: if the plugin's classes are faulty.
    """
    for plugin, layer in given.items():
        record = active_record(host, plugin)
        own = own_fields(record)
        for name in layer.values:
            if name not in own and name in table_fields(record):
                raise OptionError(f"{layer.origin}.{name}: {name} is an option of the plugin's models. Set it with: -O {name}=…")
            if name not in own:
                raise OptionError(f"{layer.origin}.{name}: {unknown_key(record, name, own)}")
        for kind in own_types(record):
            merge(kind, [only(kind, layer)])


def unknown(owner: str, name: str, known: Iterable[str], what: str = "option") -> str:
    """The error message for an unknown key of a plugin's or model's table, as sentences.

    Args:
        owner: the plugin or model.
        name: the unknown key.
        known: the keys that it may have.
        what: what its keys are called.
    """
    known = sorted(known)
    listed = f"Known: {', '.join(known)}." if known else f"It has no {what}s."
    return f"{owner} has no {what} {name!r}.{nearest(name, known)} {listed}"


def unknown_key(record: PluginRecord, name: str, known: Iterable[str]) -> str:
    """The error message for an unknown key of a plugin's table."""
    return unknown(record.name, name, known, "setting" if record.of(SettingsSpec) else "option")


def without_others(record: PluginRecord, kind: type[EngineOptions] | None, layer: Layer) -> Layer:
    """A layer of the plugin's table without the values that only its other parts know."""
    foreign = layer.values.keys() - (kind.model_fields.keys() if kind else ())
    if foreign:
        foreign &= table_fields(record).keys()
    return replace(layer, values={name: value for name, value in layer.values.items() if name not in foreign})


def only(kind: type[EngineOptions], layer: Layer) -> Layer:
    """A layer with only the values that the class knows."""
    return replace(layer, values={name: value for name, value in layer.values.items() if name in kind.model_fields})


def _references(record: PluginRecord) -> Iterator[tuple[Spec, Ref]]:
    for spec in sorted(record.specs, key=lambda spec: not isinstance(spec, SettingsSpec)):
        ref = spec.settings if isinstance(spec, SettingsSpec) else getattr(spec, "options", None)
        if ref is not None:
            yield spec, ref
