"""Hearing the sound while it is made, which transformers has no interface for.

``generate`` decodes each frame of sound by ``model.model.audio_tower.decode`` and keeps it until the end. Listening in on that method
leans on internals, so whatever might move is asked for here, by name, and tests hold it (docs/adr/0012-vibevoice.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import transformers
from voicebridge import ModelError

Frame = npt.NDArray[np.float32]
"""``float32[n]`` in [-1, 1], mono."""


@contextmanager
def listening(model: Any, hear: Callable[[Frame], None]) -> Iterator[None]:
    """Have ``hear`` called with every frame of sound that the model decodes meanwhile.

    Raises:
        ModelError: when this version of transformers has no such method.
    """
    try:
        tower = model.model.audio_tower
        decode = tower.decode
    except AttributeError as error:
        raise moved() from error

    def overheard(*arguments: Any, **keywords: Any) -> Any:
        output = decode(*arguments, **keywords)
        hear(_samples(output))
        return output

    tower.decode = overheard
    try:
        yield
    finally:
        del tower.decode  # which uncovers the class's own


def moved() -> ModelError:
    """The error for a version of transformers whose insides are others."""
    from voicebridge.installing import remedy

    return ModelError(
        f"transformers {transformers.__version__} makes VibeVoice's sound in another way than this version of voicebridge-vibevoice knows. "
        f"Try: {remedy('voicebridge-vibevoice', upgrade=True)}, or: {remedy('transformers>=5.17,<5.24')}"
    )


def _samples(output: Any) -> Frame:
    audio = getattr(output, "audio", None)
    if not isinstance(audio, torch.Tensor) or audio.numel() == 0:
        raise moved()
    samples: Frame = audio.detach().float().cpu().numpy().reshape(-1)
    if not np.isfinite(samples).all():
        raise ModelError(f"VibeVoice's sound came out as no numbers, in {str(audio.dtype).removeprefix('torch.')}. Try: -O dtype=float32")
    return np.clip(samples, -1.0, 1.0)
