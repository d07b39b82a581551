"""An engine's own options: typed, documented, validated once, with the layer named where a value is wrong.

An engine declares them as a pydantic model whose fields carry a description::

    class Options(EngineOptions):
        beam_size: int = Field(5, ge=1, description="How many hypotheses are kept while decoding.")

The command line sets them with ``-O beam_size=1``, the configuration under ``[plugins.NAME]`` and ``[models."NAME/MODEL"]``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

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
    values: dict[str, object] = {}
    origins: dict[str, str] = {}
    for layer in layers:
        for name, value in layer.values.items():
            if name not in options.model_fields:
                known = ", ".join(sorted(options.model_fields))
                raise OptionError(f"{layer.origin}: there is no option {name!r}.{nearest(name, options.model_fields)} Known: {known}.")
            values[name] = _check(options.model_fields[name], name, value, layer)
            origins[name] = layer.origin
    try:
        return options.model_validate(values)
    except ValidationError as error:  # a rule that spans several options
        where = ", ".join(dict.fromkeys(origins.values())) or "defaults"
        raise OptionError(f"{where}: {first_message(error)}.") from error


def describe(options: type[EngineOptions]) -> Sequence[OptionDoc]:
    """Every option of an engine, in the order of its class."""
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


def _read_text(text: str, adapter: TypeAdapter[Any]) -> object:
    if text.lower() in ("none", "null") and _accepts(adapter, None):
        return None
    if _accepts(adapter, []):  # a list: commas separate, as in -O temperature=0,0.2
        return [part.strip() for part in text.split(",") if part.strip()]
    return text


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
        return adapter.validate_python(_read_text(str(value), adapter))
    # Strict as JSON, not as Python: a list is then good for a tuple, which is how TOML has to write one.
    return adapter.validate_json(to_json(value), strict=True)


def type_name(field: FieldInfo) -> str:
    """A field's type as a user would read it."""
    annotation = field.annotation
    name = annotation.__name__ if isinstance(annotation, type) and not hasattr(annotation, "__args__") else str(annotation)
    return name.replace("typing.", "").replace("NoneType", "none").replace("None", "none")


def default_text(field: FieldInfo) -> str:
    """A field's default as TOML would show it, ``none`` for nothing."""
    value = field.get_default(call_default_factory=True)
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return "[" + ", ".join(str(item) for item in value) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _check(field: FieldInfo, name: str, value: object, layer: Layer) -> object:
    try:
        return check_value(field, value, text=layer.text)
    except ValidationError as error:
        raise OptionError(f"{layer.origin}: {name} = {value!r} won't do: {first_message(error)}.") from error


def first_message(error: ValidationError) -> str:
    """The first thing that pydantic holds against a value, as the tail of a sentence."""
    message = error.errors()[0]["msg"]
    return (message[0].lower() + message[1:]).rstrip(".")


def _accepts(adapter: TypeAdapter[Any], value: object) -> bool:
    try:
        adapter.validate_python(value)
    except ValidationError:
        return False
    return True
