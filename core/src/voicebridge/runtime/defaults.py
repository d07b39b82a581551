"""The model or diarizer that is used if the user names none.

Installing a plugin never changes it: the first choice for a language is remembered (``defaults.json`` in the data folder) and kept as long
as that model is on this machine.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from voicebridge import paths
from voicebridge.languages import of_locale
from voicebridge.runtime.model import Model
from voicebridge.specs import SttSpec, TtsSpec

_Spec = TypeVar("_Spec", SttSpec, TtsSpec)
_ANY = ""
"""Stands for the language of what doesn't depend on it."""


def default_model(kind: str, models: Iterable[Model[_Spec]], language: str | None) -> Model[_Spec] | None:
    """The default among models of one kind; ``None`` if none of them may be chosen automatically.

    Models on this machine come first, then those that support the language, the remembered one, lightweight ones; else the order of
    plugins and of their models decides.

    Args:
        kind: ``stt`` or ``tts``.
        models: all models, in the order of their plugins.
        language: ISO 639-1 code of the requested language; ``None`` for the one of the locale.
    """
    wanted = language or of_locale()
    remembered = _remembered()
    kept = remembered.get(kind, {}).get(wanted)
    ranked = sorted(
        (model for model in models if model.spec.automatic),
        key=lambda model: (not _supports(model, wanted), model.full_name != kept, not model.spec.light),
    )
    chosen = next((model for model in ranked if model.is_local()), None)
    if chosen is not None and chosen.full_name != kept and _supports(chosen, wanted):
        _remember({**remembered, kind: {**remembered.get(kind, {}), wanted: chosen.full_name}})
    return chosen or next(iter(ranked), None)


def why(model: Model[Any], *, configured: bool, language: str | None) -> str:
    """Why a model is the default, in words.

    Args:
        model: the default one.
        configured: whether the configuration names it.
        language: as for :func:`default_model`.
    """
    if configured:
        return "set in the configuration"
    if not model.is_local():
        return "chosen automatically; none is downloaded"
    wanted = language or of_locale()
    if not _supports(model, wanted):
        return f"chosen automatically; no downloaded one supports the language {wanted!r}"
    return f"chosen automatically for the language {wanted!r}; other plugins don't change it"


def remembered_first(kind: str, names: Sequence[str]) -> str:
    """The first of several, which is remembered: as long as it is there, one that is installed later doesn't replace it.

    Args:
        kind: what they are, such as ``diarizer``.
        names: their full names, in the order of their plugins.
    """
    remembered = _remembered()
    kept = remembered.get(kind, {}).get(_ANY)
    if kept is not None and kept in names:
        return kept
    _remember({**remembered, kind: {_ANY: names[0]}})
    return names[0]


def _supports(model: Model[Any], language: str) -> bool:
    return model.spec.languages is None or language in model.spec.languages


def _remembered() -> dict[str, dict[str, str]]:
    try:
        known = json.loads((paths.data_dir() / "defaults.json").read_bytes())
        return {str(kind): {str(language): str(name) for language, name in names.items()} for kind, names in known.items()}
    except (OSError, ValueError, AttributeError):
        return {}  # missing, or damaged: then it is written again


def _remember(known: dict[str, dict[str, str]]) -> None:
    from voicebridge.files.atomic import replace_text  # imported on demand: most runs only read it

    with suppress(OSError):  # if it can't be written, the default is chosen again each time
        replace_text(paths.data_dir() / "defaults.json", json.dumps(known, indent=1) + "\n")
