"""Check whether the desktop services can be used, without playing or reading anything."""

from __future__ import annotations

import os
import platform
import socket
import sys
from importlib.util import find_spec
from pathlib import Path
from shutil import which

from voicebridge.errors import UnavailableError

PRIORITY = 10
"""The priority of services for all systems; plugins for one system have a higher one."""
_ANSWER_SECONDS = 1.0
_UNIX = getattr(socket, "AF_UNIX", socket.AF_INET)  # Windows, where this is not called, has none


def speaker() -> int:
    """A priority.

    Raises:
        UnavailableError: without miniaudio, or without audio in this session.
    """
    if find_spec("miniaudio") is None:
        raise UnavailableError(f"miniaudio is not installed. {_miniaudio_remedy()}")
    from voicebridge.desktop.sound_devices import DeviceKind, list_devices

    list_devices(DeviceKind.OUTPUT)
    return PRIORITY


def microphone() -> int:
    """A priority.

    Raises:
        UnavailableError: without miniaudio, without an input in this session, or if macOS denies recording.
    """
    if find_spec("miniaudio") is None:
        raise UnavailableError(f"miniaudio is not installed. {_miniaudio_remedy()}")
    from voicebridge.desktop.sound_devices import DeviceKind, list_devices

    list_devices(DeviceKind.INPUT)
    if _is_forbidden_to_record():
        raise UnavailableError(
            "macOS delivers silence instead of the microphone. Allow the application that VoiceBridge runs in, such as your terminal, "
            "under System Settings > Privacy & Security > Microphone: "
            "open 'x-apple.systempreferences:com.apple.preference.security?Privacy_Microphone'"
        )
    return PRIORITY


def clipboard() -> int:
    """A priority.

    Raises:
        UnavailableError: without pyperclip, a desktop, or the clipboard programs on Linux.
    """
    if find_spec("pyperclip") is None:
        raise UnavailableError(f"pyperclip is not installed. {_install('voicebridge-core[desktop]')}")
    if sys.platform.startswith("linux") and "microsoft" not in platform.release().lower():
        _check_linux(os.environ.get("WAYLAND_DISPLAY", ""), os.environ.get("DISPLAY", ""))
    return PRIORITY


def hotkeys() -> int:
    """A priority.

    Raises:
        UnavailableError: without pynput, without an X desktop on Linux, or if macOS denies access to keys.
    """
    if find_spec("pynput") is None:
        package = "voicebridge-os-linux" if sys.platform.startswith("linux") else "voicebridge-core[desktop]"
        raise UnavailableError(f"pynput is not installed. {_install(package)}")
    if sys.platform.startswith("linux"):
        if os.environ.get("WAYLAND_DISPLAY") or os.environ.get("XDG_SESSION_TYPE") == "wayland":
            raise UnavailableError(
                "pynput detects no keys while a Wayland window has the focus. "
                "Bind a key in the desktop's settings: voicebridge hotkeys bind --help"
            )
        if not (x11 := os.environ.get("DISPLAY", "")):
            raise UnavailableError("This session has no desktop: DISPLAY is not set. Run it from a terminal on the desktop.")
        if not _x_answers(x11):
            raise UnavailableError(f"The desktop doesn't answer at DISPLAY={x11}. Run it from a terminal on the desktop.")
    from voicebridge.desktop import keyboard

    if not keyboard.may_listen():
        raise UnavailableError(f"macOS doesn't allow this program to monitor keys. {keyboard.PERMISSION}")
    return PRIORITY


def _is_forbidden_to_record() -> bool:
    """Whether the user of a Mac has denied access; users who were never asked are asked when recording."""
    if sys.platform == "darwin" and find_spec("objc") is not None:
        import objc

        # Only one method of AVFoundation is needed; its package would add three more.
        objc.loadBundle("AVFoundation", {}, bundle_path="/System/Library/Frameworks/AVFoundation.framework")
        status = objc.lookUpClass("AVCaptureDevice").authorizationStatusForMediaType_("soun")
        return status in (1, 2)  # restricted, denied
    return False


def _check_linux(wayland: str, x11: str) -> None:
    """Make sure that pyperclip will find a working method; it prefers Wayland's programs if they are installed, else X's."""
    if not wayland and not x11:
        raise UnavailableError(
            "This session has no desktop: neither DISPLAY nor WAYLAND_DISPLAY is set. Run it from a terminal on the desktop."
        )
    if wayland and which("wl-copy") and which("wl-paste"):
        if not _answers(_UNIX, str(Path(os.environ.get("XDG_RUNTIME_DIR", ""), wayland))):
            raise UnavailableError(f"The desktop doesn't answer at WAYLAND_DISPLAY={wayland}. Run it from a terminal on the desktop.")
        return
    if x11 and (which("xclip") or which("xsel")):
        if not _x_answers(x11):
            raise UnavailableError(f"The desktop doesn't answer at DISPLAY={x11}. Run it from a terminal on the desktop.")
        return
    if wayland:
        raise UnavailableError(f"wl-copy and wl-paste are not installed. Install them: {_system('wl-clipboard')}")
    raise UnavailableError(f"Neither xclip nor xsel is installed. Install one: {_system('xclip')}")


def _x_answers(display: str) -> bool:
    host, _, number = display.rpartition(":")
    number = number.partition(".")[0]
    if not number.isdigit():
        return False
    if host and host != "unix" and not host.startswith("/"):
        return _answers(socket.AF_INET, (host, 6000 + int(number)))
    path = f"/tmp/.X11-unix/X{number}"  # noqa: S108 - where X servers listen
    return _answers(_UNIX, path) or _answers(_UNIX, f"\0{path}")


def _answers(family: int, address: str | tuple[str, int]) -> bool:
    with socket.socket(family) as connection:
        connection.settimeout(_ANSWER_SECONDS)
        try:
            connection.connect(address)
        except OSError:
            return False
    return True


def _miniaudio_remedy() -> str:
    if sys.platform != "darwin" and platform.machine() not in ("x86_64", "AMD64"):  # no wheels: it is compiled there
        return f"Install a C compiler, on Linux python3-dev too, then: {_remedy('miniaudio')}"
    return _install("voicebridge-core[desktop]")


def _install(package: str) -> str:
    return f"Install it: {_remedy(package)}"


def _remedy(package: str) -> str:
    from voicebridge.installing import remedy

    return remedy(package)


def _system(package: str) -> str:
    from voicebridge.installing import system_remedy

    return system_remedy(package)
