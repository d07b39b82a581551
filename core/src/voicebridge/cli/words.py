"""``voicebridge words``: the names and terms of the user, and what they are misheard as."""

from __future__ import annotations

from typing import Annotated

import typer

from voicebridge import configfile, paths
from voicebridge.cli import completing, flags, state
from voicebridge.cli.output import AsJson, print_json, print_line, print_table, remark, warn
from voicebridge.errors import UnknownNameError, UsageError, nearest

app = flags.group()

_TABLE = ("dictation", "words")

Word = Annotated[str, typer.Argument(metavar="WORD", help="A name or term as it is written, such as Kubernetes.")]
SoundsLike = Annotated[
    list[str] | None,
    typer.Option(
        "-s", "--sounds-like", metavar="TEXT", help="What it is misheard as, such as “cooper netties”; several times if you like."
    ),
]


@app.callback(invoke_without_command=True)
def words(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List your names and terms, and add and remove them.

    Models that can are told to expect them; what they are misheard as is corrected in what you dictate.
    """
    if ctx.invoked_subcommand is None:
        list_words(as_json)


@app.command("list")
def list_words(as_json: AsJson = False) -> None:
    """List your names and terms."""
    found = state.config().settings.dictation.words
    if as_json:
        print_json([{"word": word, "sounds_like": list(forms)} for word, forms in found.items()])
    elif found:
        print_table(["Word", "Misheard as"], [[word, ", ".join(forms) or "-"] for word, forms in sorted(found.items())])
    else:
        remark('There are none. Add one: voicebridge words add Kubernetes --sounds-like "cooper netties"')


@app.command()
def add(word: Word, sounds_like: SoundsLike = None) -> None:
    """Add a name or term, or more of what it is misheard as."""
    from voicebridge.cli.config import remark_on_effect, save

    word, forms = _clean(word), [_clean(form) for form in sounds_like or ()]
    path = paths.config_file()
    table = configfile.read(path)
    known = _words(table)
    for owner, taken in known.items():
        for form in forms:
            if owner != word and form.casefold() in map(str.casefold, taken):
                raise UsageError(f"{form!r} stands for {owner} already. Remove it first: voicebridge words remove {owner!r} -s {form!r}")
    _warn_of_common(forms)
    before = known.get(word, [])
    configfile.assign(table, (*_TABLE, word), list(dict.fromkeys([*before, *forms])))
    save(path, table)
    remark_on_effect((*_TABLE, word))


@app.command()
def remove(word: Word, sounds_like: SoundsLike = None) -> None:
    """Remove a name or term, or just what it is misheard as."""
    from voicebridge.cli.config import remark_on_effect, save

    path = paths.config_file()
    table = configfile.read(path)
    known = _words(table)
    if word not in known:
        raise UnknownNameError(f"There is no word {word!r} in {path}.{nearest(word, known)}")
    forms = known[word]
    for form in sounds_like or ():
        if form not in forms:
            raise UnknownNameError(f"{word} is not listed as misheard as {form!r}.{nearest(form, forms)}")
    if sounds_like:
        configfile.assign(table, (*_TABLE, word), [form for form in forms if form not in sounds_like])
    else:
        configfile.remove(table, (*_TABLE, word))
    save(path, table)
    remark_on_effect((*_TABLE, word))


@app.command("test")
def try_sentences(
    sentences: Annotated[
        list[str],
        typer.Argument(metavar="SENTENCE", help="What a model might hear; several are parted by pauses, as when you stop to think."),
    ],
    language: Annotated[
        str | None,
        typer.Option("-l", "--language", metavar="CODE", autocompletion=completing.languages, help="What is spoken, such as en."),
    ] = None,
    before: Annotated[str, typer.Option("--before", metavar="TEXT", help="What stands before the cursor.")] = "",
) -> None:
    """Show what would be written for what was heard, spoken commands and all, without your filter."""
    from voicebridge.dictation.style import style_of
    from voicebridge.text.dictated import compose

    settings = state.config().settings
    print_line(compose(sentences, style_of(settings.dictation, language or settings.stt.language), before))


def _words(table: configfile.Table) -> dict[str, list[str]]:
    """What the file has, or a complaint where it is no table of lists."""
    from voicebridge.config import read_value

    try:
        found = configfile.lookup(table, _TABLE)
    except KeyError:
        return {}
    checked = read_value(".".join(_TABLE), found)
    return {str(word): list(forms) for word, forms in checked.items()} if isinstance(checked, dict) else {}


def _clean(text: str) -> str:
    text = " ".join(text.split())
    if not any(map(str.isalnum, text)):
        raise UsageError("A word needs a letter or a digit: voicebridge words add Kubernetes.")
    return text


def _warn_of_common(forms: list[str]) -> None:
    from voicebridge.text.dictated.languages import language_of

    common = language_of(state.config([]).settings.stt.language).lower
    for form in forms:
        if form.casefold() in common:
            warn(f"{form!r} is replaced wherever it is heard, and it is a common word.")
