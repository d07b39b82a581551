"""What Linux offers to VoiceBridge."""

from __future__ import annotations

from collections.abc import Iterator

from voicebridge import ServiceSpec, hookimpl

VOICEBRIDGE_API = 1

_HERE = "voicebridge_os_linux"


@hookimpl
def voicebridge_services() -> Iterator[ServiceSpec]:
    """Each with a probe that says whether it can be used in this session."""
    yield ServiceSpec(
        kind="clipboard", name="x11", features=["copies"], description="The clipboard of X, in every format.",
        factory=f"{_HERE}.x11.clipboard:XClipboard", probe=f"{_HERE}.x11.probes:clipboard",
    )  # fmt: skip
    yield ServiceSpec(
        kind="focus", name="x11", description="The window that has the focus, where it is one of X.",
        factory=f"{_HERE}.x11.focus:XFocus", probe=f"{_HERE}.x11.probes:focus",
    )  # fmt: skip
    yield ServiceSpec(
        kind="cursor", name="at-spi", description="The text around the cursor, as programs tell assistive ones.",
        factory=f"{_HERE}.accessibility:AccessibleCursor", probe=f"{_HERE}.accessibility:probe",
    )  # fmt: skip
    yield ServiceSpec(
        kind="presses", name="x11", description="Whether keys and buttons were pressed between two dictations.",
        factory=f"{_HERE}.x11.pressed:XPresses", probe=f"{_HERE}.x11.probes:presses",
    )  # fmt: skip
    yield ServiceSpec(
        kind="hotkeys", name="x11", features=("release", "capture"), description="Keys on X, kept from the window that has the focus.",
        factory=f"{_HERE}.x11.hotkeys:XHotkeys", probe=f"{_HERE}.x11.probes:hotkeys",
    )  # fmt: skip
    yield ServiceSpec(
        kind="inserter", name="x11-paste", description="Pastes into windows of X, and gives the clipboard back.",
        factory=f"{_HERE}.x11.paste:XPaste", probe=f"{_HERE}.x11.probes:paste",
    )  # fmt: skip
    yield ServiceSpec(
        kind="inserter", name="x11-type", description="Types into windows of X, on any layout.",
        factory=f"{_HERE}.x11.typing:XType", probe=f"{_HERE}.x11.probes:typing",
    )  # fmt: skip
    yield ServiceSpec(
        kind="clipboard", name="wayland", features=["copies"], description="The clipboard of Wayland, in every form.",
        factory=f"{_HERE}.wayland.clipboard:WaylandClipboard", probe=f"{_HERE}.wayland.probes:clipboard",
    )  # fmt: skip
    yield ServiceSpec(
        kind="focus", name="wayland", description="The window that has the focus, as sway, Hyprland, niri and other desktops tell.",
        factory=f"{_HERE}.wayland.focus:WaylandFocus", probe=f"{_HERE}.wayland.probes:focus",
    )  # fmt: skip
    yield ServiceSpec(
        kind="inserter", name="wayland-paste", description="Pastes, and gives the clipboard back.",
        factory=f"{_HERE}.wayland.paste:WaylandPaste", probe=f"{_HERE}.wayland.probes:paste",
    )  # fmt: skip
    yield ServiceSpec(
        kind="inserter", name="wayland-type", description="Types, some 400 characters a second.",
        factory=f"{_HERE}.wayland.typist:WaylandType", probe=f"{_HERE}.wayland.probes:keyboard",
    )  # fmt: skip
    yield ServiceSpec(
        kind="inserter", name="portal-type", description="Types, once the desktop has asked the user for leave.",
        factory=f"{_HERE}.portal.typing:PortalType", probe=f"{_HERE}.portal.probes:typing",
    )  # fmt: skip
    yield ServiceSpec(
        kind="inserter", name="dotool", description="Types ASCII alone, as a keyboard of the kernel's.",
        factory=f"{_HERE}.uinput:Dotool", probe=f"{_HERE}.uinput:probe_dotool",
    )  # fmt: skip
    yield ServiceSpec(
        kind="inserter", name="ydotool", description="Types ASCII alone, on the layout of the United States.",
        factory=f"{_HERE}.uinput:Ydotool", probe=f"{_HERE}.uinput:probe_ydotool",
    )  # fmt: skip
    yield ServiceSpec(
        kind="hotkeys", name="portal", description="Keys that the desktop tells of, once it has asked the user for leave.",
        factory=f"{_HERE}.portal.hotkeys:PortalHotkeys", probe=f"{_HERE}.portal.probes:hotkeys", features=["release"],
    )  # fmt: skip
    yield ServiceSpec(
        kind="notifier", name="desktop", features=["lasting"], description="Notices, by the desktop's own server for them.",
        factory=f"{_HERE}.notices:DesktopNotifier", probe=f"{_HERE}.notices:probe",
    )  # fmt: skip
    yield ServiceSpec(
        kind="autostart", name="systemd", description="A unit of systemd, which also starts it again when it has failed.",
        factory=f"{_HERE}.systemd:SystemdAutostart", probe=f"{_HERE}.systemd:probe",
    )  # fmt: skip
    yield ServiceSpec(
        kind="autostart", name="xdg", description="An entry in the desktop's autostart folder.",
        factory=f"{_HERE}.autostart:XdgAutostart", probe=f"{_HERE}.autostart:probe",
    )  # fmt: skip
