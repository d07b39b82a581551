"""The session, and the window that has the focus."""

from __future__ import annotations

import ctypes
from ctypes import byref, wintypes
from dataclasses import dataclass
from pathlib import PureWindowsPath

from voicebridge.errors import Unavailable

from voicebridge_os_windows import api

_PROCESS_QUERY_LIMITED_INFORMATION = 0x1000
_TOKEN_QUERY = 8
_TOKEN_INTEGRITY_LEVEL = 25
_UOI_FLAGS = 1
_WSF_VISIBLE = 1


@dataclass(frozen=True, slots=True)
class Target:
    """A top-level window, and the processes that may take keys in it: that of an app from the Store is not the frame's."""

    window: int
    processes: frozenset[int]

    @property
    def application(self) -> str:
        """The file name of its program in lower case, ``notepad.exe``; empty where Windows doesn't tell."""
        inner = api.user32().FindWindowExW(self.window, None, "Windows.UI.Core.CoreWindow", None)
        return _program(_process_of(inner or self.window))

    @property
    def title(self) -> str:
        """What stands in its title bar."""
        text = ctypes.create_unicode_buffer(512)
        api.user32().GetWindowTextW(self.window, text, len(text))
        return text.value

    def answers(self, seconds: float) -> bool:
        """Whether it takes messages, waited for that long at most; one that hangs has not seen the keys yet that it was sent."""
        result = api.ULONG_PTR()
        milliseconds = int(seconds * 1000)
        user32 = api.user32()
        return bool(
            user32.SendMessageTimeoutW(self.window, api.WM_NULL, 0, 0, api.SMTO_ABORTIFHUNG, milliseconds, byref(result))
        )  # fmt: skip

    def is_in_front(self) -> bool:
        """Whether it still has the focus."""
        return bool(api.user32().GetForegroundWindow() == self.window)

    def check_reachable(self) -> None:
        """See that Windows lets this process write into it.

        Raises:
            Unavailable: when its program runs with more rights than this one.
        """
        own = _integrity(api.kernel32().GetCurrentProcessId())
        theirs = _integrity(_process_of(self.window))
        if own is not None and (theirs is None or theirs > own):
            raise Unavailable(refusal(self.application))


def refusal(application: str) -> str:
    """What to tell the user when Windows keeps our keys from a program."""
    name = application or "The program in front"
    return (
        f"{name} runs with more rights than VoiceBridge, and Windows lets no other program write into its window. "
        "Run VoiceBridge as administrator too, or paste there by hand."
    )


def target() -> Target:
    """The window that has the focus.

    Raises:
        Unavailable: when none has.
    """
    window = api.user32().GetForegroundWindow()
    if not window:
        raise Unavailable("No window has the focus. Click into the one that is to have the text.")
    info = api.GuiThreadInfo(size=ctypes.sizeof(api.GuiThreadInfo))
    thread = api.user32().GetWindowThreadProcessId(window, None)
    focused = info.focus if api.user32().GetGUIThreadInfo(thread, byref(info)) else None
    inner = api.user32().FindWindowExW(window, None, "Windows.UI.Core.CoreWindow", None)
    return Target(window, frozenset(_process_of(each) for each in (window, focused, inner) if each))


def opener() -> int:
    """The process that has the clipboard open, 0 when that can't be told."""
    window = api.user32().GetOpenClipboardWindow()
    return _process_of(window) if window else 0


def is_interactive() -> bool:
    """Whether this session has a desktop that a user can see."""

    class Flags(ctypes.Structure):
        _fields_ = (("inherit", wintypes.BOOL), ("reserved", wintypes.BOOL), ("flags", wintypes.DWORD))

    flags = Flags()
    station = api.user32().GetProcessWindowStation()
    if not api.user32().GetUserObjectInformationW(station, _UOI_FLAGS, byref(flags), ctypes.sizeof(flags), None):
        return False
    return bool(flags.flags & _WSF_VISIBLE)


def has_taskbar() -> bool:
    """Whether there is a notification area."""
    return bool(api.user32().FindWindowExW(None, None, "Shell_TrayWnd", None))


def _process_of(window: int) -> int:
    process = wintypes.DWORD()
    api.user32().GetWindowThreadProcessId(window, byref(process))
    return process.value


def _program(process: int) -> str:
    handle = api.kernel32().OpenProcess(_PROCESS_QUERY_LIMITED_INFORMATION, False, process)
    if not handle:
        return ""
    try:
        path = ctypes.create_unicode_buffer(32_768)
        length = wintypes.DWORD(len(path))
        found = api.kernel32().QueryFullProcessImageNameW(handle, 0, path, byref(length))
        return PureWindowsPath(path.value).name.lower() if found else ""
    finally:
        api.kernel32().CloseHandle(handle)


def _integrity(process: int) -> int | None:
    """How much a process may do, the higher the more; ``None`` when this one may not even ask."""
    handle = api.kernel32().OpenProcess(_PROCESS_QUERY_LIMITED_INFORMATION, False, process)
    if not handle:
        return None
    token = wintypes.HANDLE()
    try:
        if not api.advapi32().OpenProcessToken(handle, _TOKEN_QUERY, byref(token)):
            return None
        # A TOKEN_MANDATORY_LABEL: a pointer to a SID, its attributes, and the SID itself, whose last part is the level.
        label = (ctypes.c_void_p * 16)()
        length = wintypes.DWORD()
        if not api.advapi32().GetTokenInformation(token, _TOKEN_INTEGRITY_LEVEL, label, ctypes.sizeof(label), byref(length)):
            return None
        count = ctypes.cast(api.advapi32().GetSidSubAuthorityCount(label[0]), ctypes.POINTER(ctypes.c_ubyte))[0]
        return int(ctypes.cast(api.advapi32().GetSidSubAuthority(label[0], count - 1), ctypes.POINTER(wintypes.DWORD))[0])
    finally:
        if token:
            api.kernel32().CloseHandle(token)
        api.kernel32().CloseHandle(handle)
