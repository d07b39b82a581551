"""``voicebridge history``: what was dictated, and what became of it."""

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
from voicebridge.cli import completing, flags, state
from voicebridge.cli.confirm import confirm
from voicebridge.cli.output import AsJson, print_json, print_line, print_sheet, print_table, remark
from voicebridge.errors import InputError, UnknownNameError, UsageError

if TYPE_CHECKING:
    from voicebridge.journal.store import Entry, Journal

app = flags.group()

Id = Annotated[str, typer.Argument(metavar="[ID]", help="Number of an entry, or `last`.")]
Yes = Annotated[bool, typer.Option("--yes", help="Don't ask.")]

_PLAYED = 48_000
"""Hertz, at which recordings are played."""
_BEGINNING = 60
"""Letters of a text in the list."""
_DIGITS = 18
"""Of the largest number that an entry may have."""
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


@app.callback(invoke_without_command=True)
def history(context: typer.Context, as_json: AsJson = False) -> None:
    """List what was dictated, show it, and finish what was not. Without a command, list it."""
    if context.invoked_subcommand is None:
        list_entries(as_json=as_json)


@app.command("list")
def list_entries(
    count: Annotated[int, typer.Option("-n", "--number", min=0, help="How many to list, the newest first; 0 lists all.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List the newest dictations, and what became of each."""
    with _journal() as journal:
        entries = journal.entries(count or None)
    if as_json:
        print_json([_record(entry) for entry in entries])
        return
    if not entries:
        remark("Nothing was dictated yet, or all of it is forgotten. Begin with: voicebridge dictate")
        return
    _print(entries, [_beginning(entry.text) for entry in entries])


@app.command()
def search(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What to look for; case and accents make no difference.")],
    count: Annotated[int, typer.Option("-n", "--number", min=0, help="How many to list, the newest first; 0 lists all.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List the dictations that contain a text."""
    wanted = _plain(text)
    if not wanted:
        raise UsageError("TEXT is empty. Say what to look for, or list all: voicebridge history list -n 0")
    with _journal() as journal:
        entries = [entry for entry in journal.entries() if wanted in _plain(entry.text)]
    entries = entries[: count or None]
    if as_json:
        print_json([_record(entry) for entry in entries])
    elif entries:
        _print(entries, [_around(entry.text, wanted) for entry in entries])
    else:
        remark(f"No dictation contains {text!r}.")


@app.command()
def show(id: Id = "last", as_json: AsJson = False) -> None:  # noqa: A002 - what the help calls it
    """Print the text of a dictation, and what is known of it."""
    with _journal() as journal:
        entry = _find(journal, id)
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
def copy(id: Id = "last") -> None:  # noqa: A002
    """Put the text of a dictation on the clipboard."""
    with _journal() as journal:
        entry = _find(journal, id)
    if not entry.text:
        raise InputError(f"{entry.id} has no text yet. Transcribe it: voicebridge history retry {entry.id}")
    state.registry().load_service("clipboard").write(entry.text)
    remark(f"Copied {entry.id}.")


@app.command()
def play(
    id: Id = "last",  # noqa: A002
    device: Annotated[str | None, typer.Option("--device", metavar="DEVICE", help="The loudspeaker to play on.")] = None,
) -> None:
    """Play the recording of a dictation."""
    from voicebridge.audio.decode import AudioReader

    with _journal() as journal:
        entry = _find(journal, id)
    if not entry.audio.exists():
        raise InputError(f"The recording of {entry.id} was deleted; its text: voicebridge history show {entry.id}")
    registry = state.registry()
    speaker = registry.load_service("speaker")
    with AudioReader(entry.audio) as reader, closing(reader.chunks(_PLAYED)) as chunks:
        speaker.play(chunks, device or registry.config.settings.tts.device)


@app.command()
def retry(
    id: Id = "last",  # noqa: A002
    model: Annotated[
        str | None,
        typer.Option("-m", "--model", metavar="MODEL", autocompletion=completing.stt_models, help="The model to transcribe with."),
    ] = None,
    language: Annotated[
        str | None,
        typer.Option("-l", "--language", metavar="LANG", autocompletion=completing.languages, help="What is spoken, such as `en`."),
    ] = None,
) -> None:
    """Transcribe the recording of a dictation again, and print its text."""
    from voicebridge.cli.fetching import make_ready
    from voicebridge.dictation.ear import find_ears
    from voicebridge.dictation.retry import retry as hear_again

    registry = state.registry()
    with _journal() as journal:
        entry = _find(journal, id)
        ears = find_ears(registry, model=model, asked={"language": language})
        make_ready(ears.model, quiet=False)
        with closing(ears):
            text = hear_again(journal, entry, ears, registry.config.settings.dictation)
    if text:
        print_line(text)
    else:
        remark("No speech detected.")


@app.command()
def delete(
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Numbers of entries, or `last`.")],
    yes: Yes = False,
) -> None:
    """Delete dictations, text and recording."""
    with _journal() as journal:
        entries = [_find(journal, each) for each in ids]
        listed = ", ".join(f"{entry.id} ({_when(entry)}, {_length(entry)})" for entry in entries)
        confirm(f"Delete {listed}?", yes, "What is deleted is gone for good", "Nothing was deleted.")
        for entry in entries:
            journal.delete(entry.id)
    remark(f"Deleted {', '.join(str(entry.id) for entry in entries)}.")


@app.command()
def purge(
    older_than: Annotated[str | None, typer.Option("--older-than", metavar="TIME", help="Such as 30d, 2w or 12h.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    yes: Yes = False,
) -> None:
    """Delete all dictations, or those that are older."""
    if everything == (older_than is not None):
        raise UsageError("Say what to delete: --older-than 30d, or --all.")
    age = _age(older_than) if older_than else timedelta()
    what = f"everything that is older than {older_than}" if older_than else "all that was dictated"
    with _journal() as journal:
        confirm(f"Delete {what}?", yes, "What is deleted is gone for good", "Nothing was deleted.")
        count = journal.purge(age)
    remark(f"Deleted {count}.")


@contextmanager
def _journal() -> Iterator[Journal]:
    """The journal, with what died taken in, and nothing kept for longer than the user wants."""
    from voicebridge.journal.store import Journal

    with closing(Journal(paths.data_dir() / "history", state.config().settings.history)) as journal:
        journal.recover()
        journal.tidy()
        yield journal


def _find(journal: Journal, id: str) -> Entry:  # noqa: A002
    if id != "last":
        if not id.isdecimal() or len(id) > _DIGITS:
            raise UsageError(f"{id!r} is no entry of the history: write its number, or last. List it with: voicebridge history")
        return journal.get(int(id))
    entries = journal.entries(1)
    if not entries:
        raise UnknownNameError("The history is empty. Begin with: voicebridge dictate")
    return entries[0]


def _age(text: str) -> timedelta:
    match = re.fullmatch(r"(\d{1,5})([hdw])", text.strip().lower())
    if match is None:
        raise UsageError(f"{text!r} is no length of time. Write it as in 30d, 2w or 12h.")
    return int(match[1]) * _UNITS[match[2]]


def _record(entry: Entry) -> dict[str, Any]:
    return {**asdict(entry), "began": entry.began.isoformat(), "audio": entry.audio if entry.audio.exists() else None}


def _when(entry: Entry) -> str:
    return f"{entry.began.astimezone():%Y-%m-%d %H:%M:%S}"


def _length(entry: Entry) -> str:
    """How long it is, ``-`` while that is not known: it is being recorded, or was cut off."""
    return f"{entry.duration:.1f} s" if entry.duration else "-"


def _state(entry: Entry) -> str:
    return f"delivered to {entry.delivered_to}" if entry.state == "delivered" else entry.state


def _print(entries: Sequence[Entry], texts: Sequence[str]) -> None:
    rows = [[str(entry.id), _when(entry), _length(entry), _state(entry), text] for entry, text in zip(entries, texts, strict=True)]
    print_table(["Id", "When", "Length", "State", "Text"], rows, {"failed": "red", "recorded": "yellow"})


def _plain(text: str) -> str:
    """A text as it is searched: small letters without accents, with single spaces."""
    letters = unicodedata.normalize("NFKD", " ".join(text.split()).casefold())
    return "".join(each for each in letters if not unicodedata.combining(each))


def _around(text: str, wanted: str) -> str:
    """As much of a text as the list has room for, with what was looked for in it."""
    text = " ".join(text.split())
    end = next(place for place in range(len(text) + 1) if wanted in _plain(text[:place]))
    if end < _BEGINNING:
        return _beginning(text)
    begin = end - min(_BEGINNING // 2, max(len(wanted), _BEGINNING // 3)) - 1
    return f"…{_beginning(text[begin:])}"[:_BEGINNING]


def _beginning(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _BEGINNING else f"{text[: _BEGINNING - 1]}…"
