"""How a command's parameters are parsed and shown: quickly, with support for old names, and without redundant help."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any

from voicebridge import renamed
from voicebridge.cli.examples import epilog


def prepare_command(command: Any, path: str) -> None:
    """Prepare the parameters of a command and its subcommands when it is about to parse its arguments.

    Args:
        command: created by Typer.
        path: its name, after those of its parent commands.
    """
    command.help = _in_paragraphs(command.help or "")
    command.epilog = epilog(path)
    parse = command.parse_args

    def parse_args(ctx: Any, args: list[str]) -> Any:
        prepare_params(command.get_params(ctx))
        return parse(ctx, renamed.options(_path(ctx), args))

    command.parse_args = parse_args
    if below := getattr(command, "commands", {}):
        find = command.resolve_command
        command.resolve_command = lambda ctx, args: find(ctx, [renamed.verb(_path(ctx), args[0]), *args[1:]])
        for name, each in below.items():
            prepare_command(each, f"{path} {name}")


def _in_paragraphs(text: str) -> str:
    """A docstring with each paragraph joined into one line."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in inspect.cleandoc(text).split("\n\n"))


def _path(ctx: Any) -> list[str]:
    """The names of the commands up to this one, without the program's name."""
    return [*_path(ctx.parent), ctx.info_name] if ctx.parent else []


def prepare_params(params: Iterable[Any]) -> None:
    """Make parameters parse quickly, and remove redundant help."""
    for param in params:
        _spare_pydantic(param)
        _hide_type(param)


def _hide_type(param: Any) -> None:
    """Remove help that only repeats the name: that a flag is a bool, or the type of an argument."""
    if param.type_descriptor.annotation is bool or param.param_type_name == "argument":
        param.display_type_rich = lambda ctx: None  # noqa: ARG005


def _spare_pydantic(param: Any) -> None:
    """Parse text and defaults without pydantic, whose import would double the time of a short command."""
    read, described = param.process_value, param.type_descriptor
    is_text = described.annotation in (str, list[str]) and described.parameter_info.parser is None and not described.is_choice

    def process_value(ctx: Any, value: Any) -> Any:
        if value is not None and not (is_text and value):
            return read(ctx, value)
        if param.required and not value:
            return read(ctx, value)  # which reports what is missing
        if isinstance(value, tuple):
            value = list(value)
        return param.callback(ctx, param, value) if param.callback else value

    param.process_value = process_value
