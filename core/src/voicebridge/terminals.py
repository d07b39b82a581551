"""Which programs are terminals, on all systems: in a terminal, a line break executes the line."""

from __future__ import annotations

TERMINALS = frozenset({
    # Linux: the window class on X, the application id on Wayland
    "alacritty", "blackbox", "com.mitchellh.ghostty", "com.raggesilver.blackbox", "contour", "cool-retro-term", "deepin-terminal",
    "dev.warp.warp", "foot", "footclient", "ghostty", "gnome-terminal", "gnome-terminal-server", "guake", "havoc", "hyper", "kgx", "kitty",
    "konsole", "lxterminal", "mate-terminal", "mlterm", "org.codeberg.dnkl.foot", "org.contourterminal.contour", "org.gnome.console",
    "org.gnome.ptyxis", "org.gnome.terminal", "org.kde.konsole", "org.kde.yakuake", "org.wezfurlong.wezterm", "ptyxis", "qterminal", "rio",
    "rxvt", "sakura", "st", "st-256color", "terminator", "terminology", "termite", "tilda", "tilix", "tabby", "urxvt", "uxterm", "warp",
    "wezterm", "xfce4-terminal", "xterm", "yakuake", "com.gexperts.tilix", "io.elementary.terminal",
    "aterm", "com.system76.cosmicterm", "eterm", "roxterm", "x-terminal-emulator", "zutty", "com.github.amezin.ddterm",
    # Windows: the executable
    "windowsterminal.exe", "openconsole.exe", "conhost.exe", "cmd.exe", "powershell.exe", "pwsh.exe", "bash.exe", "wsl.exe", "ubuntu.exe",
    "mintty.exe", "putty.exe", "kitty.exe", "alacritty.exe", "wezterm-gui.exe", "hyper.exe", "tabby.exe", "warp.exe", "conemu.exe",
    "conemu64.exe", "mobaxterm.exe", "securecrt.exe", "rio.exe",
    # macOS: the bundle
    "com.apple.terminal", "com.googlecode.iterm2", "dev.warp.warp-stable", "net.kovidgoyal.kitty", "org.alacritty", "io.alacritty",
    "com.github.wez.wezterm", "co.zeit.hyper", "org.tabby", "com.raphaelamorim.rio",
})  # fmt: skip
"""Their names, in lower case."""
_ENDINGS = ("term", "terminal")


def is_terminal(application: str) -> bool:
    """Whether a program of this name is a terminal."""
    name = application.lower()
    return name in TERMINALS or name.removesuffix(".exe").endswith(_ENDINGS)
