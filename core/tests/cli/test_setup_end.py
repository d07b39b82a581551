"""The end of setup: how to dictate now, with the configured hotkeys."""

from __future__ import annotations

import pytest
from voicebridge.cli.setup.command import how_to_dictate


@pytest.mark.parametrize(
    ("chord", "mode", "running", "said"),
    [
        ("ctrl+alt+space", "auto", True, "Hold Ctrl+Alt+Space in any window and speak."),
        ("f9", "hold", True, "Hold F9 in any window and speak."),
        ("ctrl+shift+d", "toggle", True, "Press Ctrl+Shift+D in any window, speak, and press it again."),
        ("f9", "hold", False, "Start VoiceBridge: voicebridge daemon start. Then: hold F9 in any window and speak."),
    ],
)
def test_the_configured_keys_are_named_and_the_daemon_where_it_does_not_run(chord: str, mode: str, running: bool, said: str) -> None:
    assert how_to_dictate(chord, mode, running=running) == said
