"""The Windows API through ctypes: structures, functions and constants. Can be imported on every system, but called only on Windows."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Mapping, Sequence
from ctypes import wintypes
from functools import cache
from typing import Any

from voicebridge.errors import UnavailableError

CF_UNICODETEXT = 13
ERROR_ACCESS_DENIED = 5
GMEM_MOVEABLE = 2
HWND_MESSAGE = -3
INPUT_KEYBOARD = 1
KEYEVENTF_EXTENDEDKEY, KEYEVENTF_KEYUP, KEYEVENTF_UNICODE = 1, 2, 4
SMTO_ABORTIFHUNG = 2
WM_NULL, WM_RENDERFORMAT, WM_RENDERALLFORMATS = 0x0000, 0x0305, 0x0306

LRESULT = ctypes.c_ssize_t
ULONG_PTR = ctypes.c_size_t


class KeyboardInput(ctypes.Structure):
    """``KEYBDINPUT``."""

    _fields_ = (
        ("vk", wintypes.WORD),
        ("scan", wintypes.WORD),
        ("flags", wintypes.DWORD),
        ("time", wintypes.DWORD),
        ("extra", ULONG_PTR),
    )


class _MouseInput(ctypes.Structure):
    """``MOUSEINPUT``, the largest member of the union, which determines its size."""

    _fields_ = (
        ("dx", wintypes.LONG),
        ("dy", wintypes.LONG),
        ("data", wintypes.DWORD),
        ("flags", wintypes.DWORD),
        ("time", wintypes.DWORD),
        ("extra", ULONG_PTR),
    )


class _AnyInput(ctypes.Union):
    _fields_ = (("keyboard", KeyboardInput), ("mouse", _MouseInput))


class Input(ctypes.Structure):
    """``INPUT``."""

    _fields_ = (("type", wintypes.DWORD), ("any", _AnyInput))


class GuiThreadInfo(ctypes.Structure):
    """``GUITHREADINFO``."""

    _fields_ = (
        ("size", wintypes.DWORD),
        ("flags", wintypes.DWORD),
        ("active", wintypes.HWND),
        ("focus", wintypes.HWND),
        ("capture", wintypes.HWND),
        ("menu_owner", wintypes.HWND),
        ("move_size", wintypes.HWND),
        ("caret", wintypes.HWND),
        ("caret_place", wintypes.RECT),
    )


class NotifyIconData(ctypes.Structure):
    """``NOTIFYICONDATAW``, in its layout since Windows Vista."""

    _fields_ = (
        ("size", wintypes.DWORD),
        ("window", wintypes.HWND),
        ("id", wintypes.UINT),
        ("flags", wintypes.UINT),
        ("callback_message", wintypes.UINT),
        ("icon", wintypes.HICON),
        ("tip", wintypes.WCHAR * 128),
        ("state", wintypes.DWORD),
        ("state_mask", wintypes.DWORD),
        ("info", wintypes.WCHAR * 256),
        ("version", wintypes.UINT),
        ("info_title", wintypes.WCHAR * 64),
        ("info_flags", wintypes.DWORD),
        ("guid", ctypes.c_byte * 16),
        ("balloon_icon", wintypes.HICON),
    )


if sys.platform == "win32":
    WindowProcedure = ctypes.WINFUNCTYPE(LRESULT, wintypes.HWND, wintypes.UINT, wintypes.WPARAM, wintypes.LPARAM)

    def last_error() -> int:
        """The error code of the last failed call in this thread."""
        return ctypes.get_last_error()

    def _open(name: str) -> ctypes.CDLL:
        return ctypes.WinDLL(name, use_last_error=True)

else:
    WindowProcedure = ctypes.CFUNCTYPE(LRESULT, wintypes.HWND, wintypes.UINT, wintypes.WPARAM, wintypes.LPARAM)

    def last_error() -> int:
        """The error code of the last failed call in this thread."""
        return 0

    def _open(name: str) -> ctypes.CDLL:
        raise UnavailableError(f"This is not Windows: it has no {name}.dll.")


_Prototypes = Mapping[str, tuple[Any, Sequence[Any]]]
_B, _D, _H, _U, _P, _V = wintypes.BOOL, wintypes.DWORD, wintypes.HWND, wintypes.UINT, ctypes.c_void_p, None

_USER32: _Prototypes = {
    "CallWindowProcW": (LRESULT, (_P, _H, _U, wintypes.WPARAM, wintypes.LPARAM)),
    "CloseClipboard": (_B, ()),
    "CreateWindowExW": (_H, (_D, wintypes.LPCWSTR, wintypes.LPCWSTR, _D, *[ctypes.c_int] * 4, _H, _P, _P, _P)),
    "DestroyWindow": (_B, (_H,)),
    "DispatchMessageW": (LRESULT, (_P,)),
    "EmptyClipboard": (_B, ()),
    "EnumClipboardFormats": (_U, (_U,)),
    "FindWindowExW": (_H, (_H, _H, wintypes.LPCWSTR, wintypes.LPCWSTR)),
    "GetAsyncKeyState": (ctypes.c_short, (ctypes.c_int,)),
    "GetClipboardData": (_P, (_U,)),
    "GetClipboardFormatNameW": (ctypes.c_int, (_U, wintypes.LPWSTR, ctypes.c_int)),
    "GetClipboardOwner": (_H, ()),
    "GetClipboardSequenceNumber": (_D, ()),
    "GetForegroundWindow": (_H, ()),
    "GetGUIThreadInfo": (_B, (_D, _P)),
    "GetOpenClipboardWindow": (_H, ()),
    "GetProcessWindowStation": (_P, ()),
    "GetUserObjectInformationW": (_B, (_P, ctypes.c_int, _P, _D, _P)),
    "GetWindowTextW": (ctypes.c_int, (_H, wintypes.LPWSTR, ctypes.c_int)),
    "GetWindowThreadProcessId": (_D, (_H, _P)),
    "IsHungAppWindow": (_B, (_H,)),
    "LoadIconW": (wintypes.HICON, (_P, _P)),
    "MapVirtualKeyW": (_U, (_U, _U)),
    "MsgWaitForMultipleObjectsEx": (_D, (_D, _P, _D, _D, _D)),
    "OpenClipboard": (_B, (_H,)),
    "PeekMessageW": (_B, (_P, _H, _U, _U, _U)),
    "RegisterClipboardFormatW": (_U, (wintypes.LPCWSTR,)),
    "SendInput": (_U, (_U, _P, ctypes.c_int)),
    "SendMessageTimeoutW": (LRESULT, (_H, _U, wintypes.WPARAM, wintypes.LPARAM, _U, _U, _P)),
    "SetClipboardData": (_P, (_U, _P)),
    "SetWindowLongPtrW": (_P, (_H, ctypes.c_int, _P)),
    "VkKeyScanW": (ctypes.c_short, (wintypes.WCHAR,)),
}
_KERNEL32: _Prototypes = {
    "CloseHandle": (_B, (_P,)),
    "GetCurrentProcess": (_P, ()),
    "GetCurrentProcessId": (_D, ()),
    "GlobalAlloc": (_P, (_U, ctypes.c_size_t)),
    "GlobalFree": (_P, (_P,)),
    "GlobalLock": (_P, (_P,)),
    "GlobalSize": (ctypes.c_size_t, (_P,)),
    "GlobalUnlock": (_B, (_P,)),
    "LocalFree": (_P, (_P,)),
    "OpenProcess": (_P, (_D, _B, _D)),
    "QueryFullProcessImageNameW": (_B, (_P, _D, wintypes.LPWSTR, _P)),
}
_ADVAPI32: _Prototypes = {
    "GetSidSubAuthority": (_P, (_P, _D)),
    "GetSidSubAuthorityCount": (_P, (_P,)),
    "GetTokenInformation": (_B, (_P, ctypes.c_int, _P, _D, _P)),
    "OpenProcessToken": (_B, (_P, _D, _P)),
}
_GDI32: _Prototypes = {
    "GetEnhMetaFileBits": (_U, (_P, _U, _P)),
    "SetEnhMetaFileBits": (_P, (_U, _P)),
}
_SHELL32: _Prototypes = {
    "CommandLineToArgvW": (ctypes.POINTER(wintypes.LPWSTR), (wintypes.LPCWSTR, _P)),
    "Shell_NotifyIconW": (_B, (_D, _P)),
}


def _library(name: str, prototypes: _Prototypes) -> Any:
    library = _open(name)
    for function, (result, arguments) in prototypes.items():
        entry = getattr(library, function)
        entry.restype, entry.argtypes = result, list(arguments)
    return library


@cache
def user32() -> Any:
    """Windows, input and the clipboard."""
    return _library("user32", _USER32)


@cache
def kernel32() -> Any:
    """Processes and memory."""
    return _library("kernel32", _KERNEL32)


@cache
def advapi32() -> Any:
    """Access rights."""
    return _library("advapi32", _ADVAPI32)


@cache
def gdi32() -> Any:
    """Graphics."""
    return _library("gdi32", _GDI32)


@cache
def shell32() -> Any:
    """The taskbar and command lines."""
    return _library("shell32", _SHELL32)
