"""The configuration file as TOML: reading it, finding a dotted key, and changing one key while preserving the rest.

This module doesn't know the meaning of keys; :mod:`voicebridge.runtime.config` does.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from voicebridge import renamed
from voicebridge.errors import ConfigError, OutputError
from voicebridge.files import unfinished

Table = dict[str, Any]
_UNFINISHED = re.compile(r"\.config-(?:(?P<pid>\d+)-)?[^-]*\.toml")


def read(path: Path) -> Table:
    """The file's content, with the current names of keys; empty if there is no file.

    Raises:
        ConfigError: if it can't be read, or is not TOML; the message names the line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")  # editors on Windows may write a UTF-8 byte order mark
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigError(f"{path} can't be read: {reason}. Fix or remove the file.") from error
    try:
        return renamed.table(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}. Fix it with: voicebridge config edit") from error


def write(path: Path, table: Mapping[str, Any]) -> Path | None:
    """Replace the file atomically; tomli-w can't preserve comments, so a file with comments is saved as ``config.toml.bak`` first.

    If the file is a link, its target is replaced.

    Returns:
        The copy with the comments, if one was created.

    Raises:
        OutputError: if it can't be written; the old file is then unchanged.
    """
    import tomli_w

    try:
        backup = _back_up_comments(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    _replace(path, tomli_w.dumps(table))
    return backup


def _replace(path: Path, text: str) -> None:
    try:
        target = path.resolve()
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".config-{os.getpid()}-", suffix=".toml")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(text.encode("utf-8"))
                file.flush()
                os.fsync(file.fileno())
            if target.exists():
                shutil.copymode(target, temporary)
            Path(temporary).replace(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> OutputError:
    return OutputError(f"{path} can't be written: {error.strerror}. Check the folder's permissions and free space.")


def append(path: Path, name: str, tables: Sequence[Mapping[str, Any]]) -> Path | None:
    """Append tables to the array ``[[name]]`` at the end of the file, which preserves its comments.

    Returns:
        The copy with the comments, if they could not be preserved: it is not possible to append to an inline array.

    Raises:
        ConfigError: if the file is not TOML, or ``name`` is something else in it.
        OutputError: if it can't be written.
    """
    wanted = read(path)
    present = wanted.setdefault(name, [])
    if not isinstance(present, list):
        raise ConfigError(f"{name} in {path} is not a list of tables [[{name}]]. Fix it with: voicebridge config edit")
    present.extend(dict(each) for each in tables)
    text = path.read_text(encoding="utf-8-sig") if path.exists() else ""
    start = text if not text or text.endswith("\n") else f"{text}\n"
    added = "\n".join([*([start] if start else []), *(_at_the_end(name, each) for each in tables)])
    try:
        if tomllib.loads(added) == wanted:
            _replace(path, added)
            return None
    except tomllib.TOMLDecodeError:
        pass
    return write(path, wanted)


def _at_the_end(name: str, table: Mapping[str, Any]) -> str:
    import tomli_w

    plain = {key: value for key, value in table.items() if not isinstance(value, Mapping)}
    below = [f"[{name}.{join_key((key,))}]\n{tomli_w.dumps(value)}" for key, value in table.items() if key not in plain]
    return "\n".join([f"[[{name}]]\n{tomli_w.dumps(plain)}", *below])


def sweep(path: Path) -> None:
    """Delete temporary files left by processes that were killed while writing the file."""
    unfinished.sweep(path.resolve().parent, _UNFINISHED)


def is_enabled(table: Mapping[str, Any], plugin: str, by_default: bool, profile: str | None = None) -> bool:
    """Whether the file, and the profile if given, enables a plugin; works even if the file has other errors."""
    verdict = by_default
    chosen = profile or table.get("profile")
    for path in (("plugins", plugin, "enabled"), ("profiles", str(chosen), "plugins", plugin, "enabled")):
        try:
            value = lookup(table, path)
        except KeyError:
            continue
        if isinstance(value, bool):
            verdict = value
    return verdict


def split_key(key: str) -> tuple[str, ...]:
    """Split a key such as ``models."whisper/base".beam_size`` into its parts.

    Raises:
        ConfigError: if it is not a TOML key.
    """
    mark = "the value of the key"
    try:
        table: Any = tomllib.loads(f'{key} = "{mark}"')
    except tomllib.TOMLDecodeError as error:
        raise _no_key(key) from error
    parts = []
    while isinstance(table, dict) and len(table) == 1:
        part, table = next(iter(table.items()))
        parts.append(part)
    if table != mark or "\n" in key:  # it contained more than a key: a value, a comment, a second line
        raise _no_key(key)
    return tuple(parts)


def join_key(parts: tuple[str, ...]) -> str:
    """The inverse of :func:`split_key`."""
    bare = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
    return ".".join(part if part and all(c in bare for c in part) else '"' + _escape(part) + '"' for part in parts)


def lookup(table: Mapping[str, Any], parts: tuple[str, ...]) -> Any:
    """The value at a key; raises KeyError if there is none."""
    value: Any = table
    for part in parts:
        if not isinstance(value, Mapping):
            raise KeyError(part)
        value = value[part]
    return value


def assign(table: Table, parts: tuple[str, ...], value: object) -> None:
    """Set the value at a key, creating tables as needed.

    Raises:
        ConfigError: if a part of the path is not a table.
    """
    for depth, part in enumerate(parts[:-1], start=1):
        inner: Any = table.setdefault(part, {})
        if not isinstance(inner, dict):
            way = join_key(parts[:depth])
            raise ConfigError(f"{way} is a value, not a table. Unset it first: voicebridge config unset {way}")
        table = inner
    table[parts[-1]] = value


def remove(table: Table, parts: tuple[str, ...]) -> None:
    """Remove a key, and tables that become empty; raises KeyError if there is none."""
    head, rest = parts[0], parts[1:]
    if not rest:
        del table[head]
        return
    inner = table[head]
    if not isinstance(inner, dict):
        raise KeyError(rest[0])
    remove(inner, rest)
    if not inner:
        del table[head]


def _no_key(key: str) -> ConfigError:
    return ConfigError(
        f"{key!r} is not a valid key. Write section.key, with quotes where a part holds '/' or '.', as in "
        "'models.\"whisper/base\".beam_size'."
    )


def _escape(part: str) -> str:
    escaped = part.replace("\\", "\\\\").replace('"', '\\"')
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" if ord(c) < 0x10000 else f"\\U{ord(c):08x}" for c in escaped)


def _back_up_comments(path: Path) -> Path | None:
    if not path.exists():
        return None
    text = path.read_text(encoding="utf-8-sig")
    if not any(line.lstrip().startswith("#") or " #" in line for line in text.splitlines()):
        return None
    backup = path.with_suffix(".toml.bak")
    backup.write_text(text, encoding="utf-8")
    return backup
