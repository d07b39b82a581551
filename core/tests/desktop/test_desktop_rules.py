"""The conformance tests on the core's own services: on a sound server and an X server of their own."""

from __future__ import annotations

import sys

import pytest
from voicebridge.testing import ClipboardContract, HotkeysContract, MicrophoneContract, SpeakerContract
from voicebridge.testing.lab.desktops import SoundServer
from voicebridge.testing.lab.x11 import XDesktop

pytestmark = [pytest.mark.skipif(sys.platform != "linux", reason="servers of a test's own exist on Linux alone"), pytest.mark.heavy]


class TestMicrophone(MicrophoneContract):
    service = "desktop/miniaudio"

    @pytest.fixture(autouse=True)
    def _server(self, microphone: SoundServer) -> None:
        pytest.importorskip("miniaudio", reason="needs: pip install 'voicebridge-core[desktop]'")


class TestSpeaker(SpeakerContract):
    service = "desktop/miniaudio"

    @pytest.fixture(autouse=True)
    def _server(self, sound_server: SoundServer) -> None:
        pytest.importorskip("miniaudio", reason="needs: pip install 'voicebridge-core[desktop]'")


@pytest.mark.usefixtures("x_desktop")
class TestClipboard(ClipboardContract):
    service = "desktop/pyperclip"


class TestHotkeys(HotkeysContract):
    service = "desktop/pynput"

    @pytest.fixture(autouse=True)
    def _desktop(self, x_desktop: XDesktop) -> None:
        pytest.importorskip("pynput", reason="needs: pip install pynput")
        self.desktop = x_desktop

    def press(self, chord: str, pressed: bool) -> None:
        names = [{"f9": "F9"}.get(each, each) for each in chord.split("+")]
        (self.desktop.key_down if pressed else self.desktop.key_up)(*(names if pressed else reversed(names)))
