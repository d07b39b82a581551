"""Test whether an X server answers, with the standard library alone."""

from __future__ import annotations

import os
import re
import socket
import sys

from voicebridge import UnavailableError

ANSWER_SECONDS = 3.0
"""Seconds within which an X server must answer; one that hangs never does."""
_DISPLAY = re.compile(r"(?:unix)?(?P<host>[^:/]*):(?P<number>\d+)(?:\.\d+)?")
# A little-endian client with protocol version 11.0 and no authorization. Accepted or refused: either is an answer.
_HELLO = b"l\0" + (11).to_bytes(2, "little") + bytes(8)
_REMEDY = "Run it from a terminal on the desktop."


def check_server() -> str:
    """Return the DISPLAY of this session after its server has answered.

    Raises:
        UnavailableError: if there is none, or it is dead or hangs.
    """
    display = os.environ.get("DISPLAY", "")
    if not display:
        raise UnavailableError(f"This session has no X server: DISPLAY is not set. {_REMEDY}")
    parts = _DISPLAY.fullmatch(display)
    if parts is None:
        raise UnavailableError(f"DISPLAY={display} is not a valid display. {_REMEDY}")
    if not any(_answers(family, address) for family, address in _addresses(parts["host"], int(parts["number"]))):
        raise gone(display)
    return display


def gone(display: str) -> UnavailableError:
    """The error for a server that doesn't answer, or no longer does."""
    return UnavailableError(f"The X server doesn't answer at DISPLAY={display}. {_REMEDY}")


def _addresses(host: str, number: int) -> list[tuple[int, str | tuple[str, int]]]:
    if sys.platform == "win32" or host:
        return [(socket.AF_INET, (host or "localhost", 6000 + number))]
    path = f"/tmp/.X11-unix/X{number}"  # noqa: S108 - where X servers listen
    return [(socket.AF_UNIX, path), (socket.AF_UNIX, f"\0{path}")]


def _answers(family: int, address: str | tuple[str, int]) -> bool:
    with socket.socket(family) as connection:
        connection.settimeout(ANSWER_SECONDS)
        try:
            connection.connect(address)
            connection.sendall(_HELLO)
            return bool(connection.recv(1))
        except OSError:
            return False
