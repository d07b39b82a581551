"""Test whether X's services can be used in this session."""

from __future__ import annotations

from voicebridge import UnavailableError

from voicebridge_os_linux.x11.address import check_server
from voicebridge_os_linux.x11.session import is_wayland

# Priorities in an X session, and under Wayland, where X only serves old programs and Wayland's own services come first.
_PASTE = (80, 30)
_TYPE = (50, 25)
_OTHERS = (60, 20)


def clipboard() -> int:
    """Return the priority of the clipboard.

    Raises:
        UnavailableError: if no X server answers.
    """
    return _priority(_OTHERS)


def focus() -> int:
    """Return the priority of the focused window.

    Raises:
        UnavailableError: if no X server answers.
    """
    return _priority(_OTHERS)


def hotkeys() -> int:
    """Return the priority of hotkeys.

    Raises:
        UnavailableError: if no X server answers, or under Wayland.
    """
    check_server()
    if is_wayland():
        raise UnavailableError(
            "In a Wayland session, X11 receives keys only while an X11 window has the focus. "
            "Bind a key in the desktop's settings: voicebridge hotkeys bind --help"
        )
    return _OTHERS[0]


def presses() -> int:
    """Return the priority of detecting key presses.

    Raises:
        UnavailableError: if no X server answers, or under Wayland.
    """
    check_server()
    if is_wayland():
        raise UnavailableError("A Wayland desktop doesn't report key presses. Turn on accessibility: see docs/dictation.md")
    return _OTHERS[0]


def paste() -> int:
    """Return the priority of pasting.

    Raises:
        UnavailableError: if no X server answers or admits us, or programs can't press keys.
    """
    _check_keys()
    return _priority(_PASTE)


def typing() -> int:
    """Return the priority of typing, which is below that of pasting.

    Raises:
        UnavailableError: as for :func:`paste`.
    """
    _check_keys()
    return _priority(_TYPE)


def _priority(priorities: tuple[int, int]) -> int:
    check_server()
    return priorities[is_wayland()]


def _check_keys() -> None:
    check_server()  # before python-xlib is imported, which takes longer
    from voicebridge_os_linux.x11.connection import connected
    from voicebridge_os_linux.x11.keyboard import check_keys

    with connected() as connection:
        check_keys(connection)
