"""Weights that a step needs: here already, or fetched once somebody has agreed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from voicebridge import paths
from voicebridge.cli.fetching import make_ready
from voicebridge.errors import WeightsNotFoundError

if TYPE_CHECKING:
    from voicebridge.cli.setup_steps.talk import Talk
    from voicebridge.model import Model


def have(talk: Talk, model: Model[Any]) -> None:
    """Return once a model's weights are on this machine.

    Raises:
        WeightsNotFoundError: when they may not be fetched.
        DownloadError: when they can't be had whole.
    """
    if model.is_local():
        return
    fetch = f"voicebridge models download {model.full_name}"
    if paths.is_offline():
        raise WeightsNotFoundError(
            f"{model.full_name} is not on this machine, and the network is off. Allow it for once: VOICEBRIDGE_OFFLINE=0 {fetch}"
        )
    if not talk.agree(f"{model.full_name} is not on this machine. Fetch it?"):
        raise WeightsNotFoundError(f"{model.full_name} is not on this machine. Fetch it: {fetch}")
    make_ready(model)
