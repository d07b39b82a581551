"""Write the generated parts of docs/: configuration keys, engine options, exit codes, Whisper models, the Python API, plugin hooks.

A generated part of a page is between ``<!-- generated: NAME -->`` and ``<!-- end -->``; the rest is written by hand. Run this after
changing any of these: ``python scripts/write_reference.py``. With ``--check`` nothing is written, and the exit code is 1 if a part
differs from the code.
"""

from __future__ import annotations

import argparse
import difflib
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import _hook_reference as hook_reference
import _python_reference as python_reference
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from voicebridge import errors
from voicebridge.options import EngineOptions, default_text, type_name
from voicebridge.runtime.config_keys import variable_name
from voicebridge.runtime.settings import Settings, WatchSettings, known_keys
from voicebridge.spec_fields import load_ref
from voicebridge_whisper.catalog import MODELS, PublishedModel

DOCS = Path(__file__).resolve().parents[1] / "docs"
Lines = Iterator[str]

ENGINES = (
    ("Kokoro", "voicebridge_kokoro.options:KokoroOptions", "kokoro/int8", "volume"),
    ("Piper", "voicebridge_piper.options:PiperOptions", "piper/joe", "volume"),
    ("VibeVoice, text to speech", "voicebridge_vibevoice.options:SpeechOptions", "vibevoice/7b", "guidance_scale"),
    ("VibeVoice, speech to text", "voicebridge_vibevoice.options:ListeningOptions", "vibevoice/asr", "stretch"),
    ("Whisper", "voicebridge_whisper.options:WhisperOptions", "whisper/base", "beam_size"),
)
"""The engines in this repository that have options: a title, the class, and a model and an option for examples."""


def main() -> int:
    """Write or check the generated parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say whether the pages are what the code says")
    check: bool = parser.parse_args().check
    wrong = False
    for name, parts in PAGES.items():
        path = DOCS / name
        written = path.read_text(encoding="utf-8")
        page = fill(written, parts)
        if check and page != written:
            wrong = True
            difference = difflib.unified_diff(written.splitlines(), page.splitlines(), f"docs/{name}", "the code", lineterm="", n=1)
            print("\n".join(difference))
        elif page != written:
            path.write_text(page, encoding="utf-8", newline="\n")
    if wrong:
        print("The pages are not what the code says. Write them again: python scripts/write_reference.py", file=sys.stderr)
    return int(wrong)


def fill(page: str, parts: Mapping[str, Callable[[], Lines]]) -> str:
    """Replace the generated parts of a page.

    Raises:
        SystemExit: if the page lacks a part, or has one that is not in ``parts``.
    """
    marks = re.findall(r"^<!-- generated: (.*) -->$", page, re.MULTILINE)
    if sorted(marks) != sorted(parts):
        raise SystemExit(f"The page has the parts {sorted(marks)}, and these are written: {sorted(parts)}.")
    for name, lines in parts.items():
        part = f"<!-- generated: {name} -->\n\n" + "\n".join(lines()).strip("\n") + "\n\n<!-- end -->"
        marked = rf"^<!-- generated: {re.escape(name)} -->$.*?^<!-- end -->$"
        page = re.sub(marked, part.replace("\\", r"\\"), page, flags=re.MULTILINE | re.DOTALL)
    return page


def keys() -> Lines:
    """Yield all configuration keys, by table."""
    table_of = None
    for key, field in known_keys().items():
        name = key.rpartition(".")[0]
        if name != table_of and (title := Settings.model_fields[name].description if name else None):
            yield f"### `[{name}]`"
            yield ""
            yield title
            yield ""
        table_of = name
        yield from entry("####" if name else "###", key, field, f"**Variable:** `{variable_name(key)}`")


def watched() -> Lines:
    """Yield the keys of a watched folder."""
    for name, field in WatchSettings.model_fields.items():
        yield from entry("###", name, field)


def entry(level: str, name: str, field: FieldInfo, *facts: str) -> Lines:
    """Yield the entry of a key: description, type and default."""
    yield f"{level} `{name}`"
    yield ""
    yield field.description or ""
    yield ""
    yield " · ".join((f"**Type:** {kind(field)}", f"**Default:** {default(field)}", *facts))
    yield ""


def kind(field: FieldInfo) -> str:
    """A field's type with its bounds or choices; whether it may be unset is shown by its default."""
    text = re.sub(r"(\d)\.0\b", r"\1", type_name(field).replace(" or none", ""))
    return re.sub(r'"([^"]*)"', r"`\1`", text)


def default(field: FieldInfo) -> str:
    """A field's default in TOML."""
    text = default_text(field)
    return {"none": "not set", "required": "none; it has to be set", "[]": "empty", "{}": "empty"}.get(text, f"`{text}`")


def engine_options() -> Lines:
    """Yield the options of every engine in this repository."""
    for title, reference, model, option in ENGINES:
        yield from engine(title, load_ref(reference), model, option)


def engine(title: str, options: type[EngineOptions], model: str, option: str) -> Lines:
    """Yield the options of an engine."""
    plugin = model.partition("/")[0]
    yield f"### {title}"
    yield ""
    yield (
        f"For example `voicebridge config set plugins.{plugin}.{option} 2`, `voicebridge config set models.{model}.{option} 2`, "
        f"`{variable_name(plugin)}_{option.upper()}=2` or `-O {option}=2`."
    )
    yield ""
    yield from table(["option", "type", "default", "what it does"], field_rows(options))
    yield ""


def field_rows(model: type[BaseModel]) -> list[Sequence[str]]:
    """A row for each field of a class."""
    return [(f"`{name}`", kind(field), default(field), field.description or "") for name, field in model.model_fields.items()]


def error_tree() -> Lines:
    """Yield the error classes with their exit codes."""
    yield from table(["error", "kind of", "code", "when"], list(error_rows(errors.VoiceBridgeError)))


def error_rows(root: type[errors.VoiceBridgeError]) -> Iterator[Sequence[str]]:
    """Yield a row for an error class and each of its subclasses."""
    parent = "" if root is errors.VoiceBridgeError else f"`{root.__mro__[1].__name__}`"
    summary = (root.__doc__ or "").splitlines()[0].replace("`` ", "` ").replace("``", "`")
    yield f"`{root.__name__}`", parent, str(root.exit_code), summary
    for child in root.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from error_rows(child)


def whisper_models() -> Lines:
    """Yield the table of published Whisper models."""
    head = ["model", "size", "parameters", "languages", "translates", "speed", "quality", "when to choose it"]
    yield from table(head, [model_row(model) for model in MODELS])


def model_row(model: PublishedModel) -> Sequence[str]:
    """A row for a model from the plugin's catalogue."""
    languages = "English" if model.english_only else str(len(model.languages))
    translates = "yes" if model.translates else "no"
    grades = f"{model.fast}/5", f"{model.accurate}/5"
    return f"`{model.name}`", model.size, f"{model.parameters} M", languages, translates, *grades, model.hint


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Lines:
    """Yield a Markdown table."""
    yield f"| {' | '.join(head)} |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


PAGES: Mapping[str, Mapping[str, Callable[[], Lines]]] = {
    "configuration.md": {"keys": keys, "watched folders": watched, "engine options": engine_options, "errors": error_tree},
    "models.md": {"whisper": whisper_models},
    "plugins/hooks.md": {"hooks": hook_reference.lines},
    "python-api.md": {"python": python_reference.lines},
}
"""The pages with generated parts, and the function for each part."""


if __name__ == "__main__":
    raise SystemExit(main())
