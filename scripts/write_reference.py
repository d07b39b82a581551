"""Write docs/configuration.md from the code: keys, variables, layers, profiles, the options of our engines, exit codes.

Run it after a change of any of these: ``python scripts/write_reference.py``. With ``--check`` nothing is written, and the exit code is 1
when the page is not what the code says.
"""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import BaseModel
from voicebridge import errors
from voicebridge.config import variable_name
from voicebridge.options import EngineOptions, default_text, describe, type_name
from voicebridge.settings import WatchSettings, known_keys
from voicebridge.specs import load_ref

PAGE = Path(__file__).resolve().parents[1] / "docs" / "configuration.md"

ENGINES = (
    ("piper", "voicebridge_piper.options:PiperOptions", "piper/joe", "volume"),
    ("vibevoice, models that speak", "voicebridge_vibevoice.options:SpeechOptions", "vibevoice/7b", "guidance_scale"),
    ("vibevoice, models that listen", "voicebridge_vibevoice.options:ListeningOptions", "vibevoice/asr", "stretch"),
    ("whisper", "voicebridge_whisper.options:WhisperOptions", "whisper/base", "beam_size"),
)
"""The engines of this workspace that have options: a title, the class, and a model and an option to show examples with."""

HEAD = """\
<!-- Written by scripts/write_reference.py from the code. Change it there. -->

# Configuration

Everything works without any configuration. What you do configure is in one TOML file; `voicebridge config path` prints where it is:

| platform | file |
|---|---|
| Linux | `~/.config/voicebridge/config.toml` |
| macOS | `~/Library/Application Support/voicebridge/config.toml` |
| Windows | `%LOCALAPPDATA%\\voicebridge\\config.toml` |
| anywhere | `$VOICEBRIDGE_HOME/config.toml`, when that variable is set |

```toml
offline = true

[stt]
model = "whisper/base"
language = "en"

[plugins.whisper]
beam_size = 2

[models."whisper/tiny.en"]
beam_size = 1

[profiles.meeting.stt]
words = true
hotwords = ["Ada", "Grace"]
```

## Changing it

| command | what it does |
|---|---|
| `voicebridge config show --origin` | every value, and where it comes from |
| `voicebridge config get KEY` | one value as it counts now |
| `voicebridge config set KEY VALUE` | check a value and write it into the file; a list is written with commas: `0,0.2,0.4` |
| `voicebridge config unset KEY` | take a key or a whole table out; works while the file is otherwise wrong |
| `voicebridge config edit` | open the file in `$VISUAL`, `$EDITOR` or the platform's own editor, then check it |
| `voicebridge config path` | where the file is |

A key is written with dots: `stt.model`, `plugins.whisper.beam_size`, `models.whisper/base.beam_size`, `profiles.meeting.stt.words`.
`set` and `unset` keep all that they don't know, but not comments: a file that has any is kept as `config.toml.bak`.

A key that is unknown, or that holds a value of the wrong type, is an error that names the file, the key and the nearest known key.
Nothing falls back silently.

## Layers

What stands further down wins:

1. the default,
2. the file,
3. the chosen profile,
4. the variable,
5. the option on the command line.

## Keys
"""

WATCHED = """## Watched folders

Each table `[[watch]]` is a folder that `voicebridge watch` and the background process look after. What is not said in it is as in `[stt]`
and `[tts]`:

```toml
[[watch]]
folder = "~/Recordings"
formats = ["txt", "srt"]
language = "en"
move_to = "~/Recordings/done"

[[watch]]
folder = "~/To read"
speak = true
```
"""

AFTER_KEYS = """
Variables that are no keys:

| variable | what it does |
|---|---|
| `VOICEBRIDGE_HOME` | Moves the configuration, the cache and all else under one folder. |
| `VOICEBRIDGE_PLUGINS` | The only plugins that may load, with commas between; set but empty it means none. |

A variable that is empty counts as not set, except `VOICEBRIDGE_PLUGINS`. One that begins with `VOICEBRIDGE_` and means nothing is an error.
"""

AFTER_TABLES = """
## Profiles

A table `[profiles.NAME]` may hold any key of this page again, except `profile` and further profiles. It lies over the rest of the file
when `--profile NAME`, `VOICEBRIDGE_PROFILE` or the key `profile` chooses it, in this order.

## Plugins

`[plugins.NAME]` holds the options of a plugin's engines, and `enabled`: with `enabled = false` the plugin is not even imported.
`voicebridge plugins enable NAME` and `disable NAME` write it. Tables of plugins that are not installed are kept and left alone.

## Options of engines

An option is set, what stands further down winning,

1. for all models of a plugin under `[plugins.NAME]`,
2. for one model under `[models."NAME/MODEL"]`; an alias of the model does as well,
3. by a variable `VOICEBRIDGE_NAME_OPTION`,
4. for one run by `-O option=value`.

In 1 and 2 a profile's table wins over the file's. `voicebridge models show NAME` lists a model's options with what they are set to, and
by which of these.
"""


def main() -> int:
    """Write the page, or check it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say whether the page is what the code says")
    check: bool = parser.parse_args().check
    page = "".join(f"{line}\n" for line in "\n".join(lines()).splitlines())
    if not check:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(page, encoding="utf-8", newline="\n")
        return 0
    written = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    if written == page:
        return 0
    difference = difflib.unified_diff(written.splitlines(), page.splitlines(), "docs/configuration.md", "the code", lineterm="", n=1)
    print("\n".join(difference))
    print("docs/configuration.md is not what the code says. Write it again: python scripts/write_reference.py", file=sys.stderr)
    return 1


def lines() -> Iterator[str]:
    """The page."""
    yield HEAD
    rows = [
        (f"`{key}`", type_name(field), f"`{default_text(field)}`", f"`{variable_name(key)}`", field.description or "")
        for key, field in known_keys().items()
    ]
    yield from table(["key", "type", "default", "variable", "what it does"], rows)
    yield AFTER_KEYS
    yield WATCHED
    yield from table(["key", "type", "default", "what it does"], field_rows(WatchSettings))
    yield AFTER_TABLES
    for title, reference, model, option in ENGINES:
        yield from engine(title, load_ref(reference), model, option)
    yield from exit_codes()


def engine(title: str, options: type[EngineOptions], model: str, option: str) -> Iterator[str]:
    """One engine's options."""
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


def field_rows(kind: type[BaseModel]) -> list[Sequence[str]]:
    """A row for each field of a class."""
    return [(f"`{doc.name}`", doc.type, f"`{doc.default}`", doc.description) for doc in describe(kind)]


def exit_codes() -> Iterator[str]:
    """What a command's exit code means, and the errors behind it."""
    yield "## Exit codes"
    yield ""
    yield from table(
        ["code", "meaning"],
        [
            ("0", "All was done."),
            ("1", "Something failed: some of the inputs, say, while the others are done; or `doctor` found something broken."),
            ("2", "Wrong usage: what was asked for makes no sense as it stands."),
            ("130", "Interrupted with Ctrl-C; what was done by then is kept."),
        ],
    )
    yield ""
    yield "In Python each error is a class of its own, and `VoiceBridgeError` catches them all:"
    yield ""
    yield from table(["error", "kind of", "code", "when"], list(error_rows(errors.VoiceBridgeError)))


def error_rows(root: type[errors.VoiceBridgeError]) -> Iterator[Sequence[str]]:
    """A class of the tree of errors and all below it."""
    parent = "" if root is errors.VoiceBridgeError else f"`{root.__mro__[1].__name__}`"
    summary = (root.__doc__ or "").splitlines()[0].replace("`` ", "` ").replace("``", "`")
    yield f"`{root.__name__}`", parent, str(root.exit_code), summary
    for child in root.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from error_rows(child)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table in Markdown."""
    yield f"| {' | '.join(head)} |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


if __name__ == "__main__":
    raise SystemExit(main())
