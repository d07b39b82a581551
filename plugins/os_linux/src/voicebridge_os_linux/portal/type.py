"""Type text with the portal, for desktops that let no other program press keys."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from threading import Lock

from voicebridge import PartlyInsertedError, UnavailableError, Window
from voicebridge.paths import data_dir

from voicebridge_os_linux.keysyms import of_character
from voicebridge_os_linux.portal.requests import USER_SECONDS, Portal

INTERFACE = "RemoteDesktop"
_KEYBOARD = 1
_SHIFT = 0xFFE1
_UNTIL_REVOKED = 2
_REMEMBERS = 2
"""The first version in which the desktop remembers the user's permission."""


class PortalType:
    """Types with the portal's RemoteDesktop. The user is asked once; the desktop may show that a program can press keys."""

    def __init__(self) -> None:
        """Nothing is requested yet."""
        self._lock = Lock()
        self._portal: Portal | None = None

    def insert(self, text: str, window: Window | None = None, chord: str | None = None) -> None:  # noqa: ARG002 - required by the port
        """Return after every key has been pressed. Keys that the user holds can't be detected.

        Raises:
            UnavailableError: if the desktop or the user refuses; nothing was typed.
            PartlyInsertedError: if the portal stops answering while typing.
        """
        with self._lock:
            typed = 0
            try:
                if self._portal is None:
                    self._portal = _opened()
                for character in text:
                    self._type(self._portal, character)
                    typed += 1
            except UnavailableError as error:
                self._forget()
                if typed:
                    raise PartlyInsertedError(f"The text may have been inserted only in part: {error}") from error
                raise

    def _type(self, portal: Portal, character: str) -> None:
        keysym = of_character(character)[-1]
        keys = [_SHIFT, keysym] if character == "\n" else [keysym]  # Return alone sends messages
        for key, pressed in [*((key, 1) for key in keys), *((key, 0) for key in reversed(keys))]:
            portal.call("NotifyKeyboardKeysym", "oa{sv}iu", (portal.session, {}, key, pressed))

    def _forget(self) -> None:
        if self._portal is not None:
            self._portal.close()
            self._portal = None


def _opened() -> Portal:
    """A session in which keys may be pressed.

    Raises:
        UnavailableError: if it can't be created.
    """
    portal = Portal(INTERFACE)
    try:
        options: dict[str, tuple[str, object]] = {"types": ("u", _KEYBOARD)}
        if portal.version() >= _REMEMBERS:
            options["persist_mode"] = ("u", _UNTIL_REVOKED)
            if token := _token():
                options["restore_token"] = ("s", token)
        portal.open()
        portal.request("SelectDevices", "o", (portal.session,), options)
        answer = portal.request("Start", "os", (portal.session, ""), seconds=USER_SECONDS)
        if not answer.get("devices", ("u", 0))[1] & _KEYBOARD:
            raise UnavailableError("The portal was not allowed to press keys. Allow it when the desktop asks.")
        if "restore_token" in answer:
            _keep(answer["restore_token"][1])
    except BaseException:
        portal.close()
        raise
    return portal


def _token_file() -> Path:
    return data_dir() / "portal-token"


def _token() -> str:
    try:
        return _token_file().read_text(encoding="ascii").strip()
    except (OSError, UnicodeError):
        return ""


def _keep(token: str) -> None:
    """Store the token of the user's permission; each is valid for one session, which returns the next. Without one, the user is asked."""
    path = _token_file()
    new = path.with_name(f".{path.name}.{os.getpid()}")
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        # Any program that can read the token may press keys.
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write(token)
        new.replace(path)
