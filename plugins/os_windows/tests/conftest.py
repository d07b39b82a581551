"""A desktop for inserting text: real windows of Windows or, on Linux, of Wine (``make test-windows``)."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from voicebridge_os_windows import api
from voicebridge_os_windows.clipboard import Kept, keep, opened, put_back

PATIENCE = 20.0
"""Maximum seconds to wait for anything."""
_WM_SETTEXT, _WM_GETTEXT, _WM_GETTEXTLENGTH, _WM_APP = 0x000C, 0x000D, 0x000E, 0x8000


def wait_until(reached: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not reached():
        if time.monotonic() > end:
            pytest.fail(f"waited {PATIENCE:g} s for {what}")
        time.sleep(0.01)


@pytest.fixture
def desktop() -> Iterator[None]:
    """The desktop, for one test at a time: there is only one focus and one clipboard."""
    if os.name != "nt":
        pytest.skip("needs Windows, or Wine: make test-windows")
    kernel32 = api.kernel32()
    kernel32.CreateMutexW.restype = ctypes.c_void_p
    kernel32.WaitForSingleObject.argtypes = [ctypes.c_void_p, ctypes.c_uint32]
    kernel32.ReleaseMutex.argtypes = [ctypes.c_void_p]
    mutex = kernel32.CreateMutexW(None, False, "voicebridge-tests-desktop")
    kernel32.WaitForSingleObject(mutex, 200_000)
    yield
    kernel32.ReleaseMutex(mutex)
    kernel32.CloseHandle(mutex)


@dataclass
class Control:
    """A focused window in another process."""

    window: int
    process: subprocess.Popen[bytes]

    @property
    def text(self) -> str:
        r"""Its text, with line breaks as ``\n``."""
        text = ctypes.create_unicode_buffer(self.send(_WM_GETTEXTLENGTH) + 1)
        self.send(_WM_GETTEXT, len(text), ctypes.addressof(text))
        return text.value.replace("\r\n", "\n")

    def write(self, text: str) -> None:
        buffer = ctypes.create_unicode_buffer(text)
        self.send(_WM_SETTEXT, 0, ctypes.addressof(buffer))

    def stall(self, seconds: float) -> None:
        """Make it stop responding for some seconds."""
        user32 = api.user32()
        user32.PostMessageW.argtypes = user32.SendMessageW.argtypes
        user32.PostMessageW(self.window, _WM_APP, int(seconds * 1000), 0)

    def send(self, message: int, first: int = 0, second: int = 0) -> int:
        user32 = api.user32()
        user32.SendMessageW.argtypes = [ctypes.c_void_p, ctypes.c_uint, ctypes.c_size_t, ctypes.c_ssize_t]
        user32.SendMessageW.restype = ctypes.c_ssize_t
        return int(user32.SendMessageW(self.window, message, first, second))

    def wait_for(self, text: str) -> None:
        wait_until(lambda: len(self.text) >= len(text), f"{len(text)} characters; there are {len(self.text)}")
        assert self.text == text


@pytest.fixture
def edit(desktop: None) -> Iterator[Control]:
    """A real edit control."""
    with control_of("EDIT") as control:
        yield control


@pytest.fixture
def dead_end(desktop: None) -> Iterator[Control]:
    """A window that accepts no text."""
    with control_of("STATIC") as control:
        yield control


@contextmanager
def control_of(kind: str) -> Iterator[Control]:
    command = [sys.executable, str(Path(__file__).with_name("edit_window.py")), kind]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert process.stdout is not None
    user32 = api.user32()
    try:
        window = int(process.stdout.readline())
        wait_until(lambda: bool(user32.GetForegroundWindow() == window), "the window to have the focus")
        yield Control(window, process)
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()  # not read to its end, which comes late if a desktop was started with it


class Clipboard:
    """The clipboard, accessed as by a short-lived program."""

    def put(self, *formats: tuple[int, bytes]) -> None:
        with _opened():
            put_back(Kept(formats))

    @property
    def formats(self) -> dict[int, bytes]:
        with _opened():
            return dict(keep().formats)

    @property
    def text(self) -> str:
        return self.formats.get(api.CF_UNICODETEXT, b"").decode("utf-16-le").partition("\0")[0]


@contextmanager
def _opened() -> Iterator[None]:
    user32 = api.user32()
    window = user32.CreateWindowExW(0, "STATIC", None, 0, 0, 0, 0, 0, api.HWND_MESSAGE, None, None, None)
    try:
        with opened(window):
            yield
    finally:
        user32.DestroyWindow(window)


@pytest.fixture
def clipboard(desktop: None) -> Clipboard:
    return Clipboard()


def xdotool(*words: str) -> None:
    """Press keys through X, as on a keyboard; under Wine only."""
    subprocess.run(["start.exe", "/wait", "/unix", "/usr/bin/xdotool", *words], check=True, stdin=subprocess.DEVNULL, timeout=PATIENCE)


@pytest.fixture
def keys(edit: Control) -> Callable[..., None]:
    """Presses real keys: ``keys("keydown", "shift")``."""
    if shutil.which("start.exe") is None:
        pytest.skip("needs Wine, where xdotool can press keys: make test-windows")
    return xdotool
