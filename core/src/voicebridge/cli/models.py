"""``voicebridge models``: what can be used, whether its weights are here, and fetching and removing them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voicebridge import paths
from voicebridge.cli import flags, state
from voicebridge.cli.fetching import fetch
from voicebridge.cli.output import AsJson, print_json, print_line, print_sheet, print_table, remark, warn
from voicebridge.errors import DownloadError, PluginError, VoiceBridgeError, WeightsNotFoundError
from voicebridge.specs import ModelSpec, SttSpec, TtsSpec

if TYPE_CHECKING:
    from voicebridge.model import Model
    from voicebridge.ports import WeightsPlace, WeightsStore
    from voicebridge.registry import Registry

app = flags.group()


def _complete_name(incomplete: str) -> list[str]:
    try:
        models = _all(state.registry())
    except VoiceBridgeError:
        return []
    return [name for model in models for name in (model.full_name, model.name) if name.startswith(incomplete)]


Name = Annotated[str, typer.Argument(metavar="NAME", help="A model, as `voicebridge models` lists it.", autocompletion=_complete_name)]
LocalOnly = Annotated[bool, typer.Option("--local", help="Only those whose weights are on this machine.")]


@app.callback(invoke_without_command=True)
def models(context: typer.Context, local: LocalOnly = False, as_json: AsJson = False) -> None:
    """List, inspect, download and remove models. Without a command, list them."""
    if context.invoked_subcommand is None:
        list_models(local, as_json)


@app.command("list")
def list_models(local: LocalOnly = False, as_json: AsJson = False) -> None:
    """List every model with its size, its speed and quality from 1 to 5, and whether its weights are here; a star marks the defaults."""
    registry = state.registry()
    defaults = _defaults(registry)
    found = [(model, _find(model)) for model in _all(registry)]
    if local:
        found = [(model, place) for model, place in found if _is_here(model, place)]
    if as_json:
        print_json([_as_json(model, place, defaults) for model, place in found])
        return
    if not found:
        remark("No model's weights are here. List all models with: voicebridge models" if local else "No active plugin offers a model.")
        return
    rows = [
        [
            model.full_name + (" *" if model.full_name in defaults else ""),
            _kind(model.spec),
            languages_of(model.spec),
            size_of(model.spec),
            _grade(model.spec.fast),
            _grade(model.spec.accurate),
            "yes" if _is_here(model, place) else "no",
        ]
        for model, place in found
    ]
    print_table(["Model", "Kind", "Lang", "Size", "Speed", "Quality", "Here"], rows, {"no": "dim"})


@app.command()
def show(name: Name, as_json: AsJson = False) -> None:
    """Show all that is known of a model: what it can do, where its weights may be, and its options."""
    registry = state.registry()
    model = registry.any_model(name)
    places = model.places()
    options = _options(registry, model)
    if as_json:
        place = next((each for each in places if each.found), None)
        listed = [{"kind": each.kind, "where": each.where, "found": each.found, "local": each.local, "note": each.note} for each in places]
        print_json({**_as_json(model, place, _defaults(registry)), "places": listed, "options": options})
        return
    spec = model.spec
    print_sheet(
        [
            ("Model", model.full_name),
            ("Description", spec.description),
            ("Kind", _kind(spec)),
            ("Plugin", f"{model.plugin.distribution} {model.plugin.version}"),
            ("Aliases", ", ".join(spec.aliases)),
            ("Languages", " ".join(sorted(spec.languages)) if spec.languages is not None else "any"),
            ("Can", ", ".join(_abilities(spec))),
            ("Voices", ", ".join(voice.name for voice in spec.voices) if isinstance(spec, TtsSpec) else ""),
            ("Sample rate", f"{spec.sample_rate} Hz"),
            ("Also loads", spec.open_names or ""),
            ("Size", size_of(spec)),
            ("Speed", _grade(spec.fast)),
            ("Quality", _grade(spec.accurate)),
            ("Weights", "the plugin does not say where" if spec.weights is None else ""),
        ]
    )
    if places:
        print_line("")
        winner = next((place for place in places if place.found), None)
        rows = [[_verdict(place, winner), place.kind, place.where, place.note] for place in places]
        print_table(["Weights", "Place", "Where", "Remark"], rows, {"used": "green", "not here": "dim"})
    if options:
        print_line("")
        rows = [[each["name"], each["type"], each["default"], each["value"], each["origin"], each["description"]] for each in options]
        print_table(["Option", "Type", "Default", "Now", "Origin", "What it does"], rows)


@app.command()
def download(name: Name) -> None:
    """Fetch a model's weights and print their folder; what is on this machine already is not fetched again."""
    model = state.registry().any_model(name)
    store = _store(model)
    place = model.found_at()
    if place is not None and place.local:
        remark(f"{model.full_name} is on this machine already ({place.kind}).")
        print_line(_folder(model, store, place))
        return
    if paths.is_offline():
        raise DownloadError(
            f"{model.full_name} can't be downloaded: the network is off (--offline, VOICEBRIDGE_OFFLINE or the key offline). "
            f"Allow it for once: VOICEBRIDGE_OFFLINE=0 voicebridge models download {name}"
        )
    print_line(str(fetch(model, store)))


@app.command()
def remove(name: Name) -> None:
    """Delete what was downloaded of a model and print the folders that are gone; other programs' copies stay."""
    model = state.registry().any_model(name)
    store = _store(model)
    with model.blamed():
        gone = store.remove(model.name)
    for folder in gone:
        print_line(str(folder))
    if not gone:
        remark(f"Nothing of {model.full_name} was downloaded by VoiceBridge.")
    place = model.found_at()
    if place is not None and place.local:
        remark(f"It is still here, and not VoiceBridge's to delete: {place.where} ({place.kind}).")


@app.command()
def path(name: Name) -> None:
    """Print the folder of a model's weights, and nothing else."""
    model = state.registry().any_model(name)
    store = _store(model)
    place = model.found_at()
    if place is None or not place.local:
        raise WeightsNotFoundError(f"{model.full_name} is not on this machine. Fetch it: voicebridge models download {name}")
    print_line(_folder(model, store, place))


def _all(registry: Registry) -> list[Model[Any]]:
    return [*registry.stt_models(), *registry.tts_models()]


def _defaults(registry: Registry) -> set[str]:
    settings, found = registry.config.settings, set()
    for key, named, choose in (("stt", settings.stt.model, registry.stt), ("tts", settings.tts.model, registry.tts)):
        try:
            found.add(choose().full_name)
        except VoiceBridgeError as error:
            if named:
                warn(f"{key}.model: {error}")
    return found


def _find(model: Model[Any]) -> WeightsPlace | None:
    try:
        return model.found_at()
    except VoiceBridgeError as error:
        warn(str(error))  # and go on: the other models are none the worse for it
        return None


def _store(model: Model[Any]) -> WeightsStore:
    store = model.weights()
    if store is None:
        raise PluginError(
            f"{model.full_name}: its plugin does not say where the weights are. See what {model.plugin.distribution} says of them."
        )
    return store


def _folder(model: Model[Any], store: WeightsStore, place: WeightsPlace) -> str:
    if Path(place.where).exists():
        return place.where
    with model.blamed():  # a package, say, whose parts are joined first; that needs no network
        return str(store.download(model.name))


def _is_here(model: Model[Any], place: WeightsPlace | None) -> bool:
    return model.spec.weights is None or (place is not None and place.local)


def _verdict(place: WeightsPlace, winner: WeightsPlace | None) -> str:
    if place is winner:
        return "used" if place.local else "to be fetched"
    return "here" if place.found and place.local else "not here" if place.local else "could be fetched"


def _kind(spec: ModelSpec) -> str:
    return "stt" if isinstance(spec, SttSpec) else "tts"


def languages_of(spec: ModelSpec) -> str:
    """The codes of up to two languages, else how many there are."""
    if spec.languages is None:
        return "any"
    return ", ".join(sorted(spec.languages)) if len(spec.languages) <= 2 else str(len(spec.languages))


def size_of(spec: ModelSpec) -> str:
    """What the weights take on disk; empty when that is not known."""
    if spec.megabytes is None:
        return ""
    return f"{spec.megabytes / 1000:.1f} GB" if spec.megabytes >= 1000 else f"{spec.megabytes} MB"


def _grade(grade: int | None) -> str:
    return f"{grade}/5" if grade else ""


def _abilities(spec: ModelSpec) -> list[str]:
    from voicebridge.capabilities import CAPABILITIES, TTS_CAPABILITIES

    names = CAPABILITIES if isinstance(spec, SttSpec) else TTS_CAPABILITIES
    return [name for name in names if getattr(spec, name)]


def _as_json(model: Model[Any], place: WeightsPlace | None, defaults: set[str]) -> dict[str, Any]:
    spec = model.spec
    return {
        "name": model.full_name,
        "kind": _kind(spec),
        "default": model.full_name in defaults,
        "description": spec.description,
        "aliases": list(spec.aliases),
        "languages": None if spec.languages is None else sorted(spec.languages),
        "capabilities": _abilities(spec),
        "sample_rate": spec.sample_rate,
        "megabytes": spec.megabytes,
        "fast": spec.fast,
        "accurate": spec.accurate,
        "local": _is_here(model, place),
        "weights": None if place is None else {"kind": place.kind, "where": place.where},
    }


def _options(registry: Registry, model: Model[Any]) -> Sequence[dict[str, str]]:
    from voicebridge.options import describe, merge, toml_text

    kind = model.options_type()
    if kind is None:
        return []
    given = merge(kind, registry.option_layers(model))
    described = []
    for option in describe(kind):
        value, origin = given.get(option.name, (None, ""))
        now = toml_text(value) if origin else option.default
        described.append(
            {
                "name": option.name,
                "type": option.type,
                "default": option.default,
                "value": now,
                "origin": origin or "default",
                "description": option.description,
            }
        )
    return described
