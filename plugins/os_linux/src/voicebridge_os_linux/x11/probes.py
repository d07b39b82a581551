"""Whether X's services can be used in this session."""

from __future__ import annotations

from voicebridge import Unavailable

from voicebridge_os_linux.x11.address import check_server
from voicebridge_os_linux.x11.session import is_wayland

# In a session of X, and under Wayland, where X is there for old programs alone and all that Wayland itself offers comes first.
_PASTE = (80, 30)
_TYPE = (50, 25)
_OTHERS = (60, 20)


def clipboard() -> int:
    """A priority.

    Raises:
        Unavailable: without an X server that answers.
    """
    return _priority(_OTHERS)


def focus() -> int:
    """A priority.

    Raises:
        Unavailable: without an X server that answers.
    """
    return _priority(_OTHERS)


def hotkeys() -> int:
    """A priority.

    Raises:
        Unavailable: without an X server that answers, and under Wayland.
    """
    check_server()
    if is_wayland():
        raise Unavailable(
            "In a session of Wayland X hears a key only while a window of X has the focus. "
            "Have the desktop listen for one: voicebridge hotkeys bind --help"
        )
    return _OTHERS[0]


def presses() -> int:
    """A priority.

    Raises:
        Unavailable: without an X server that answers, and under Wayland.
    """
    check_server()
    if is_wayland():
        raise Unavailable("A desktop of Wayland tells nobody what is pressed. Turn on its accessibility: see docs/guide.md")
    return _OTHERS[0]


def paste() -> int:
    """A priority.

    Raises:
        Unavailable: without an X server that answers, lets us in, and lets programs press keys.
    """
    _check_keys()
    return _priority(_PASTE)


def typing() -> int:
    """A priority, below that of pasting.

    Raises:
        Unavailable: as with :func:`paste`.
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
