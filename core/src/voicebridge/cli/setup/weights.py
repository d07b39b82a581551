"""Weights for a step: local, or downloaded with the user's consent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from voicebridge import paths
from voicebridge.cli.shared.fetching import make_ready
from voicebridge.errors import WeightsNotFoundError

if TYPE_CHECKING:
    from voicebridge.cli.setup.talk import Talk
    from voicebridge.runtime.model import Model


def have(talk: Talk, model: Model[Any]) -> None:
    """Return when a model's weights are on this machine.

    Raises:
        WeightsNotFoundError: if they may not be downloaded.
        DownloadError: if they can't be downloaded completely.
    """
    if model.is_local():
        return
    fetch = f"voicebridge models download {model.full_name}"
    if paths.is_offline():
        raise WeightsNotFoundError(
            f"{model.full_name} is not downloaded, and VoiceBridge is offline. Allow it once: VOICEBRIDGE_OFFLINE=0 {fetch}"
        )
    if not talk.agree(f"{model.full_name} is not downloaded. Download it?"):
        raise WeightsNotFoundError(f"{model.full_name} is not downloaded. Download it: {fetch}")
    make_ready(model)
