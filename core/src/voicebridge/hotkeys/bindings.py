"""Key bindings in the desktop's own words, for those that let no program listen for keys: the desktop runs a command of ours instead.

The text is made here, and put where the desktop reads it: into its configuration, between two markers, with the file as it was beside it.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from voicebridge import unfinished
from voicebridge.errors import NotSupportedError, OutputError, UnknownNameError, cannot_write, nearest
from voicebridge.keys import Chord, parse
from voicebridge.keysyms import keysym_name

BEGIN = "voicebridge: begin"
END = "voicebridge: end"
BACKUP = ".before-voicebridge"
"""What the name of the file as it was ends in."""


@dataclass(frozen=True, slots=True)
class Compositor:
    """A desktop, and how it is told of keys."""

    name: str
    """As the user types it."""
    write: Callable[[Chord, str, str | None], str]
    file: Callable[[], Path] | None
    """Where it reads its bindings; ``None`` where no file of the user's can be added to."""
    remedy: str
    """What makes a binding work once it is written or, without a file, what to do with the text."""
    releases: bool = False
    """Whether it can run a command when a key comes up."""
    comment: str = "#"
    own_file: bool = False
    """Whether the file holds this binding alone."""
    start: str | None = ""
    """What the file begins with where there is none yet, ``None`` when it is not for us to make it."""
    executable: bool = False
    """Whether the file is a program."""
    several: bool = True
    """Whether bindings may be written one after the other; else it knows one of ours."""


def compositor(name: str) -> Compositor:
    """A desktop by its name.

    Raises:
        UnknownNameError: when none of that name is known, with all that are.
    """
    if name not in COMPOSITORS:
        near = nearest(name, COMPOSITORS)
        raise UnknownNameError(f"No desktop is known here as {name!r}.{near} Known are {', '.join(COMPOSITORS)}.")
    return COMPOSITORS[name]


def binding(name: str, chord: str, press: str, release: str | None = None) -> str:
    """The lines that bind a key, to be added to the desktop's configuration.

    Args:
        name: the desktop's, one of :data:`COMPOSITORS`.
        chord: as in :mod:`voicebridge.keys`.
        press: the command to run when the key goes down, as one types it into a shell.
        release: the same for when it comes up.

    Raises:
        UnknownNameError: when the desktop is not known.
        NotSupportedError: when it runs nothing at a key's release, or at such a key.
        UsageError: when the chord is none.
    """
    wanted, keys = compositor(name), parse(chord)
    if release is not None and not wanted.releases:
        raise NotSupportedError(
            f"{name} runs nothing when a key comes up. Bind a command that starts and stops: voicebridge dictate toggle"
        )
    return wanted.write(keys, press, release)


def write(name: str, text: str) -> Path:
    """Put lines of :func:`binding` where the desktop reads them, in place of those that an earlier call has put there.

    All else in the file stays, and the file as it was is kept beside it under a name that ends in :data:`BACKUP`.

    Raises:
        UnknownNameError: when the desktop is not known.
        NotSupportedError: when it has no file that can be added to, with what to do instead.
        OutputError: when the file can't be written.
    """
    wanted = compositor(name)
    if wanted.file is None:
        raise NotSupportedError(f"{name} has no file that a binding can be added to. {wanted.remedy}")
    path = wanted.file().resolve()  # a link to where somebody keeps all such files stays one
    try:
        before = path.read_text(encoding="utf-8") if path.exists() else None
        if before is None and wanted.start is None:
            raise OutputError(f"{path} does not exist. Log in to {name} once, which makes it, then try again.")
        comment = "--" if path.suffix == ".lua" else wanted.comment
        after = text if wanted.own_file else _with_block(before or wanted.start or "", text, comment)
        if after != before:
            _replace(path, after, before, wanted.executable)
    except (OSError, UnicodeError) as error:
        raise cannot_write(path, error) from error
    return path


def _with_block(before: str, text: str, comment: str) -> str:
    """A file's text with ours between the markers: where it was, or at the end."""
    begin, end = f"{comment} {BEGIN}\n", f"{comment} {END}\n"
    block = f"{begin}{text.rstrip()}\n{end}"
    head, found, rest = before.partition(begin)
    if found:
        _, ended, tail = rest.partition(end)
        if ended:
            return head + block + tail
        head = before  # the end is gone: nobody can tell what is ours and what is not, so all of it stays
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
        new.replace(path)  # whole or not at all: the desktop may read it at any moment
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
        # A key that is bound by itself may come up while a modifier is held: the flag lets that count too.
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
"""Keys that Qt calls by other names; a character is itself, in upper case."""


def _joined(chord: Chord, modifiers: Mapping[str, str], joint: str, key: bool = True, names: Mapping[str, str] | None = None) -> str:
    named = keysym_name(chord.key) if names is None else names.get(chord.key, chord.key.title())
    return joint.join([*(modifiers[each] for each in chord.modifiers), *([named] if key else [])])


def _lines(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _quoted(text: str) -> str:
    """As KDL and Lua write text."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _hyprland_file() -> Path:
    """Its configuration: since 0.55 it may be a program in Lua."""
    lua = _config("hypr", "hyprland.lua")()
    return lua if lua.exists() else _config("hypr", "hyprland.conf")()


def _kde_file() -> Path:
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share", "kglobalaccel", "voicebridge-dictate.desktop")


_SWAYS_OWN = "include /etc/sway/config\n"
"""What sway reads where the user has no configuration."""

COMPOSITORS: Mapping[str, Compositor] = {
    each.name: each
    for each in (
        Compositor("gnome", _gnome, None, "Run the lines in a terminal: voicebridge hotkeys bind gnome | sh", several=False),
        Compositor("hyprland", _hyprland, _hyprland_file, "Hyprland reads it at once.", releases=True, start=None),
        Compositor("kde", _kde, _kde_file, "Log out and in again.", own_file=True, several=False),
        Compositor("niri", _niri, None, "Put the line of the key into the section `binds` of ~/.config/niri/config.kdl.", comment="//"),
        Compositor("river", _river, _config("river", "init"), "Log out and in again.", releases=True, start="#!/bin/sh\n", executable=True),
        Compositor("sway", _sway, _config("sway", "config"), "Have sway read it: swaymsg reload", releases=True, start=_SWAYS_OWN),
    )
}
"""Every desktop that is known, by its name."""
