"""The session and its focused window."""

from __future__ import annotations

import ctypes
from ctypes import byref, wintypes
from dataclasses import dataclass
from pathlib import PureWindowsPath

from voicebridge.errors import UnavailableError

from voicebridge_os_windows import api

_PROCESS_QUERY_LIMITED_INFORMATION = 0x1000
_TOKEN_QUERY = 8
_TOKEN_INTEGRITY_LEVEL = 25
_UOI_FLAGS = 1
_WSF_VISIBLE = 1


@dataclass(frozen=True, slots=True)
class Target:
    """A top-level window, and the processes that may receive its input: a Store app runs in a different process than its frame."""

    window: int
    processes: frozenset[int]

    @property
    def application(self) -> str:
        """The file name of its program in lower case, such as ``notepad.exe``; empty if Windows doesn't report it."""
        inner = api.user32().FindWindowExW(self.window, None, "Windows.UI.Core.CoreWindow", None)
        return _program(_process_of(inner or self.window))

    @property
    def title(self) -> str:
        """The text in its title bar."""
        text = ctypes.create_unicode_buffer(512)
        api.user32().GetWindowTextW(self.window, text, len(text))
        return text.value

    def answers(self, seconds: float) -> bool:
        """Whether it processes messages within this time; one that hangs has not processed the keys sent to it."""
        result = api.ULONG_PTR()
        milliseconds = int(seconds * 1000)
        user32 = api.user32()
        return bool(
            user32.SendMessageTimeoutW(self.window, api.WM_NULL, 0, 0, api.SMTO_ABORTIFHUNG, milliseconds, byref(result))
        )  # fmt: skip

    def is_in_front(self) -> bool:
        """Whether it is still focused."""
        return bool(api.user32().GetForegroundWindow() == self.window)

    def check_reachable(self) -> None:
        """Check that Windows lets this process send input to it.

        Raises:
            UnavailableError: if its program has higher privileges than this one.
        """
        own = _integrity(api.kernel32().GetCurrentProcessId())
        theirs = _integrity(_process_of(self.window))
        if own is not None and (theirs is None or theirs > own):
            raise UnavailableError(refusal(self.application))


def refusal(application: str) -> str:
    """The message for the user if Windows blocks input to a program."""
    name = application or "The focused program"
    return (
        f"{name} runs with higher privileges than VoiceBridge, so Windows blocks inserting text into it. "
        "Run VoiceBridge as administrator too, or paste manually."
    )


def target() -> Target:
    """The focused window.

    Raises:
        UnavailableError: if there is none.
    """
    window = api.user32().GetForegroundWindow()
    if not window:
        raise UnavailableError("No window has the focus. Click into the one that should receive the text.")
    info = api.GuiThreadInfo(size=ctypes.sizeof(api.GuiThreadInfo))
    thread = api.user32().GetWindowThreadProcessId(window, None)
    focused = info.focus if api.user32().GetGUIThreadInfo(thread, byref(info)) else None
    inner = api.user32().FindWindowExW(window, None, "Windows.UI.Core.CoreWindow", None)
    return Target(window, frozenset(_process_of(each) for each in (window, focused, inner) if each))


def opener() -> int:
    """The process that has the clipboard open, 0 if unknown."""
    window = api.user32().GetOpenClipboardWindow()
    return _process_of(window) if window else 0


def is_interactive() -> bool:
    """Whether this session has a visible desktop."""

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
    """The integrity level of a process, higher with more privileges; ``None`` if it can't be queried."""
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
