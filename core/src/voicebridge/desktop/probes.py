"""Whether the desktop's services can be used here, found out without playing or reading anything."""

from __future__ import annotations

import os
import platform
import socket
import sys
from importlib.util import find_spec
from pathlib import Path
from shutil import which

from voicebridge.errors import Unavailable

PRIORITY = 10
"""What works everywhere; a plugin that is made for one system knows better."""
_ANSWER_SECONDS = 1.0
_UNIX = getattr(socket, "AF_UNIX", socket.AF_INET)  # Windows, where this is not asked, has none


def speaker() -> int:
    """A priority.

    Raises:
        Unavailable: without miniaudio, or without sound in this session.
    """
    if find_spec("miniaudio") is None:
        raise Unavailable(f"miniaudio is not installed. {_miniaudio_remedy()}")
    from voicebridge.desktop.sound_devices import Kind, list_devices

    list_devices(Kind.OUTPUT)
    return PRIORITY


def microphone() -> int:
    """A priority.

    Raises:
        Unavailable: without miniaudio, without an input in this session, or where macOS lets nobody record.
    """
    if find_spec("miniaudio") is None:
        raise Unavailable(f"miniaudio is not installed. {_miniaudio_remedy()}")
    from voicebridge.desktop.sound_devices import Kind, list_devices

    list_devices(Kind.INPUT)
    if _is_forbidden_to_record():
        raise Unavailable(
            "macOS gives this program silence in place of the microphone. Allow the application that it runs in, such as your terminal, "
            "under System Settings, Privacy & Security, Microphone: "
            "open 'x-apple.systempreferences:com.apple.preference.security?Privacy_Microphone'"
        )
    return PRIORITY


def clipboard() -> int:
    """A priority.

    Raises:
        Unavailable: without pyperclip, a desktop, or the programs by which a clipboard is reached on Linux.
    """
    if find_spec("pyperclip") is None:
        raise Unavailable(f"pyperclip is not installed. {_install('voicebridge-core[desktop]')}")
    if sys.platform.startswith("linux") and "microsoft" not in platform.release().lower():
        _check_linux(os.environ.get("WAYLAND_DISPLAY", ""), os.environ.get("DISPLAY", ""))
    return PRIORITY


def hotkeys() -> int:
    """A priority.

    Raises:
        Unavailable: without pynput, without a desktop of X on Linux, and where macOS lets nobody hear keys.
    """
    if find_spec("pynput") is None:
        package = "voicebridge-os-linux" if sys.platform.startswith("linux") else "voicebridge-core[desktop]"
        raise Unavailable(f"pynput is not installed. {_install(package)}")
    if sys.platform.startswith("linux"):
        if os.environ.get("WAYLAND_DISPLAY") or os.environ.get("XDG_SESSION_TYPE") == "wayland":
            raise Unavailable(
                "pynput hears nothing while a window of Wayland has the focus. "
                "Have the desktop listen for a key: voicebridge hotkeys bind --help"
            )
        if not (x11 := os.environ.get("DISPLAY", "")):
            raise Unavailable("This session has no desktop: DISPLAY is not set. Run it from a terminal in the desktop.")
        if not _x_answers(x11):
            raise Unavailable(f"The desktop doesn't answer at DISPLAY={x11}. Run it from a terminal in the desktop.")
    from voicebridge.desktop import keyboard

    if not keyboard.may_listen():
        raise Unavailable(f"macOS doesn't let this program hear keys. {keyboard.PERMISSION}")
    return PRIORITY


def _is_forbidden_to_record() -> bool:
    """Whether the user of a Mac has said no; whoever was never asked is asked when recording."""
    if sys.platform == "darwin" and find_spec("objc") is not None:
        import objc

        # One method of AVFoundation is needed; its own package would bring three more.
        objc.loadBundle("AVFoundation", {}, bundle_path="/System/Library/Frameworks/AVFoundation.framework")
        status = objc.lookUpClass("AVCaptureDevice").authorizationStatusForMediaType_("soun")
        return status in (1, 2)  # restricted, denied
    return False


def _check_linux(wayland: str, x11: str) -> None:
    """See that pyperclip will find a way that works; it takes that of Wayland where the programs are there, else that of X."""
    if not wayland and not x11:
        raise Unavailable("This session has no desktop: neither DISPLAY nor WAYLAND_DISPLAY is set. Run it from a terminal in the desktop.")
    if wayland and which("wl-copy") and which("wl-paste"):
        if not _answers(_UNIX, str(Path(os.environ.get("XDG_RUNTIME_DIR", ""), wayland))):
            raise Unavailable(f"The desktop doesn't answer at WAYLAND_DISPLAY={wayland}. Run it from a terminal in the desktop.")
        return
    if x11 and (which("xclip") or which("xsel")):
        if not _x_answers(x11):
            raise Unavailable(f"The desktop doesn't answer at DISPLAY={x11}. Run it from a terminal in the desktop.")
        return
    if wayland:
        raise Unavailable(f"wl-copy and wl-paste are not installed. Install them: {_system('wl-clipboard')}")
    raise Unavailable(f"Neither xclip nor xsel is installed. Install one: {_system('xclip')}")


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
