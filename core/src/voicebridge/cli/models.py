"""``voicebridge models``: list models, whether their weights are local, download and remove them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voicebridge import paths
from voicebridge.cli.shared import flags
from voicebridge.cli.shared.fetching import fetch
from voicebridge.cli.shared.option_table import described, print_options
from voicebridge.cli.shared.output import AsJson, print_json, print_line, print_sheet, print_table, remark, warn
from voicebridge.cli.shared.state import state_of
from voicebridge.errors import DownloadError, PluginError, VoiceBridgeError, WeightsNotFoundError
from voicebridge.specs import ModelSpec, SttSpec, TtsSpec

if TYPE_CHECKING:
    from voicebridge.ports import WeightsPlace, WeightsStore
    from voicebridge.runtime.model import Model
    from voicebridge.runtime.registry import Registry

app = flags.group()

STT_INPUT = ("frame", "sample_type")
TTS_INPUT = ("longest_text", "speed_range", "default_voice")
"""Fields that are printed as JSON under their own name."""


def _complete_name(context: typer.Context, incomplete: str) -> list[str]:
    try:
        models = _all(state_of(context).registry())
    except VoiceBridgeError:
        return []
    return [name for model in models for name in (model.full_name, model.name) if name.startswith(incomplete)]


Name = Annotated[str, typer.Argument(metavar="NAME", help="A model, as `voicebridge models` lists it.", autocompletion=_complete_name)]
LocalOnly = Annotated[bool, typer.Option("--local", help="Only downloaded models.")]


@app.callback(invoke_without_command=True)
def models(context: typer.Context, local: LocalOnly = False, as_json: AsJson = False) -> None:
    """List, inspect, download and remove models. Without a command, list them."""
    if context.invoked_subcommand is None:
        list_models(context, local, as_json)


@app.command("list")
def list_models(context: typer.Context, local: LocalOnly = False, as_json: AsJson = False) -> None:
    """List models with size, speed and quality from 1 to 5, and whether they are downloaded; a star marks defaults."""
    registry = state_of(context).registry()
    defaults = _defaults(registry)
    found = [(model, _find(model)) for model in _all(registry)]
    if local:
        found = [(model, place) for model, place in found if _is_here(model, place)]
    if as_json:
        print_json([_as_json(model, place, defaults) for model, place in found])
        return
    if not found:
        remark("No model is downloaded. List all models with: voicebridge models" if local else "No active plugin has a model.")
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
    print_table(["Model", "Kind", "Lang", "Size", "Speed", "Quality", "Local"], rows, {"no": "dim"})


@app.command()
def show(context: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """Show details of a model: capabilities, places of its weights, options."""
    registry = state_of(context).registry()
    model = registry.any_model(name)
    places = model.places()
    kind = model.options_type()
    options = described(kind, registry.option_layers(model)) if kind else []
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
            ("Plugin", model.plugin.package),
            ("Aliases", ", ".join(spec.aliases)),
            ("Languages", " ".join(sorted(spec.languages)) if spec.languages is not None else "any"),
            ("Can", ", ".join(_abilities(spec))),
            ("Voices", ", ".join(voice.name for voice in spec.voices) if isinstance(spec, TtsSpec) else ""),
            ("Default voice", spec.default_voice if isinstance(spec, TtsSpec) else ""),
            ("Also speaks in", spec.open_voices or "" if isinstance(spec, TtsSpec) else ""),
            ("Speeds", _speeds(spec)),
            ("Sample rate", f"{spec.sample_rate} Hz"),
            ("Input", _input(spec)),
            ("Repeatable", "" if spec.repeatable else "no"),
            ("Also loads", spec.open_names or ""),
            ("Size", size_of(spec)),
            ("Speed", _grade(spec.fast)),
            ("Quality", _grade(spec.accurate)),
            ("Weights", "unknown: the plugin doesn't say" if spec.weights is None else ""),
        ]
    )
    if places:
        print_line("")
        winner = next((place for place in places if place.found), None)
        rows = [[_verdict(place, winner), place.kind, place.where, place.note] for place in places]
        print_table(["Weights", "Place", "Where", "Remark"], rows, {"used": "green", "not found": "dim"})
    if options:
        print_line("")
        print_options("Option", options)


@app.command()
def download(context: typer.Context, name: Name) -> None:
    """Download a model's weights, unless they are downloaded already, and print their folder."""
    model = state_of(context).registry().any_model(name)
    store = _store(model)
    place = model.found_at()
    if place is not None and place.local:
        remark(f"{model.full_name} is already downloaded ({place.kind}).")
        print_line(_folder(model, store, place))
        return
    if paths.is_offline():
        raise DownloadError(
            f"{model.full_name} can't be downloaded: VoiceBridge is offline (--offline, VOICEBRIDGE_OFFLINE or the key offline). "
            f"Allow it once: VOICEBRIDGE_OFFLINE=0 voicebridge models download {name}"
        )
    print_line(str(fetch(model, store)))


@app.command()
def remove(context: typer.Context, name: Name) -> None:
    """Delete the downloaded weights of a model; copies of other programs are kept."""
    model = state_of(context).registry().any_model(name)
    store = _store(model)
    with model.owner().blamed():
        gone = store.remove(model.name)
    for folder in gone:
        print_line(str(folder))
    if not gone:
        remark(f"VoiceBridge has downloaded no weights of {model.full_name}.")
    place = model.found_at()
    if place is not None and place.local:
        remark(f"Another copy was not downloaded by VoiceBridge and is kept: {place.where} ({place.kind}).")


@app.command()
def path(context: typer.Context, name: Name) -> None:
    """Print the folder of a model's weights."""
    model = state_of(context).registry().any_model(name)
    store = _store(model)
    place = model.found_at()
    if place is None or not place.local:
        raise WeightsNotFoundError(f"{model.full_name} is not downloaded. Download it: voicebridge models download {name}")
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
        warn(str(error))  # and continue: the other models are not affected
        return None


def _store(model: Model[Any]) -> WeightsStore:
    store = model.weights()
    if store is None:
        raise PluginError(
            f"{model.full_name}: its plugin doesn't say where the weights are. See the documentation of {model.plugin.distribution}."
        )
    return store


def _folder(model: Model[Any], store: WeightsStore, place: WeightsPlace) -> str:
    if Path(place.where).exists():
        return place.where
    with model.owner().blamed():  # for example a package whose parts are joined first, which needs no network
        return str(store.download(model.name))


def _is_here(model: Model[Any], place: WeightsPlace | None) -> bool:
    return model.spec.weights is None or (place is not None and place.local)


def _verdict(place: WeightsPlace, winner: WeightsPlace | None) -> str:
    if place is winner:
        return "used" if place.local else "will be downloaded"
    return "found" if place.found and place.local else "not found" if place.local else "can be downloaded"


def _kind(spec: ModelSpec) -> str:
    return "stt" if isinstance(spec, SttSpec) else "tts"


def languages_of(spec: ModelSpec) -> str:
    """The codes of up to two languages, else their number."""
    if spec.languages is None:
        return "any"
    return ", ".join(sorted(spec.languages)) if len(spec.languages) <= 2 else str(len(spec.languages))


def size_of(spec: ModelSpec) -> str:
    """The size of the weights on disk; empty if unknown."""
    if spec.megabytes is None:
        return ""
    return f"{spec.megabytes / 1000:.1f} GB" if spec.megabytes >= 1000 else f"{spec.megabytes} MB"


def _grade(grade: int | None) -> str:
    return f"{grade}/5" if grade else ""


def _abilities(spec: ModelSpec) -> list[str]:
    from voicebridge.runtime.capabilities import CAPABILITIES, TTS_CAPABILITIES

    names = CAPABILITIES if isinstance(spec, SttSpec) else TTS_CAPABILITIES
    return [name for name in names if getattr(spec, name)]


def _input(spec: ModelSpec) -> str:
    """What the engine receives, if it asks for something particular."""
    if isinstance(spec, SttSpec):
        samples = spec.sample_type if spec.sample_type != "float32" else ""
        return ", ".join(filter(None, [f"chunks of {spec.frame} samples" if spec.frame else "", samples]))
    return f"up to {spec.longest_text} characters" if isinstance(spec, TtsSpec) and spec.longest_text else ""


def _speeds(spec: ModelSpec) -> str:
    return "{:g} to {:g}".format(*spec.speed_range) if isinstance(spec, TtsSpec) and spec.speed_range else ""


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
        "repeatable": spec.repeatable,
        **{name: getattr(spec, name) for name in (STT_INPUT if isinstance(spec, SttSpec) else TTS_INPUT)},
        "megabytes": spec.megabytes,
        "fast": spec.fast,
        "accurate": spec.accurate,
        "local": _is_here(model, place),
        "weights": None if place is None else {"kind": place.kind, "where": place.where},
    }
