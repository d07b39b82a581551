"""``voicebridge voices``: list and preview voices, and manage the user's own samples."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voicebridge.cli.shared import completing, flags
from voicebridge.cli.shared.confirm import confirm
from voicebridge.cli.shared.output import AsJson, print_json, print_table, remark, warn
from voicebridge.cli.shared.state import state_of
from voicebridge.errors import InputError, UsageError, VoiceBridgeError

if TYPE_CHECKING:
    from voicebridge.runtime.model import Model
    from voicebridge.runtime.registry import Registry
    from voicebridge.specs import TtsSpec
    from voicebridge.speech import Voice
    from voicebridge.tts.voices.store import StoredVoice, VoiceStore

app = flags.group()

GREETINGS = {
    "en": "Hello. This is how I sound, and how I read a sentence.",
    "de": "Hallo. So klinge ich, und so lese ich einen Satz.",
    "fr": "Bonjour. Voici ma voix, et voici comment je lis une phrase.",
    "es": "Hola. Así sueno, y así leo una frase.",
    "it": "Ciao. Ecco la mia voce, ed ecco come leggo una frase.",
    "pt": "Olá. Assim é a minha voz, e assim leio uma frase.",
    "nl": "Hallo. Zo klink ik, en zo lees ik een zin voor.",
    "pl": "Cześć. Tak brzmię i tak czytam zdanie.",
    "sv": "Hej. Så här låter jag, och så här läser jag en mening.",
    "ru": "Привет. Так звучит мой голос, и так я читаю предложение.",
    "zh": "你好。这是我的声音。我就是这样朗读句子的。",
    "ja": "こんにちは。これが私の声です。文をこのように読みます。",
}
"""The default text of a preview."""


def _complete_name(context: typer.Context, incomplete: str) -> list[str]:
    try:
        registry = state_of(context).registry()
        names = [voice["name"] for voice in _listed(registry, _store()) if voice["name"]]
    except VoiceBridgeError:
        return []
    return [name for name in names if name.startswith(incomplete)]


Name = Annotated[str, typer.Argument(metavar="NAME", help="A voice, as `voicebridge voices` lists it.", autocompletion=_complete_name)]


@app.callback(invoke_without_command=True)
def voices(context: typer.Context, as_json: AsJson = False) -> None:
    """List and preview voices, and add your own. Without a command, list them."""
    if context.invoked_subcommand is None:
        list_voices(context, as_json)


@app.command("list")
def list_voices(context: typer.Context, as_json: AsJson = False) -> None:
    """List the voices of all models and your own; a star marks the default."""
    store = _store()
    found = _listed(state_of(context).registry(), store)
    if as_json:
        print_json(found)
        return
    for name in store.damaged():
        warn(f"the voice {name} is damaged. Remove it: voicebridge voices remove {name}")
    if not found:
        from voicebridge.installing import remedy

        remark(f"No active plugin offers a voice. Install one: {remedy('voicebridge-piper')}")
        return
    rows = [
        [
            (voice["name"] or "-") + (" *" if voice["default"] else ""),
            voice["model"] or "no model",
            voice["language"] or "any",
            "yes" if voice["local"] else "no",
            voice["description"],
        ]
        for voice in found
    ]
    print_table(["Voice", "Model", "Language", "Local", "Remark"], rows, {"no": "dim", "no model": "yellow"})


@app.command()
def preview(
    context: typer.Context,
    name: Name,
    text: Annotated[
        str | None, typer.Option("--text", metavar="TEXT", help="The text to speak. Default: a greeting in the voice's language.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "-m", "--model", metavar="NAME", autocompletion=completing.tts_models, help="The model. Default: one with this voice."
        ),
    ] = None,
    output: Annotated[str | None, typer.Option("-o", "--output", metavar="FILE", help="Write an audio file instead of playing.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing file.")] = False,
) -> None:
    """Play a sentence in a voice."""
    from voicebridge.cli.tts.run import TtsArguments, run
    from voicebridge.tts.choose import find_voice

    state = state_of(context)
    found, own, _ = find_voice(state.registry(), _store(), model, name)
    wanted = TtsArguments(
        source=text or GREETINGS.get(_language(found, own) or "en", GREETINGS["en"]),
        is_service=False,
        script=False,
        model=found.full_name,
        voices=[name],
        asked={},
        options=[],
        output=output,
        file_format=None,
        play=None,
        device=None,
        existing="--overwrite" if overwrite else None,
        verify=False,
        filters=True,
        daemon=True,
        quiet=False,
        verbose=False,
    )
    if code := run(wanted, state):
        raise typer.Exit(code)


@app.command()
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name: lower-case letters, digits, '.', '_' and '-'.")],
    sample: Annotated[Path, typer.Argument(metavar="SAMPLE", help="A recording of one person speaking: 3 to 60 s, 10 to 30 s are best.")],
    start: Annotated[str | None, typer.Option("--start", metavar="TIME", help="Start here: 90, 1:30. Default: the beginning.")] = None,
    end: Annotated[str | None, typer.Option("--end", metavar="TIME", help="Stop here. Default: the end.")] = None,
    yes: Annotated[
        bool,
        typer.Option("-y", "--yes", help="Confirm that it is your own voice or its owner has agreed, and ignore quality warnings."),
    ] = False,
) -> None:
    """Add your own voice from a sample, for models that support it.

    The recording is checked, and a copy is kept that only you can read.
    """
    from voicebridge.cli.shared.timecodes import parse_time
    from voicebridge.tts.choose import check_free
    from voicebridge.tts.voices.check import check_sample
    from voicebridge.tts.voices.sample import read_sample

    store = _store()
    check_free(state_of(context).registry(), store, name)
    sound = read_sample(sample, parse_time(start) if start else 0.0, parse_time(end) if end else None)
    verdict = check_sample(sound.samples, sound.sample_rate)
    if verdict.faults:
        raise InputError(f"{sample.name} can't be a voice sample. {' '.join(verdict.faults)}")
    for doubt in verdict.doubts:
        warn(f"{sample.name}: {doubt}")
    if verdict.doubts:
        confirm("Keep it anyway?", yes, f"{sample.name} may be unsuitable", "Nothing was kept.")
    why = f"{name} needs the consent of the voice's owner"
    confirm("Is this your own voice, or has its owner agreed?", yes, why, "Nothing was kept.")
    voice = store.add(name, sound, consent=date.today())
    remark(f"Added {name}: {voice.duration:.1f} s. Hear it: voicebridge voices preview {name}")


@app.command()
def remove(context: typer.Context, name: Name) -> None:
    """Delete one of your own voices."""
    from voicebridge.tts.choose import owner_of

    store = _store()
    owner = owner_of(state_of(context).registry(), name)
    if owner and name not in store.names():
        raise UsageError(f"{name} comes with {owner.full_name} and can't be removed. Only your own voices can.")
    store.remove(name)
    remark(f"Removed {name}.")


def _store() -> VoiceStore:
    from voicebridge.tts.voices.store import user_voices

    return user_voices()


def _listed(registry: Registry, store: VoiceStore) -> list[dict[str, Any]]:
    model, voice = _default(registry, store)
    found = [_of_user(registry, store, each, is_default=each.name == voice) for each in store.list()]
    for each in registry.tts_models():
        is_chosen, local = model is not None and each.full_name == model.full_name, each.is_local()
        # A model with several voices chooses its own default.
        certain = voice is not None or len(each.spec.voices) == 1
        found += [
            _of_model(each, own, local=local, is_default=is_chosen and certain and voice in (own.name, None)) for own in each.spec.voices
        ]
        if not each.spec.voices:
            found.append(_of_model(each, None, local=local, is_default=is_chosen and voice is None))
    return found


def _default(registry: Registry, store: VoiceStore) -> tuple[Model[TtsSpec] | None, str | None]:
    from voicebridge.tts.choose import find_voice

    try:
        model, own, stored = find_voice(registry, store)
    except VoiceBridgeError as error:
        if registry.config.settings.tts.voice or registry.config.settings.tts.model:
            warn(f"tts: {error}")
        return None, None
    return model, stored.name if stored else own


def _language(model: Model[TtsSpec], voice: str | None) -> str | None:
    spoken = next((each.language for each in model.spec.voices if each.name == voice), None)
    languages = model.spec.languages
    return spoken or (next(iter(languages)) if languages is not None and len(languages) == 1 else None)


def _of_model(model: Model[TtsSpec], voice: Voice | None, *, local: bool, is_default: bool) -> dict[str, Any]:
    return {
        "name": voice.name if voice else None,
        "default": is_default,
        "own": False,
        "model": model.full_name,
        "language": _language(model, voice.name if voice else None),
        "local": local,
        "description": voice.description if voice else model.spec.description,
    }


def _of_user(registry: Registry, store: VoiceStore, voice: StoredVoice, *, is_default: bool) -> dict[str, Any]:
    from voicebridge.tts.choose import find_voice

    try:
        model: Model[TtsSpec] | None = find_voice(registry, store, None, voice.name)[0]
    except VoiceBridgeError:
        model = None
    return {
        "name": voice.name,
        "default": is_default,
        "own": True,
        "model": model.full_name if model else None,
        "language": None,
        "local": model is not None and model.is_local(),
        "description": f"your sample, {voice.duration:.1f} s, added {voice.added.isoformat()}",
        "path": str(voice.path),
        "duration": voice.duration,
        "added": voice.added.isoformat(),
        "consent": voice.consent.isoformat(),
    }
