"""``voicebridge vocabulary``: the user's names and terms, and how they are misheard."""

from __future__ import annotations

from typing import Annotated

import typer

from voicebridge import paths
from voicebridge.cli.shared import completing, flags
from voicebridge.cli.shared.output import AsJson, print_json, print_line, print_table, remark, warn
from voicebridge.cli.shared.state import RunState, state_of
from voicebridge.errors import UnknownNameError, UsageError, nearest
from voicebridge.runtime import configfile

app = flags.group()

_TABLE = ("dictation", "vocabulary")

Word = Annotated[str, typer.Argument(metavar="WORD", help="A name or term in its correct spelling, such as Kubernetes.")]
SoundsLike = Annotated[
    list[str] | None,
    typer.Option("-s", "--sounds-like", metavar="TEXT", help="What it is misheard as, such as “cooper netties”. Repeatable."),
]


@app.callback(invoke_without_command=True)
def vocabulary(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List, add, remove and test your names and terms. Without a command, list them.

    Models that take hotwords expect these words, and what they are misheard as is corrected in dictations.
    """
    if ctx.invoked_subcommand is None:
        list_words(ctx, as_json)


@app.command("list")
def list_words(context: typer.Context, as_json: AsJson = False) -> None:
    """List your names and terms."""
    found = state_of(context).config().settings.dictation.vocabulary
    if as_json:
        print_json([{"word": word, "sounds_like": list(forms)} for word, forms in found.items()])
    elif found:
        print_table(["Word", "Misheard as"], [[word, ", ".join(forms) or "-"] for word, forms in sorted(found.items())])
    else:
        remark('The vocabulary is empty. Add a word: voicebridge vocabulary add Kubernetes --sounds-like "cooper netties"')


@app.command()
def add(context: typer.Context, word: Word, sounds_like: SoundsLike = None) -> None:
    """Add a name or term, or another form that it is misheard as."""
    from voicebridge.cli.shared.config_file import remark_on_effect, save

    state = state_of(context)
    word, forms = _clean(word), [_clean(form) for form in sounds_like or ()]
    path = paths.config_file()
    table = configfile.read(path)
    known = _words(table)
    for owner, taken in known.items():
        for form in forms:
            if owner != word and form.casefold() in map(str.casefold, taken):
                raise UsageError(
                    f"{form!r} already belongs to {owner}. Remove it first: voicebridge vocabulary remove {owner!r} -s {form!r}"
                )
    _warn_of_common(state, forms)
    before = known.get(word, [])
    configfile.assign(table, (*_TABLE, word), list(dict.fromkeys([*before, *forms])))
    save(path, table)
    remark_on_effect(state, (*_TABLE, word))


@app.command()
def remove(context: typer.Context, word: Word, sounds_like: SoundsLike = None) -> None:
    """Remove a name or term, or only forms that it is misheard as."""
    from voicebridge.cli.shared.config_file import remark_on_effect, save

    path = paths.config_file()
    table = configfile.read(path)
    known = _words(table)
    if word not in known:
        raise UnknownNameError(f"{word!r} is not in the vocabulary in {path}.{nearest(word, known)}")
    forms = known[word]
    for form in sounds_like or ():
        if form not in forms:
            raise UnknownNameError(f"{word} has no sounds-like form {form!r}.{nearest(form, forms)}")
    if sounds_like:
        configfile.assign(table, (*_TABLE, word), [form for form in forms if form not in sounds_like])
    else:
        configfile.remove(table, (*_TABLE, word))
    save(path, table)
    remark_on_effect(state_of(context), (*_TABLE, word))


@app.command("test")
def try_sentences(
    context: typer.Context,
    sentences: Annotated[
        list[str],
        typer.Argument(metavar="SENTENCE", help="What the model might hear; several sentences are separated by pauses."),
    ],
    language: Annotated[
        str | None,
        typer.Option(
            "-l",
            "--language",
            metavar="CODE",
            autocompletion=completing.languages,
            help="The spoken language, such as en. Default: stt.language.",
        ),
    ] = None,
    before: Annotated[str, typer.Option("--before", metavar="TEXT", help="The text before the cursor.")] = "",
) -> None:
    """Print what dictation would insert for a transcript, with spoken commands, without your filter."""
    from voicebridge.dictation.finish import style_of
    from voicebridge.dictation.text import compose

    settings = state_of(context).config().settings
    print_line(compose(sentences, style_of(settings.dictation, language or settings.stt.language), before))


def _words(table: configfile.Table) -> dict[str, list[str]]:
    """The table in the file, or an error if it is not a table of lists."""
    from voicebridge.runtime.config_keys import read_value

    try:
        found = configfile.lookup(table, _TABLE)
    except KeyError:
        return {}
    checked = read_value(".".join(_TABLE), found)
    return {str(word): list(forms) for word, forms in checked.items()} if isinstance(checked, dict) else {}


def _clean(text: str) -> str:
    text = " ".join(text.split())
    if not any(map(str.isalnum, text)):
        raise UsageError("A word needs a letter or a digit: voicebridge vocabulary add Kubernetes.")
    return text


def _warn_of_common(state: RunState, forms: list[str]) -> None:
    from voicebridge.dictation.text.languages import language_of

    common = language_of(state.config([]).settings.stt.language).lower
    for form in forms:
        if form.casefold() in common:
            warn(f"{form!r} is a common word and will be replaced everywhere.")
