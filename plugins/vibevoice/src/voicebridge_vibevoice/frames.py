"""Receive audio while it is generated, for which transformers has no interface.

``generate`` decodes each frame of audio with ``model.model.audio_tower.decode`` and collects the frames until the end. Wrapping that
method depends on internals, so all names that may change are accessed here, and verified by tests (docs/adr/0012-vibevoice.md).
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
    """Call ``hear`` with each frame of audio that the model decodes within the block.

    Raises:
        ModelError: if this version of transformers has no such method.
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
        del tower.decode  # restores the method of the class


def moved() -> ModelError:
    """The error for a version of transformers with different internals."""
    from voicebridge.installing import remedy

    return ModelError(
        f"transformers {transformers.__version__} is not supported by this version of voicebridge-vibevoice. "
        f"Try: {remedy('voicebridge-vibevoice', upgrade=True)}, or: {remedy('transformers>=5.17,<5.24')}"
    )


def _samples(output: Any) -> Frame:
    audio = getattr(output, "audio", None)
    if not isinstance(audio, torch.Tensor) or audio.numel() == 0:
        raise moved()
    samples: Frame = audio.detach().float().cpu().numpy().reshape(-1)
    if not np.isfinite(samples).all():
        raise ModelError(f"VibeVoice produced invalid audio (NaN) in {str(audio.dtype).removeprefix('torch.')}. Try: -O dtype=float32")
    return np.clip(samples, -1.0, 1.0)
