"""An engine's own options: typed, documented, validated once, with the layer named where a value is wrong.

An engine declares them as a pydantic model whose fields carry a description::

    class Options(EngineOptions):
        beam_size: int = Field(5, ge=1, description="How many hypotheses are kept while decoding.")

The command line sets them with ``-O beam_size=1``, the configuration under ``[plugins.NAME]`` and ``[models."NAME/MODEL"]``.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import to_json

from voicebridge.errors import OptionError, nearest


class EngineOptions(BaseModel):
    """The base of every engine's options; an unknown option is an error and a value can't be changed afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True)


_Options = TypeVar("_Options", bound=EngineOptions)


@dataclass(frozen=True, slots=True)
class Layer:
    """Option values that come from one place."""

    origin: str
    """How a user would name the place: a file and table, a variable, ``-O``."""
    values: Mapping[str, object]
    text: bool = False
    """True when the values are words that a person typed (a variable, ``-O``) and need reading as numbers, lists and so on."""
    shared: bool = False
    """True when the values are meant for all models of a plugin, some of which may have other options than others."""


@dataclass(frozen=True, slots=True)
class OptionDoc:
    """One option as the documentation shows it."""

    name: str
    type: str
    default: str
    description: str


def validate(options: type[_Options], layers: Iterable[Layer]) -> _Options:
    """Put the layers on top of each other, lowest first, and give the engine's options.

    Raises:
        OptionError: for the first option that is unknown or ill-typed, naming the layer it stands in.
    """
    given = merge(options, layers)
    try:
        return options.model_validate({name: value for name, (value, _) in given.items()})
    except ValidationError as error:  # the engine's own rules, which may span several options
        culprit = next((part for part in error.errors()[0]["loc"] if part in given), None)
        where = f"{given[str(culprit)][1]}: {culprit}" if culprit else " and ".join(dict.fromkeys(origin for _, origin in given.values()))
        raise OptionError(f"{where or 'defaults'}: {first_message(error)}.") from error


def merge(options: type[EngineOptions], layers: Iterable[Layer]) -> dict[str, tuple[object, str]]:
    """Put the layers on top of each other, lowest first: for each option that is set, its value and the layer that won.

    Raises:
        OptionError: for the first option that is unknown or ill-typed, naming the layer it stands in.
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
    """Every option of an engine, or every key of a table, in the order of its class."""
    return [OptionDoc(name, type_name(field), default_text(field), field.description or "") for name, field in options.model_fields.items()]


def parse_assignments(assignments: Iterable[str]) -> Layer:
    """Turn ``-O key=value`` words into a layer.

    Raises:
        OptionError: when a word has no ``=``.
    """
    values = {}
    for word in assignments:
        name, equals, value = word.partition("=")
        if not equals or not name.strip():
            raise OptionError(f"-O {word}: an option is written as key=value, for example -O beam_size=1.")
        values[name.strip().replace("-", "_")] = value.strip()
    return Layer("-O", values, text=True)


def _read_text(text: str, annotation: Any, adapter: TypeAdapter[Any]) -> object:
    if text.lower() in ("none", "null") and _accepts(adapter, None):
        return None
    if _is_list(annotation):  # commas separate, as in -O temperature=0,0.2; TOML's brackets do no harm
        if text.startswith("[") and text.endswith("]"):
            try:
                return tomllib.loads(f"value = {text}")["value"]
            except tomllib.TOMLDecodeError:
                text = text[1:-1]
        return [part.strip() for part in text.split(",") if part.strip()]
    if _is_table(annotation):  # a table within one line, as TOML has it, whose braces may be left out
        try:
            return tomllib.loads(f"value = {text if text.startswith('{') else f'{{{text}}}'}")["value"]
        except tomllib.TOMLDecodeError:
            return text
    return text


def _is_list(annotation: Any) -> bool:
    if get_origin(annotation) in (Annotated, Union, UnionType):
        return any(_is_list(part) for part in get_args(annotation) if part is not NoneType)
    return (get_origin(annotation) or annotation) in (list, tuple, set, frozenset)


def _is_table(annotation: Any) -> bool:
    return (get_origin(annotation) or annotation) is dict


def check_value(field: FieldInfo, value: object, *, text: bool) -> object:
    """Check one value against its field and give it in the field's type.

    What a person typed (``text``) is read leniently: "5" is a number. What comes from TOML has a type already and keeps it: there
    ``"5"`` is a string, and wrong where a number belongs.

    Raises:
        pydantic.ValidationError: when the value won't do.
    """
    annotation: Any = field.annotation
    for rule in field.metadata:
        annotation = Annotated[annotation, rule]
    adapter = TypeAdapter[Any](annotation)
    if text:
        return adapter.validate_python(_read_text(str(value), field.annotation, adapter))
    # Strict as JSON, not as Python: a list is then good for a tuple, which is how TOML has to write one.
    return adapter.validate_json(to_json(value, inf_nan_mode="constants"), strict=True)


def type_name(field: FieldInfo) -> str:
    """A field's type as a user would read it, with its bounds: ``integer, 1 to 100``."""
    return _type_text(field.annotation) + _bounds_text(field.metadata)


_PLAIN_NAMES = {int: "integer", float: "number", str: "text", bool: "true or false", NoneType: "none", Any: "anything"}


def _type_text(annotation: Any) -> str:
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        field = FieldInfo.from_annotation(annotation)
        return _type_text(field.annotation) + _bounds_text(field.metadata)
    if origin is Literal:
        return " or ".join(toml_text(part) for part in parts)
    if origin in (Union, UnionType):
        return " or ".join(_type_text(part) for part in parts)
    if _is_list(annotation) or _is_table(annotation):
        inner = [_type_text(part) for part in (parts[1:] if _is_table(annotation) else parts) if part is not Ellipsis]
        kind = "table" if _is_table(annotation) else "list"
        plurals = {"integer": "integers", "number": "numbers", "text": "texts", "table": "tables"}
        return f"{kind} of " + ", ".join(re.sub(r"\w+", lambda word: plurals.get(word[0], word[0]), each) for each in inner)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "table"
    return _PLAIN_NAMES.get(annotation) or getattr(annotation, "__name__", str(annotation)).lower()


def _bounds_text(rules: Iterable[Any]) -> str:
    bounds = {name: getattr(rule, name) for rule in rules for name in ("ge", "gt", "le", "lt") if getattr(rule, name, None) is not None}
    if {"ge", "le"} <= bounds.keys():
        return f", {bounds['ge']} to {bounds['le']}"
    words = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
    text = " and ".join(f"{words[name]} {bound}" for name, bound in bounds.items())
    return f", {text}" if text else ""


def default_text(field: FieldInfo) -> str:
    """A field's default as TOML would show it, ``none`` for nothing."""
    return "required" if field.is_required() else toml_text(field.get_default(call_default_factory=True))


def toml_text(value: object) -> str:
    """A value as TOML would show it, ``none`` for nothing."""
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
        raise OptionError(f"{layer.origin}: {name} = {value!r} won't do: {first_message(error)}.") from error


def first_message(error: ValidationError) -> str:
    """The first thing that pydantic holds against a value, as the tail of a sentence."""
    first = error.errors()[0]
    message = "it should be a table, such as {SQL = 'sequel'}" if first["type"] == "dict_type" else first["msg"]
    return (message[0].lower() + message[1:]).rstrip(".")


def _accepts(adapter: TypeAdapter[Any], value: object) -> bool:
    try:
        adapter.validate_python(value)
    except ValidationError:
        return False
    return True
