"""Find the focused window with the desktop's own interface, or otherwise in the list of windows that it provides for task bars."""

from __future__ import annotations

import json
import os
import socket
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from voicebridge import UnavailableError, Window

from voicebridge_os_linux.wayland import system
from voicebridge_os_linux.wayland.protocol import WINDOWS
from voicebridge_os_linux.wayland.wire import Connection, Proxy

SECONDS = 5.0
"""Seconds within which the desktop must answer."""
_GET_TREE = 4
_ACTIVATED = 2
_I3_HEADER = struct.Struct("=6sII")


class Focused(NamedTuple):
    """The focused window."""

    window: Window
    process: int = 0
    """The process that reads the clipboard for it, 0 if unknown."""


class WaylandFocus:
    """Finds the focused window. On desktops without window ids, the ids are valid only within this process."""

    def window(self) -> Window | None:
        """The focused window, ``None`` if there is none.

        Raises:
            UnavailableError: if the desktop doesn't answer.
        """
        focused = self.focused()
        return focused.window if focused else None

    def focused(self) -> Focused | None:
        """The focused window with its process, ``None`` if there is none.

        Raises:
            UnavailableError: if the desktop doesn't answer.
        """
        ask = next((ask for variable, ask in _DESKTOPS.items() if os.environ.get(variable)), _listed)
        try:
            return ask()
        except (OSError, ValueError, KeyError, struct.error) as error:
            raise UnavailableError(f"The desktop doesn't report the focused window: {error}. Log in again.") from error


class _Windows:
    """The list of windows that the desktop provides for task bars."""

    def __init__(self) -> None:
        self._connection = Connection()
        self._told: dict[int, dict[str, Any]] = {}
        try:
            self._connection.bind(WINDOWS, version=3).on["toplevel"] = self._add
        except UnavailableError:
            self.close()
            raise

    def focused(self) -> Focused | None:
        self._connection.settle()
        for number, told in self._told.items():
            states = memoryview(told.get("state", b"")).cast("I")
            if _ACTIVATED in states:
                return Focused(Window(f"wayland-{number:x}", told.get("app_id", ""), told.get("title", "")))
        return None

    def close(self) -> None:
        self._connection.close()

    def _add(self, proxy: Proxy) -> None:
        told = self._told[proxy.number] = {}

        def keep(name: str) -> Callable[[Any], None]:
            return lambda value: told.update({name: value})

        proxy.on = {name: keep(name) for name in ("app_id", "title", "state")}
        proxy.on["closed"] = lambda: self._remove(proxy)

    def _remove(self, proxy: Proxy) -> None:
        del self._told[proxy.number]
        proxy.ask("destroy")


_open: dict[Path, _Windows] = {}
"""The list for each desktop socket; it stays open, because window ids differ between lists."""
_lock = Lock()


def _listed() -> Focused | None:
    path = system.display_path()
    with _lock:
        if path not in _open:
            _open[path] = _Windows()
        try:
            return _open[path].focused()
        except UnavailableError:
            _open.pop(path).close()
            raise


def _sway() -> Focused | None:
    with system.connect(Path(os.environ["SWAYSOCK"]), SECONDS) as connection:
        connection.sendall(_I3_HEADER.pack(b"i3-ipc", 0, _GET_TREE))
        _, size, _ = _I3_HEADER.unpack(_exactly(connection, _I3_HEADER.size))
        left = [json.loads(_exactly(connection, size))]
    while left:
        node = left.pop()
        if node.get("focused"):
            if node.get("pid") is None:
                return None  # a workspace without windows
            application = node.get("app_id") or node.get("window_properties", {}).get("class", "")
            process = 0 if node.get("shell") == "xwayland" else node["pid"]  # for an X window, the desktop itself reads the clipboard
            return Focused(Window(f"sway-{node['id']}", application, node.get("name") or ""), process)
        left += node.get("nodes", []) + node.get("floating_nodes", [])
    return None


def _hyprland() -> Focused | None:
    folder = Path("hypr", os.environ["HYPRLAND_INSTANCE_SIGNATURE"])
    path = Path(os.environ.get("XDG_RUNTIME_DIR", ""), folder, ".socket.sock")
    with system.connect(path if path.exists() else "/tmp" / folder / ".socket.sock", SECONDS) as connection:  # noqa: S108 - before 0.40
        connection.sendall(b"j/activewindow")
        told = json.loads(_all(connection))
    if not told:
        return None
    process = 0 if told.get("xwayland") else told.get("pid", 0)
    return Focused(Window(f"hyprland-{told['address']}", told.get("class", ""), told.get("title", "")), process)


def _niri() -> Focused | None:
    with system.connect(Path(os.environ["NIRI_SOCKET"]), SECONDS) as connection, connection.makefile("rwb") as lines:
        lines.write(b'"FocusedWindow"\n')
        lines.flush()
        told = json.loads(lines.readline())["Ok"]["FocusedWindow"]
    if not told:
        return None
    return Focused(Window(f"niri-{told['id']}", told.get("app_id") or "", told.get("title") or ""), told.get("pid") or 0)


_DESKTOPS: Mapping[str, Callable[[], Focused | None]] = {
    "SWAYSOCK": _sway,
    "HYPRLAND_INSTANCE_SIGNATURE": _hyprland,
    "NIRI_SOCKET": _niri,
}
"""The query for each desktop, by the environment variable that identifies it."""
ASKED_BY = tuple(_DESKTOPS)


def _exactly(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        new = connection.recv(size - len(data))
        if not new:
            raise OSError("it hung up")
        data += new
    return data


def _all(connection: socket.socket) -> bytes:
    data = b""
    while new := connection.recv(65_536):
        data += new
    return data
