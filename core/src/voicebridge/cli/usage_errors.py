"""Messages for command-line errors: what was expected and what was given."""

from __future__ import annotations

from typing import Any

from voicebridge.errors import either, nearest


def usage_problem(error: Any) -> str:
    """The message for an error of Typer, without the validation library's wording."""
    options = getattr(error, "possibilities", None)
    if options:
        return f"{error.message}. Did you mean {either(sorted(options))}?"
    cause, param = error.__cause__, getattr(error, "param", None)
    if param is None or not hasattr(cause, "errors"):
        return str(error.format_message()).rstrip()
    found = cause.errors()[0]
    given, is_argument = found["input"], param.param_type_name == "argument"
    name = param.name if is_argument else max(param.opts, key=len)
    if choices := [str(getattr(each, "value", each)) for each in param.type_descriptor.choices or ()]:
        if is_argument:
            return f"Unknown {name.removesuffix('s')} {given!r}.{nearest(str(given), choices)} Choose {either(choices)}."
        return f"{name}: expected {either(choices)}, got {given!r}."
    return f"{name}: expected {_number(param.type_descriptor)}, got {given!r}."


def _number(described: Any) -> str:
    from pydantic import Field  # a value was validated, so the library is already loaded

    from voicebridge.option_types import expected

    info = described.parameter_info
    return expected(described.annotation, Field(ge=info.min, le=info.max).metadata)
