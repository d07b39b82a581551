"""Key bindings in the syntax of desktops without global shortcuts: the desktop runs one of our commands.

The text is created here, and written to the desktop's configuration between two markers, after a backup of the file.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from voicebridge.errors import NotSupportedError, OutputError, UnknownNameError, cannot_write, nearest
from voicebridge.files import unfinished
from voicebridge.keys import Chord, keysym_name, parse

BEGIN = "voicebridge: begin"
END = "voicebridge: end"
BACKUP = ".before-voicebridge"
"""The suffix of the backup."""


@dataclass(frozen=True, slots=True)
class Compositor:
    """A desktop and its syntax for key bindings."""

    name: str
    """Its name, as typed by users."""
    write: Callable[[Chord, str, str | None], str]
    file: Callable[[], Path] | None
    """The file for bindings; ``None`` if there is no user file to extend."""
    remedy: str
    """How to activate a written binding or, without a file, what to do with the text."""
    releases: bool = False
    """Whether it can run a command when a key is released."""
    comment: str = "#"
    own_file: bool = False
    """Whether the file contains only this binding."""
    start: str | None = ""
    """The content of a new file, ``None`` if we must not create it."""
    executable: bool = False
    """Whether the file is executable."""
    several: bool = True
    """Whether several bindings can be written; otherwise it supports only one of ours."""


def compositor(name: str) -> Compositor:
    """A desktop by its name.

    Raises:
        UnknownNameError: if it is unknown, with all known names.
    """
    if name not in COMPOSITORS:
        near = nearest(name, COMPOSITORS)
        raise UnknownNameError(f"Unknown desktop {name!r}.{near} Known: {', '.join(COMPOSITORS)}.")
    return COMPOSITORS[name]


def binding(name: str, chord: str, press: str, release: str | None = None) -> str:
    """The lines that bind a key in the desktop's configuration.

    Args:
        name: the desktop's, one of :data:`COMPOSITORS`.
        chord: as in :mod:`voicebridge.keys`.
        press: the shell command to run when the key is pressed.
        release: the same for its release.

    Raises:
        UnknownNameError: if the desktop is unknown.
        NotSupportedError: if it doesn't support releases, or this key.
        UsageError: if the chord is invalid.
    """
    wanted, keys = compositor(name), parse(chord)
    if release is not None and not wanted.releases:
        raise NotSupportedError(
            f"{name} can't run a command when a key is released. Bind one that starts and stops: voicebridge dictate toggle"
        )
    return wanted.write(keys, press, release)


def write(name: str, text: str) -> Path:
    """Write lines of :func:`binding` to the desktop's configuration, replacing those of an earlier call.

    The rest of the file is unchanged, and a backup is saved next to it with the suffix :data:`BACKUP`.

    Raises:
        UnknownNameError: if the desktop is unknown.
        NotSupportedError: if it has no file to extend, with what to do instead.
        OutputError: if the file can't be written.
    """
    wanted = compositor(name)
    if wanted.file is None:
        raise NotSupportedError(f"{name} has no configuration file for bindings. {wanted.remedy}")
    path = wanted.file().resolve()  # a link, as used by dotfile managers, is kept
    try:
        before = path.read_text(encoding="utf-8") if path.exists() else None
        if before is None and wanted.start is None:
            raise OutputError(f"{path} does not exist. Log in to {name} once to create it, then try again.")
        comment = "--" if path.suffix == ".lua" else wanted.comment
        after = text if wanted.own_file else _with_block(before or wanted.start or "", text, comment)
        if after != before:
            _replace(path, after, before, wanted.executable)
    except (OSError, UnicodeError) as error:
        raise cannot_write(path, error) from error
    return path


def _with_block(before: str, text: str, comment: str) -> str:
    """A file's text with ours between the markers: at its previous place, or at the end."""
    begin, end = f"{comment} {BEGIN}\n", f"{comment} {END}\n"
    block = f"{begin}{text.rstrip()}\n{end}"
    head, found, rest = before.partition(begin)
    if found:
        _, ended, tail = rest.partition(end)
        if ended:
            return head + block + tail
        head = before  # the end marker is missing: it is unknown which lines are ours, so all are kept
    head = head.rstrip("\n")
    return f"{head}\n\n{block}" if head else block


def _replace(path: Path, after: str, before: str | None, executable: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if before is not None:
        path.with_name(path.name + BACKUP).write_text(before, encoding="utf-8")
    unfinished.sweep(path.parent, re.compile(rf"\.{re.escape(path.name)}\.(?P<pid>\d+)"))
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        new.write_text(after, encoding="utf-8")
        if before is not None:
            new.chmod(path.stat().st_mode & 0o7777)
        elif executable:
            new.chmod(0o755)
        new.replace(path)  # atomically: the desktop may read it at any moment
    finally:
        new.unlink(missing_ok=True)


def _config(*parts: str) -> Callable[[], Path]:
    return lambda: Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config", *parts)


def _sway(chord: Chord, press: str, release: str | None) -> str:
    keys = _joined(chord, {"ctrl": "Control", "alt": "Mod1", "shift": "Shift", "super": "Mod4"}, "+")
    lines = [f"bindsym --no-repeat {keys} exec {press}"]
    if release is not None:
        lines.append(f"bindsym --release {keys} exec {release}")
    return _lines(lines)


def _river(chord: Chord, press: str, release: str | None) -> str:
    modifiers = _joined(chord, {"ctrl": "Control", "alt": "Alt", "shift": "Shift", "super": "Super"}, "+", key=False) or "None"
    keys = f"normal {modifiers} {keysym_name(chord.key)} spawn"
    lines = [f"riverctl map {keys} {shlex.quote(press)}"]
    if release is not None:
        lines.append(f"riverctl map -release {keys} {shlex.quote(release)}")
    return _lines(lines)


def _hyprland(chord: Chord, press: str, release: str | None) -> str:
    if _hyprland_file().suffix == ".lua":
        return _hyprland_lua(chord, press, release)
    modifiers = " ".join(each.upper() for each in chord.modifiers)
    keys = f"{modifiers}, {keysym_name(chord.key)}, exec,"
    lines = [f"bind = {keys} {press}"]
    if release is not None:
        # A modifier may be held when a plain key is released: the flag includes this case.
        lines.append(f"{'bindr' if chord.modifiers else 'bindri'} = {keys} {release}")
    return _lines(lines)


def _hyprland_lua(chord: Chord, press: str, release: str | None) -> str:
    keys = " + ".join((*(each.upper() for each in chord.modifiers), keysym_name(chord.key)))
    lines = [f"hl.bind({_quoted(keys)}, hl.dsp.exec_cmd({_quoted(press)}))"]
    if release is not None:
        lines.append(f"hl.bind({_quoted(keys)}, hl.dsp.exec_cmd({_quoted(release)}), {{ release = true }})")
    return _lines(lines)


def _niri(chord: Chord, press: str, _: str | None) -> str:
    keys = _joined(chord, {"ctrl": "Ctrl", "alt": "Alt", "shift": "Shift", "super": "Super"}, "+")
    words = " ".join(_quoted(word) for word in shlex.split(press))
    return _lines(["binds {", f"    {keys} repeat=false {{ spawn {words}; }}", "}"])


def _gnome(chord: Chord, press: str, _: str | None) -> str:
    keys = _joined(chord, {"ctrl": "<Ctrl>", "alt": "<Alt>", "shift": "<Shift>", "super": "<Super>"}, "")
    path = "/org/gnome/settings-daemon/plugins/media-keys/custom-keybindings/voicebridge-dictate/"
    schema = "org.gnome.settings-daemon.plugins.media-keys"
    own = f"gsettings set {schema}.custom-keybinding:{path}"
    return _lines(
        [
            f"list=$(gsettings get {schema} custom-keybindings)",
            f'case $list in *"\'{path}\'"*) ;; *"\'"*) list="${{list%]}}, \'{path}\']" ;; *) list="[\'{path}\']" ;; esac',
            f"{own} name 'VoiceBridge: dictate'",
            f"{own} command {shlex.quote(press)}",
            f"{own} binding {shlex.quote(keys)}",
            f'gsettings set {schema} custom-keybindings "$list"',
        ]
    )


def _kde(chord: Chord, press: str, _: str | None) -> str:
    keys = _joined(chord, {"ctrl": "Ctrl", "alt": "Alt", "shift": "Shift", "super": "Meta"}, "+", names=_QT)
    lines = ["[Desktop Entry]", "Type=Application", "Name=VoiceBridge: dictate", f"Exec={press}", "NoDisplay=true"]
    return _lines([*lines, "X-KDE-GlobalAccel-CommandShortcut=true", f"X-KDE-Shortcuts={keys}"])


_QT = {
    "enter": "Return", "esc": "Esc", "backspace": "Backspace", "delete": "Del", "insert": "Ins", "page_up": "PgUp", "page_down": "PgDown",
    "caps_lock": "CapsLock", "num_lock": "NumLock", "scroll_lock": "ScrollLock", "print_screen": "Print",
    "media_play_pause": "Media Play", "media_next": "Media Next", "media_previous": "Media Previous", "media_volume_up": "Volume Up",
    "media_volume_down": "Volume Down", "media_volume_mute": "Volume Mute",
}  # fmt: skip
"""Keys with other names in Qt; characters are upper case."""


def _joined(chord: Chord, modifiers: Mapping[str, str], joint: str, key: bool = True, names: Mapping[str, str] | None = None) -> str:
    named = keysym_name(chord.key) if names is None else names.get(chord.key, chord.key.title())
    return joint.join([*(modifiers[each] for each in chord.modifiers), *([named] if key else [])])


def _lines(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _quoted(text: str) -> str:
    """A string in KDL and Lua."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _hyprland_file() -> Path:
    """Its configuration file: since 0.55, it may be in Lua."""
    lua = _config("hypr", "hyprland.lua")()
    return lua if lua.exists() else _config("hypr", "hyprland.conf")()


def _kde_file() -> Path:
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share", "kglobalaccel", "voicebridge-dictate.desktop")


_SWAYS_OWN = "include /etc/sway/config\n"
"""sway's default configuration, if the user has none."""

COMPOSITORS: Mapping[str, Compositor] = {
    each.name: each
    for each in (
        Compositor("gnome", _gnome, None, "Run the lines in a terminal: voicebridge hotkeys bind gnome | sh", several=False),
        Compositor("hyprland", _hyprland, _hyprland_file, "Hyprland applies it immediately.", releases=True, start=None),
        Compositor("kde", _kde, _kde_file, "Log out and in again.", own_file=True, several=False),
        Compositor("niri", _niri, None, "Put the line with the key into the section `binds` of ~/.config/niri/config.kdl.", comment="//"),
        Compositor("river", _river, _config("river", "init"), "Log out and in again.", releases=True, start="#!/bin/sh\n", executable=True),
        Compositor("sway", _sway, _config("sway", "config"), "Reload sway: swaymsg reload", releases=True, start=_SWAYS_OWN),
    )
}
"""All known desktops, by name."""
