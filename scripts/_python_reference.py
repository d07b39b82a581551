"""Write the Markdown reference of the Python API from the source of everything that ``voicebridge`` exports."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import voicebridge
from voicebridge import hookspecs

USING = ("transcribe", "stream", "load_model", "SttModel", "Transcript", "speak", "save_speech", "load_voice", "TtsModel")
"""The names for users of the API; the others are grouped by kind."""
VALUES = (
    "AudioChunk", "Line", "Segment", "SttRequest", "TranscriptInfo", "TtsRequest", "Voice", "Word", "Device",
    "Window", "WeightsPlace", "Block", "Document", "DocumentSource", "TextContext", "Finding", "Event", "Turn",
    "SttJob", "Receipt",
)  # fmt: skip
CONTRACT = (
    "hookimpl", "API_VERSION", "Host", "SttSpec", "TtsSpec", "ServiceSpec", "CommandSpec", "EngineOptions", "SettingsSpec",
    "TextFilterSpec", "FormatSpec", "DocumentReaderSpec", "DaemonPartSpec", "DiarizerSpec", "CheckSpec", "ListenerSpec",
    "ExecutorSpec", "SttWorker",
)  # fmt: skip
SHAPES = ("SpeechToText", "TextToSpeech", "WeightsStore")

Body = ast.Module | ast.ClassDef


def lines() -> Iterator[str]:
    """Yield the reference of every public name, in groups.

    Raises:
        SystemExit: if a public name is in no group.
    """
    errors = tuple(name for name in voicebridge.__all__ if name.endswith("Error"))
    groups = {
        "Transcribing and speaking": USING,
        "Values": VALUES,
        "What a plugin declares": CONTRACT,
        "What a plugin implements": SHAPES,
        "Errors": errors,
    }
    if left := set(voicebridge.__all__).symmetric_difference(name for names in groups.values() for name in names):
        raise SystemExit(f"Sort these into a group of scripts/_python_reference.py, or take them out: {sorted(left)}.")
    for title, names in groups.items():
        yield f"## {title}"
        yield ""
        for name in names:
            yield from entry(name)
        if names is CONTRACT:
            yield "The hooks are in [a reference of their own](plugins/hooks.md)."
            yield ""


def entry(name: str) -> Iterator[str]:
    """Yield the entry of a public name."""
    value = getattr(voicebridge, name)
    yield f"### `{name}`"
    yield ""
    if not hasattr(value, "__module__") or name == "hookimpl":
        yield from constant(name)
        return
    found = [node for node in _tree(value).body if getattr(node, "name", None) == name]
    node = found[-1]  # the implementation follows its overloads
    if isinstance(node, ast.FunctionDef):
        yield from function(node)
    elif isinstance(node, ast.ClassDef):
        yield from class_(node, value)


def constant(name: str) -> Iterator[str]:
    """Yield the docstring of a name that is neither a function nor a class."""
    yield from (line for known, _, text in fields(_tree(hookspecs)) if known == name for line in (*prose(text), ""))


def function(node: ast.FunctionDef, *, heading: str = "") -> Iterator[str]:
    """Yield the signature and docstring of a function or method."""
    if heading:
        yield f"#### `{heading}`"
        yield ""
    yield from signature(node)
    yield from prose(ast.get_docstring(node) or "")
    yield ""


def signature(node: ast.FunctionDef) -> Iterator[str]:
    """Yield the signature as a code block, without ``self``."""
    arguments = node.args
    if arguments.args and arguments.args[0].arg == "self":
        del arguments.args[0]
    returned = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    whole = f"{node.name}({ast.unparse(arguments)}){returned}"
    yield "```text"
    if len(whole) <= 100:
        yield whole
    else:
        yield f"{node.name}("
        yield from (f"    {part}," for part in parts(arguments))
        yield f"){returned}"
    yield "```"
    yield ""


def parts(arguments: ast.arguments) -> Iterator[str]:
    """Yield the parameters as written in the source."""
    unset: list[ast.expr | None] = [None] * (len(arguments.args) - len(arguments.defaults))
    yield from (parameter(arg, value) for arg, value in zip(arguments.args, [*unset, *arguments.defaults], strict=True))
    if arguments.kwonlyargs:
        yield "*"
        yield from (parameter(arg, value) for arg, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True))
    if arguments.kwarg:
        yield f"**{parameter(arguments.kwarg, None)}"


def parameter(argument: ast.arg, value: ast.expr | None) -> str:
    """A parameter with its type and default."""
    return ast.unparse(argument) + (f" = {ast.unparse(value)}" if value is not None else "")


def class_(node: ast.ClassDef, value: type) -> Iterator[str]:
    """Yield a class: its docstring, its fields including inherited ones, and its public methods."""
    yield from prose(ast.get_docstring(node) or "")
    yield ""
    own = [each for each in reversed(value.__mro__) if each.__module__.startswith("voicebridge")]
    rows = [row for each in own for row in fields(_source(each)) if not row[1].startswith("ClassVar")]
    if rows:
        yield "| field | type | what it is |"
        yield "|---|---|---|"
        yield from (f"| `{name}` | {_cell(f'`{kind}`')} | {_cell(' '.join(prose(text)))} |" for name, kind, text in rows)
        yield ""
    private = [
        each for each in value.__mro__[1:] if each.__module__.startswith("voicebridge.") and each.__name__ not in voicebridge.__all__
    ]
    for each in (method for owner in (node, *map(_source, private)) for method in owner.body):
        if isinstance(each, ast.FunctionDef) and not each.name.startswith("_"):
            if any(ast.unparse(decorator) == "property" for decorator in each.decorator_list):
                yield f"#### `{node.name}.{each.name}`"
                yield ""
                yield from prose(f"``{ast.unparse(each.returns) if each.returns else ''}``: {ast.get_docstring(each)}")
                yield ""
            else:
                yield from function(each, heading=f"{node.name}.{each.name}")


def _source(value: type) -> ast.ClassDef:
    return next(node for node in _tree(value).body if isinstance(node, ast.ClassDef) and node.name == value.__name__)


def _tree(value: object) -> ast.Module:
    """The syntax tree of a module, or of the module that defines a class or function."""
    return ast.parse(Path(inspect.getsourcefile(value) or "").read_text(encoding="utf-8"))  # type: ignore[arg-type]


def fields(body: Body) -> Iterator[tuple[str, str, str]]:
    """Yield name, type and docstring of the public variables: in a class those with a type, in a module those with a docstring."""
    for node, after in zip(body.body, [*body.body[1:], ast.Pass()], strict=True):
        said = after.value.value if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) else ""
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and not node.target.id.startswith("_"):
            default = f" = {ast.unparse(node.value)}" if node.value else ""
            yield node.target.id, ast.unparse(node.annotation) + default, str(said)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and isinstance(body, ast.Module):
            yield node.targets[0].id, "", str(said)


_SECTIONS = {"Args:": "Arguments", "Raises:": "Errors"}


def prose(docstring: str) -> Sequence[str]:
    """Convert a docstring to Markdown: roles and double backquotes become code, arguments and errors lists, examples code blocks."""
    text = re.sub(r":\w+:`~?([^`]+)`", r"`\1`", inspect.cleandoc(docstring)).replace("``", "`")
    written: list[str] = []
    listing = code = False
    for line in text.splitlines():
        if line in _SECTIONS:
            written += [f"**{_SECTIONS[line]}**", ""]
            listing = True
        elif line.endswith("::"):
            written += [line.removesuffix("::").strip() + (":" if line != "::" else ""), "", "```python"]
            code = True
        elif code and (not line or line.startswith("    ")):
            if line or not written[-1].startswith("```"):
                written.append(line.removeprefix("    "))
        else:
            if code:
                written += ["```", ""]
            code, listing = False, listing and line.startswith("    ")
            item = re.fullmatch(r"    (\w+): (.*)", line) if listing else None
            written.append(f"- `{item[1]}`: {item[2]}" if item else f"  {line.strip()}" if listing and line.strip() else line)
    return [*written, "```"] if code else written


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
