"""Load models in this process, wrapped in the guard of :mod:`voicebridge.engines.guard`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from voicebridge.engines.guard import EngineOwner, GuardedStt, GuardedTts
from voicebridge.errors import ModelError
from voicebridge.spec_fields import load_ref
from voicebridge.specs import SttSpec, TtsSpec

if TYPE_CHECKING:
    from voicebridge.options import EngineOptions
    from voicebridge.runtime.model import Model


def load(model: Model[Any], options: EngineOptions | None) -> Any:
    """Load a model and return its engine: a :class:`voicebridge.ports.SpeechToText` or :class:`voicebridge.ports.TextToSpeech`.

    Raises:
        VoiceBridgeError: if it can't be loaded.
    """
    return load_engine(model.spec, model.name, options, model=model.full_name, distribution=model.plugin.distribution)


def load_engine(spec: SttSpec | TtsSpec, name: str, options: EngineOptions | None, *, model: str, distribution: str) -> Any:
    """Load an engine by its descriptor.

    Args:
        spec: the descriptor.
        name: the model's name within its plugin.
        options: the engine's options, if it has any.
        model: the model's full name.
        distribution: the package that provides it.

    Raises:
        VoiceBridgeError: if it can't be loaded.
    """
    owner = EngineOwner(model, distribution, spec.factory.partition(":")[0].partition(".")[0])
    with owner.blamed(ModelError):
        engine = load_ref(spec.factory)(name, options)
    method = "transcribe" if isinstance(spec, SttSpec) else "synthesize"
    if not callable(getattr(engine, method, None)):
        raise ModelError(owner.problem(f"loaded {type(engine).__name__}, which has no method {method}"))
    return GuardedStt(engine, owner, spec) if isinstance(spec, SttSpec) else GuardedTts(engine, owner, spec)
