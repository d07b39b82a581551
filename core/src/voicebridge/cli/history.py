"""``voicebridge history``: past dictations and their status."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voicebridge import paths
from voicebridge.cli.shared import completing, flags
from voicebridge.cli.shared.confirm import confirm
from voicebridge.cli.shared.output import AsJson, print_json, print_line, print_sheet, print_table, remark
from voicebridge.cli.shared.state import RunState, state_of
from voicebridge.errors import InputError, UnknownNameError, UsageError

if TYPE_CHECKING:
    from voicebridge.journal.history import Entry, History

app = flags.group()

Id = Annotated[str, typer.Argument(metavar="ID", help="The number of a dictation, or `last`.")]

_PLAYED = 48_000
"""In hertz, for playing recordings."""
_BEGINNING = 60
"""Characters of each text in the list."""
_DIGITS = 18
"""The largest number of an entry."""
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


@app.callback(invoke_without_command=True)
def history(context: typer.Context, as_json: AsJson = False) -> None:
    """Browse, retry and delete past dictations. Without a command, list them."""
    if context.invoked_subcommand is None:
        list_entries(context, as_json=as_json)


@app.command("list")
def list_entries(
    context: typer.Context,
    count: Annotated[int, typer.Option("-n", "--number", min=0, metavar="N", help="How many to list, newest first; 0 for all.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List recent dictations and their status."""
    with _history(state_of(context)) as history:
        entries = history.entries(count or None)
    if as_json:
        print_json([_record(entry) for entry in entries])
        return
    if not entries:
        remark("The history is empty. Start dictating: voicebridge dictate")
        return
    _print(entries, [_beginning(entry.text) for entry in entries])


@app.command()
def search(
    context: typer.Context,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The text to search for; case and accents are ignored.")],
    count: Annotated[int, typer.Option("-n", "--number", min=0, metavar="N", help="How many to list, newest first; 0 for all.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List the dictations that contain a text."""
    wanted = _plain(text)
    if not wanted:
        raise UsageError("TEXT is empty. Give a text to search for, or list all: voicebridge history list -n 0")
    with _history(state_of(context)) as history:
        entries = [entry for entry in history.entries() if wanted in _plain(entry.text)]
    entries = entries[: count or None]
    if as_json:
        print_json([_record(entry) for entry in entries])
    elif entries:
        _print(entries, [_around(entry.text, wanted) for entry in entries])
    else:
        remark(f"No dictation contains {text!r}.")


@app.command()
def show(context: typer.Context, id: Id = "last", as_json: AsJson = False) -> None:  # noqa: A002 - what the help calls it
    """Show the text and details of a dictation."""
    with _history(state_of(context)) as history:
        entry = _find(history, id)
    if as_json:
        print_json(_record(entry))
        return
    recording = f"{entry.audio}" if entry.audio.exists() else "deleted"
    print_sheet([
        ("Id", str(entry.id)), ("When", _when(entry)), ("Length", _length(entry)), ("State", _state(entry)),
        ("Model", entry.model), ("Application", entry.application), ("Problem", entry.problem), ("Recording", recording),
    ])  # fmt: skip
    if entry.text:
        print_line(f"\n{entry.text}")


@app.command()
def copy(context: typer.Context, id: Id = "last") -> None:  # noqa: A002
    """Copy the text of a dictation to the clipboard."""
    state = state_of(context)
    with _history(state) as history:
        entry = _find(history, id)
    if not entry.text:
        raise InputError(f"{entry.id} has no text yet. Transcribe it: voicebridge history retry {entry.id}")
    state.registry().load_service("clipboard").write(entry.text)
    remark(f"Copied {entry.id}.")


@app.command()
def play(
    context: typer.Context,
    id: Id = "last",  # noqa: A002
    device: flags.Speaker = None,
) -> None:
    """Play the recording of a dictation."""
    from voicebridge.audio.decode import AudioReader

    state = state_of(context)
    with _history(state) as history:
        entry = _find(history, id)
    if not entry.audio.exists():
        raise InputError(f"The recording of {entry.id} was deleted. Its text: voicebridge history show {entry.id}")
    registry = state.registry()
    speaker = registry.load_service("speaker")
    with AudioReader(entry.audio) as reader, closing(reader.chunks(_PLAYED)) as chunks:
        speaker.play(chunks, device or registry.config.settings.tts.device)


@app.command()
def retry(
    context: typer.Context,
    id: Id = "last",  # noqa: A002
    model: Annotated[
        str | None,
        typer.Option("-m", "--model", metavar="NAME", autocompletion=completing.stt_models, help="The model. Default: stt.model."),
    ] = None,
    language: Annotated[
        str | None,
        typer.Option("-l", "--language", metavar="CODE", autocompletion=completing.languages, help="The spoken language, such as en."),
    ] = None,
    no_daemon: flags.NoDaemon = False,
) -> None:
    """Transcribe the recording of a dictation again, and print the text."""
    from voicebridge.cli.shared.fetching import engines_of, make_ready
    from voicebridge.cli.shared.terminal import Remarks
    from voicebridge.dictation.choose import choose, find_filters
    from voicebridge.dictation.retry import retry as hear_again

    state = state_of(context)
    registry = state.registry()
    engines = engines_of(Remarks(quiet=False, verbose=False), daemon=not no_daemon)
    with _history(state) as history, closing(engines):
        entry = _find(history, id)
        lazy_model = choose(registry, model=model, asked={"language": language}, engines=engines)
        make_ready(lazy_model.model, quiet=False)
        text = hear_again(history, entry, lazy_model, registry.config.settings.dictation, find_filters(registry), remark)
    if text:
        print_line(text)
    else:
        remark("No speech detected.")


@app.command()
def remove(
    context: typer.Context,
    ids: Annotated[list[str], typer.Argument(metavar="ID", help="Numbers of dictations, or `last`.")],
    yes: flags.Yes = False,
) -> None:
    """Delete dictations: text and recording."""
    with _history(state_of(context)) as history:
        entries = [_find(history, each) for each in ids]
        listed = ", ".join(f"{entry.id} ({_when(entry)}, {_length(entry)})" for entry in entries)
        confirm(f"Delete {listed}?", yes, "Deleted dictations can't be restored", "Nothing was deleted.")
        for entry in entries:
            history.delete(entry.id)
    remark(f"Deleted {', '.join(str(entry.id) for entry in entries)}.")


@app.command()
def clear(
    context: typer.Context,
    older_than: Annotated[
        str | None, typer.Option("--older-than", metavar="AGE", help="Delete only older ones: 30d, 2w or 12h. Default: all.")
    ] = None,
    yes: flags.Yes = False,
) -> None:
    """Delete all dictations, or the old ones."""
    age = _age(older_than) if older_than else timedelta()
    what = f"all dictations older than {older_than}" if older_than else "all dictations"
    with _history(state_of(context)) as history:
        confirm(f"Delete {what}?", yes, "Deleted dictations can't be restored", "Nothing was deleted.")
        count = history.purge(age)
    remark(f"Deleted {count}.")


@contextmanager
def _history(state: RunState) -> Iterator[History]:
    """The journal, after recovering interrupted recordings and deleting old entries."""
    from voicebridge.journal.history import History

    with closing(History(paths.data_dir() / "history", state.config().settings.history)) as history:
        history.recover()
        history.tidy()
        yield history


def _find(history: History, id: str) -> Entry:  # noqa: A002
    if id != "last":
        if not id.isdecimal() or len(id) > _DIGITS:
            raise UsageError(f"{id!r} is not an entry of the history. Give its number, or last. List them with: voicebridge history")
        return history.get(int(id))
    entries = history.entries(1)
    if not entries:
        raise UnknownNameError("The history is empty. Start dictating: voicebridge dictate")
    return entries[0]


def _age(text: str) -> timedelta:
    match = re.fullmatch(r"(\d{1,5})([hdw])", text.strip().lower())
    if match is None:
        raise UsageError(f"{text!r} is not a valid duration. Write it as in 30d, 2w or 12h.")
    return int(match[1]) * _UNITS[match[2]]


def _record(entry: Entry) -> dict[str, Any]:
    return {**asdict(entry), "began": entry.began.isoformat(), "audio": entry.audio if entry.audio.exists() else None}


def _when(entry: Entry) -> str:
    return f"{entry.began.astimezone():%Y-%m-%d %H:%M:%S}"


def _length(entry: Entry) -> str:
    """Its duration, ``-`` if unknown: it is being recorded, or was truncated."""
    return f"{entry.duration:.1f} s" if entry.duration else "-"


def _state(entry: Entry) -> str:
    return f"delivered to {entry.delivered_to}" if entry.state == "delivered" else entry.state


def _print(entries: Sequence[Entry], texts: Sequence[str]) -> None:
    rows = [[str(entry.id), _when(entry), _length(entry), _state(entry), text] for entry, text in zip(entries, texts, strict=True)]
    print_table(["Id", "When", "Length", "State", "Text"], rows, {"failed": "red", "recorded": "yellow"})


def _plain(text: str) -> str:
    """A text normalised for searching: lower case, without accents, with single spaces."""
    letters = unicodedata.normalize("NFKD", " ".join(text.split()).casefold())
    return "".join(each for each in letters if not unicodedata.combining(each))


def _around(text: str, wanted: str) -> str:
    """The part of a text that fits the list, including the search term."""
    text = " ".join(text.split())
    end = next(place for place in range(len(text) + 1) if wanted in _plain(text[:place]))
    if end < _BEGINNING:
        return _beginning(text)
    begin = end - min(_BEGINNING // 2, max(len(wanted), _BEGINNING // 3)) - 1
    return f"…{_beginning(text[begin:])}"[:_BEGINNING]


def _beginning(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _BEGINNING else f"{text[: _BEGINNING - 1]}…"
