"""Describe in words what the type of an option or key allows."""

from __future__ import annotations

from collections.abc import Iterable
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from voicebridge.errors import either


def expected(annotation: Any, rules: Iterable[Any] = (), *, many: bool = False) -> str:
    """Describe the values that a type and its bounds allow: "expected a whole number between 1 and 100"; ``many`` inside a list."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        field = FieldInfo.from_annotation(annotation)
        return expected(field.annotation, [*field.metadata, *rules], many=many)
    if origin in (Union, UnionType):
        return either(expected(part, rules, many=many) for part in parts if part is not NoneType)
    if origin is Literal:
        return either(map(repr, parts))
    if is_list(annotation):
        inner = next((part for part in parts if part is not Ellipsis), Any)
        filled = "non-empty " if any(getattr(rule, "min_length", None) for rule in rules) else ""
        return f"{'' if many else 'a '}{filled}list{'s' if many else ''} of {expected(inner, many=True)}"
    if is_table(annotation):
        return _table(*parts)
    one, several = _NOUNS.get(annotation, ("a table", "tables") if _is_model(annotation) else ("text", "texts"))
    return (several if many else one) + _between(rules)


_NOUNS = {
    int: ("a whole number", "whole numbers"),
    float: ("a number", "numbers"),
    bool: ("true or false", "true or false"),
    Any: ("a value", "values"),
}


def _table(keys: Any, values: Any) -> str:
    if get_origin(keys) is Literal:
        return f"a table with the keys {', '.join(map(repr, get_args(keys)))}"
    if values is Any:
        return "a table"
    example = ", such as {SQL = 'sequel'}" if values is str else ""
    return f"a table of {expected(values, many=True)}{example}"


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def bounds_of(rules: Iterable[Any]) -> dict[str, Any]:
    """The bounds in a type's metadata, by pydantic's names: ``ge``, ``gt``, ``le``, ``lt``."""
    return {name: getattr(rule, name) for rule in rules for name in _BOUNDS if getattr(rule, name, None) is not None}


def _between(rules: Iterable[Any]) -> str:
    bounds = bounds_of(rules)
    if {"ge", "le"} <= bounds.keys():
        return f" between {bounds['ge']:.10g} and {bounds['le']:.10g}"
    text = " and ".join(f"{_BOUNDS[name]} {bound:.10g}" for name, bound in bounds.items())
    return f" {text}" if text else ""


_BOUNDS = {"ge": "of at least", "gt": "above", "le": "at most", "lt": "below"}


def is_list(annotation: Any) -> bool:
    """Whether this type is a list, a tuple or a set."""
    if get_origin(annotation) in (Annotated, Union, UnionType):
        return any(is_list(part) for part in get_args(annotation) if part is not NoneType)
    return (get_origin(annotation) or annotation) in (list, tuple, set, frozenset)


def is_table(annotation: Any) -> bool:
    """Whether this type is a dictionary."""
    return (get_origin(annotation) or annotation) is dict
