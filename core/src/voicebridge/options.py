"""An engine's options: typed, documented, and validated once. Errors name the layer that set a wrong value.

An engine declares them as a pydantic model whose fields have descriptions::

    class Options(EngineOptions):
        beam_size: int = Field(5, ge=1, description="Hypotheses kept while decoding.")

They are set with ``-O beam_size=1`` on the command line, and under ``[plugins.NAME]`` and ``[models."NAME/MODEL"]`` in the configuration.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, ClassVar, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, to_json
from pydantic_core.core_schema import ErrorType

from voicebridge.errors import OptionError, either, nearest
from voicebridge.option_types import bounds_of, expected, is_list, is_table


class EngineOptions(BaseModel):
    """Base class of engine options. Unknown options are errors, and values are immutable."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True)


_Options = TypeVar("_Options", bound=EngineOptions)


@dataclass(frozen=True, slots=True)
class Layer:
    """Option values from one place."""

    origin: str
    """The user-visible name of the place: a file and table, a variable, ``-O``."""
    values: Mapping[str, object]
    text: bool = False
    """Whether the values are text typed by a person (a variable, ``-O``), to be parsed as numbers, lists and so on."""
    shared: bool = False
    """Whether the values apply to all models of a plugin, some of which may have other options."""


@dataclass(frozen=True, slots=True)
class TypeLabel:
    """Sets the name of an ``Annotated`` type in the documentation, if the plain type is not specific enough: ``language code``."""

    text: str


@dataclass(frozen=True, slots=True)
class OptionDoc:
    """An option, as shown in the documentation."""

    name: str
    type: str
    default: str
    description: str


def validate(options: type[_Options], layers: Iterable[Layer]) -> _Options:
    """Merge the layers, lowest first, and return the engine's options.

    Raises:
        OptionError: for the first option that is unknown or has the wrong type, naming its layer.
    """
    given = merge(options, layers)
    try:
        return options.model_validate({name: value for name, (value, _) in given.items()})
    except ValidationError as error:  # the engine's own validators, which may involve several options
        culprit = next((part for part in error.errors()[0]["loc"] if part in given), None)
        where = f"{given[str(culprit)][1]}: {culprit}" if culprit else " and ".join(dict.fromkeys(origin for _, origin in given.values()))
        raise OptionError(f"{where or 'defaults'}: {first_message(error)}.") from error


def merge(options: type[EngineOptions], layers: Iterable[Layer]) -> dict[str, tuple[object, str]]:
    """Merge the layers, lowest first: return the value of each option that is set, and the layer that set it.

    Raises:
        OptionError: for the first option that is unknown or has the wrong type, naming its layer.
    """
    given: dict[str, tuple[object, str]] = {}
    for layer in layers:
        for name, value in layer.values.items():
            if name not in options.model_fields:
                known = ", ".join(sorted(options.model_fields)) or "none"
                raise OptionError(f"{layer.origin}: there is no option {name!r}.{nearest(name, options.model_fields)} Known: {known}.")
            given[name] = _check(options.model_fields[name], name, value, layer), layer.origin
    return given


def describe(options: type[BaseModel]) -> Sequence[OptionDoc]:
    """All options of an engine, or all keys of a table, in the order of their class."""
    return [OptionDoc(name, type_name(field), default_text(field), field.description or "") for name, field in options.model_fields.items()]


def parse_assignments(assignments: Iterable[str]) -> Layer:
    """Parse ``-O key=value`` arguments into a layer.

    Raises:
        OptionError: if an argument has no ``=``.
    """
    values = {}
    for word in assignments:
        name, equals, value = word.partition("=")
        if not equals or not name.strip():
            raise OptionError(f"-O {word}: an option is written as key=value, for example -O beam_size=1.")
        values[name.strip().replace("-", "_")] = value.strip()
    return Layer("-O", values, text=True)


def parse_settings(assignments: Iterable[str]) -> dict[str, Layer]:
    """Parse ``-O NAME.key=value`` arguments, the settings of plugins, into a layer for each plugin.

    Raises:
        OptionError: if an argument is not of this form.
    """
    values: dict[str, dict[str, object]] = {}
    for word in assignments:
        name, equals, value = word.partition("=")
        plugin, _, key = (part.strip() for part in name.rpartition("."))
        if not equals or not plugin or not key:
            raise OptionError(f"-O {word}: a plugin's setting is written as NAME.key=value.")
        values.setdefault(plugin, {})[key.replace("-", "_")] = value.strip()
    return {plugin: Layer(f"-O {plugin}", given, text=True) for plugin, given in values.items()}


def _read_text(text: str, annotation: Any, adapter: TypeAdapter[Any]) -> object:
    if text.lower() in ("none", "null") and _accepts(adapter, None):
        return None
    if is_list(annotation):  # commas separate values, as in -O temperature=0,0.2; TOML's brackets are accepted
        if text.startswith("[") and text.endswith("]"):
            try:
                return tomllib.loads(f"value = {text}")["value"]
            except tomllib.TOMLDecodeError:
                text = text[1:-1]
        return [part.strip() for part in text.split(",") if part.strip()]
    if is_table(annotation):  # an inline table as in TOML; its braces are optional
        try:
            return tomllib.loads(f"value = {text if text.startswith('{') else f'{{{text}}}'}")["value"]
        except tomllib.TOMLDecodeError:
            return text
    return text


def check_value(field: FieldInfo, value: object, *, text: bool) -> object:
    """Validate a value against its field, and convert it to the field's type.

    A value typed by a person (``text``) is parsed leniently: "5" is a number. TOML values already have a type, which must match: there,
    ``"5"`` is a string, and invalid where a number is required.

    Raises:
        pydantic.ValidationError: if the value is invalid.
    """
    annotation: Any = field.annotation
    for rule in field.metadata:
        annotation = Annotated[annotation, rule]
    adapter = TypeAdapter[Any](annotation)
    if text:
        return adapter.validate_python(_read_text(str(value), field.annotation, adapter))
    # Strict JSON mode instead of Python mode: it accepts a list for a tuple, and TOML only has lists.
    return adapter.validate_json(to_json(value, inf_nan_mode="constants"), strict=True)


def type_name(field: FieldInfo) -> str:
    """A field's type with its bounds, for users: ``integer, 1 to 100``."""
    label = next((rule.text for rule in field.metadata if isinstance(rule, TypeLabel)), None)
    return (label or _type_text(field.annotation)) + _bounds_text(field.metadata)


_PLAIN_NAMES = {int: "integer", float: "number", str: "text", bool: "true or false", NoneType: "none", Any: "anything"}


def _type_text(annotation: Any) -> str:
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return type_name(FieldInfo.from_annotation(annotation))
    if origin is Literal:
        return either(map(toml_text, parts))
    if origin in (Union, UnionType):
        return either(map(_type_text, parts))
    if is_list(annotation) or is_table(annotation):
        inner = [_type_text(part) for part in (parts[1:] if is_table(annotation) else parts) if part is not Ellipsis]
        kind = "table" if is_table(annotation) else "list"
        return f"{kind} of " + re.sub(r"\b(integer|number|text|table|list|combination)\b", r"\1s", ", ".join(inner))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "table"
    return _PLAIN_NAMES.get(annotation) or getattr(annotation, "__name__", str(annotation)).lower()


def _bounds_text(rules: Iterable[Any]) -> str:
    bounds = bounds_of(rules)
    if {"ge", "le"} <= bounds.keys():
        return f", {bounds['ge']} to {bounds['le']}"
    words = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
    text = " and ".join(f"{words[name]} {bound}" for name, bound in bounds.items())
    return f", {text}" if text else ""


def default_text(field: FieldInfo) -> str:
    """A field's default in TOML notation, ``none`` if there is none."""
    return "required" if field.is_required() else toml_text(field.get_default(call_default_factory=True))


def toml_text(value: object) -> str:
    """A value in TOML notation, ``none`` if there is none."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple | set | frozenset):
        return "[" + ", ".join(toml_text(item) for item in value) + "]"
    if isinstance(value, BaseModel):
        value = value.model_dump(exclude_unset=True)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{toml_text(str(key))} = {toml_text(item)}" for key, item in value.items()) + "}"
    return str(value) if isinstance(value, int | float) else json.dumps(str(value), ensure_ascii=False)


def _check(field: FieldInfo, name: str, value: object, layer: Layer) -> object:
    try:
        return check_value(field, value, text=layer.text)
    except ValidationError as error:
        raise OptionError(f"{layer.origin}: {value_problem(name, value, field, error)}") from error


def value_problem(name: str, value: object, field: FieldInfo, error: ValidationError) -> str:
    """Explain why a value is rejected: the expected and the given value, or the message of the field's own validator.

    Args:
        name: of the option or key.
        value: the given value.
        field: the field of the option or key.
        error: the error raised by :func:`check_value`.
    """
    found = error.errors()
    if rule := next((each for each in found if each["type"] not in _TYPE_ERRORS), None):
        message = _rule_message(rule)
        return f"{name}: {message}" if message.endswith(("?", ".")) else f"{name}: {message}."
    given = repr(value) if isinstance(value, str) else toml_text(value)
    return f"{name}: expected {expected(field.annotation, field.metadata)}, got {given}."


_TYPE_ERRORS = frozenset(get_args(ErrorType)) - {"value_error", "assertion_error"}
"""pydantic's own error types, which follow from a field's type and bounds; others come from a field's validators."""


def _rule_message(error: ErrorDetails) -> str:
    cause = error.get("ctx", {}).get("error")
    return str(cause) if isinstance(cause, ValueError | AssertionError) else error["msg"]


def first_message(error: ValidationError) -> str:
    """The first error in a set of options, as the end of a sentence."""
    message = _rule_message(error.errors()[0])
    return (message[0].lower() + message[1:]).rstrip(".")


def _accepts(adapter: TypeAdapter[Any], value: object) -> bool:
    try:
        adapter.validate_python(value)
    except ValidationError:
        return False
    return True
