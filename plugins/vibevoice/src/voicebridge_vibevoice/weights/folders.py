"""Validate folders of weights, and locate our cache.

Our cache has a folder per model, ``vibevoice/1.5b``. A name that starts with a dot is not a model, but a lock or an unfinished download.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from voicebridge import paths

from voicebridge_vibevoice.catalog import LISTENING, MODELS, SPEECH

_KINDS = {SPEECH: "speaks: use it with voicebridge tts", LISTENING: "listens: use it with voicebridge stt"}
_PROCESSORS = ("processor_config.json", "preprocessor_config.json")
_WEIGHTS, _INDEX = "model.safetensors", "model.safetensors.index.json"


def cache_root() -> Path:
    """Our cache of VibeVoice's weights; it may not exist."""
    return paths.cache_dir() / "vibevoice"


def flaw(folder: Path, kind: str | None = None) -> str:
    """Why a folder can't be loaded as a model of a kind, as a phrase; empty if it can."""
    try:
        if not folder.is_dir():
            return "this is a file: give its folder" if folder.exists() else "no such folder"
        if not (folder / "config.json").is_file():
            return "lacks config.json"
        return flaw_of_config(folder / "config.json", kind) or _flaw_of_files(folder)
    except OSError as error:
        return f"can't be read: {error.strerror or error}"


def flaw_of_config(path: Path, kind: str | None) -> str:
    """Why a model with this config.json can't be loaded, as a phrase; empty if there is no reason."""
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        given = str(config.get("model_type", ""))
    except (ValueError, AttributeError):
        return "its config.json is damaged"
    if not given.startswith("vibevoice"):
        return f"is not a VibeVoice model (its config.json says model_type={given!r})"
    if given not in _KINDS:
        return f"is a VibeVoice model of a kind that transformers can't load (model_type={given!r})"
    if "text_config" not in config:
        return f"has the older layout, which transformers misreads: use {_successor(config)}"
    if kind is not None and given != kind:
        return f"is a model that {_KINDS[given]}"
    return ""


def _successor(config: dict[str, Any]) -> str:
    # The older layout has the language model's settings under decoder_config; the speech-to-text model is identified by its class name.
    small, large, listening = (model.repo for model in MODELS)
    if "asr" in str(config.get("architectures", "")).lower():
        return listening
    decoder = config.get("decoder_config")
    return large if isinstance(decoder, dict) and decoder.get("hidden_size") == 3584 else small


def _flaw_of_files(folder: Path) -> str:
    needed = ["tokenizer.json", next((name for name in _PROCESSORS if (folder / name).is_file()), _PROCESSORS[0])]
    if (folder / _INDEX).is_file():
        try:
            shards = json.loads((folder / _INDEX).read_text(encoding="utf-8"))["weight_map"].values()
            needed += sorted({str(shard) for shard in shards})
        except (ValueError, LookupError, AttributeError, TypeError):
            return f"its {_INDEX} is damaged"
    else:
        needed.append(_WEIGHTS)
    missing = [name for name in needed if not (folder / name).is_file()]
    if missing == [_WEIGHTS] and any(folder.glob("*.bin")):
        return "has its weights as a pickle, which can run code: VibeVoice is loaded only from safetensors"
    if missing:
        return f"lacks {', '.join(missing)}"
    for name in needed:
        if problem := _flaw_of_start(folder / name):
            return f"its {name} is {problem}"
    return ""


def _flaw_of_start(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(64)
    if start.startswith(b"version https://git-lfs"):
        return "a Git LFS pointer and not the weights: run git lfs pull there"
    return "" if start.strip() else "empty"
