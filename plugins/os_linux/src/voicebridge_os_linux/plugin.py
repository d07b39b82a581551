"""The services that Linux provides."""

from __future__ import annotations

from collections.abc import Iterator

from voicebridge import ServiceSpec, hookimpl

VOICEBRIDGE_API = 1

_HERE = "voicebridge_os_linux"


@hookimpl
def voicebridge_services() -> Iterator[ServiceSpec]:
    """Yield the services, each with a probe that tests whether it can be used in this session."""
    yield ServiceSpec(
        kind="clipboard", name="x11", features=["copies"], description="The X11 clipboard, in every format.",
        factory=f"{_HERE}.x11.clipboard:XClipboard", probe=f"{_HERE}.x11.probes:clipboard",
    )  # fmt: skip
    yield ServiceSpec(
        kind="focus", name="x11", description="The focused X11 window.",
        factory=f"{_HERE}.x11.focus:XFocus", probe=f"{_HERE}.x11.probes:focus",
    )  # fmt: skip
    yield ServiceSpec(
        kind="cursor", name="at-spi", description="The text around the cursor, through the accessibility service.",
        factory=f"{_HERE}.accessibility:AccessibleCursor", probe=f"{_HERE}.accessibility:probe",
    )  # fmt: skip
    yield ServiceSpec(
        kind="presses", name="x11", description="Detects key presses and clicks between two dictations.",
        factory=f"{_HERE}.x11.pressed:XPresses", probe=f"{_HERE}.x11.probes:presses",
    )  # fmt: skip
    yield ServiceSpec(
        kind="hotkeys", name="x11", features=("release", "capture"),
        description="Global hotkeys on X11, not passed on to the focused window.",
        factory=f"{_HERE}.x11.hotkeys:XHotkeys", probe=f"{_HERE}.x11.probes:hotkeys",
    )  # fmt: skip
    yield ServiceSpec(
        kind="inserter", name="x11-paste", description="Pastes into X11 windows, and restores the clipboard.",
        factory=f"{_HERE}.x11.paste:XPaste", probe=f"{_HERE}.x11.probes:paste",
    )  # fmt: skip
    yield ServiceSpec(
        kind="inserter", name="x11-type", description="Types into X11 windows, on any keyboard layout.",
        factory=f"{_HERE}.x11.type:XType", probe=f"{_HERE}.x11.probes:typing",
    )  # fmt: skip
    yield ServiceSpec(
        kind="clipboard", name="wayland", features=["copies"], description="The Wayland clipboard, in every format.",
        factory=f"{_HERE}.wayland.clipboard:WaylandClipboard", probe=f"{_HERE}.wayland.probes:clipboard",
    )  # fmt: skip
    yield ServiceSpec(
        kind="focus", name="wayland", description="The focused window, on sway, Hyprland, niri and other desktops.",
        factory=f"{_HERE}.wayland.focus:WaylandFocus", probe=f"{_HERE}.wayland.probes:focus",
    )  # fmt: skip
    yield ServiceSpec(
        kind="inserter", name="wayland-paste", description="Pastes, and restores the clipboard.",
        factory=f"{_HERE}.wayland.paste:WaylandPaste", probe=f"{_HERE}.wayland.probes:paste",
    )  # fmt: skip
    yield ServiceSpec(
        kind="inserter", name="wayland-type", description="Types about 400 characters per second.",
        factory=f"{_HERE}.wayland.type:WaylandType", probe=f"{_HERE}.wayland.probes:keyboard",
    )  # fmt: skip
    yield ServiceSpec(
        kind="inserter", name="portal-type", description="Types, after the desktop has asked for permission.",
        factory=f"{_HERE}.portal.type:PortalType", probe=f"{_HERE}.portal.probes:typing",
    )  # fmt: skip
    yield ServiceSpec(
        kind="inserter", name="dotool", description="Types ASCII only, as a kernel input device.",
        factory=f"{_HERE}.uinput:Dotool", probe=f"{_HERE}.uinput:probe_dotool",
    )  # fmt: skip
    yield ServiceSpec(
        kind="inserter", name="ydotool", description="Types ASCII only, on the US keyboard layout.",
        factory=f"{_HERE}.uinput:Ydotool", probe=f"{_HERE}.uinput:probe_ydotool",
    )  # fmt: skip
    yield ServiceSpec(
        kind="hotkeys", name="portal", description="Global hotkeys from the desktop, after it has asked for permission.",
        factory=f"{_HERE}.portal.hotkeys:PortalHotkeys", probe=f"{_HERE}.portal.probes:hotkeys", features=["release"],
    )  # fmt: skip
    yield ServiceSpec(
        kind="notifier", name="desktop", features=["lasting"], description="Notifications, through the desktop's notification service.",
        factory=f"{_HERE}.notify:DesktopNotifier", probe=f"{_HERE}.notify:probe",
    )  # fmt: skip
    yield ServiceSpec(
        kind="autostart", name="systemd", description="A systemd unit, which also restarts VoiceBridge after a failure.",
        factory=f"{_HERE}.systemd:SystemdAutostart", probe=f"{_HERE}.systemd:probe",
    )  # fmt: skip
    yield ServiceSpec(
        kind="autostart", name="xdg", description="An entry in the desktop's autostart folder.",
        factory=f"{_HERE}.autostart:XdgAutostart", probe=f"{_HERE}.autostart:probe",
    )  # fmt: skip
