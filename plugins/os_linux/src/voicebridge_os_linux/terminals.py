"""Which programs are terminals, where Ctrl+V is a character and no paste."""

from __future__ import annotations

TERMINALS = frozenset({
    "alacritty", "blackbox", "com.mitchellh.ghostty", "com.raggesilver.blackbox", "contour", "cool-retro-term", "deepin-terminal",
    "dev.warp.warp", "foot", "footclient", "ghostty", "gnome-terminal", "gnome-terminal-server", "guake", "havoc", "hyper", "kgx", "kitty",
    "konsole", "lxterminal", "mate-terminal", "mlterm", "org.codeberg.dnkl.foot", "org.contourterminal.contour", "org.gnome.console",
    "org.gnome.ptyxis", "org.gnome.terminal", "org.kde.konsole", "org.kde.yakuake", "org.wezfurlong.wezterm", "ptyxis", "qterminal", "rio",
    "rxvt", "sakura", "st", "st-256color", "terminator", "terminology", "termite", "tilda", "tilix", "tabby", "urxvt", "uxterm", "warp",
    "wezterm", "xfce4-terminal", "xterm", "yakuake", "com.gexperts.tilix", "io.elementary.terminal",
})  # fmt: skip
"""What they call themselves, in lower case."""


def is_terminal(application: str) -> bool:
    """Whether a program of this name is a terminal."""
    return application.lower() in TERMINALS
