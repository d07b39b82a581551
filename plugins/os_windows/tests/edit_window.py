"""A window of one control, in its own process: ``python edit_window.py CLASS``, where EDIT accepts text and STATIC doesn't.

It prints its window handle to stdout. A WM_APP message makes it stop responding for the number of milliseconds in its parameter.
"""

from __future__ import annotations

import sys
import time
from ctypes import byref, wintypes

from voicebridge_os_windows import api

WM_APP = 0x8000
_VISIBLE_WINDOW = 0x10CF0000
_MULTILINE_EDIT = 0x0004 | 0x0040 | 0x1000


def main(control: str) -> None:
    user32 = api.user32()
    style = _VISIBLE_WINDOW | (_MULTILINE_EDIT if control == "EDIT" else 0)
    window = user32.CreateWindowExW(0, control, None, style, 40, 40, 600, 400, None, None, None, None)
    user32.SetForegroundWindow(window)
    user32.SetFocus(window)
    sys.stdout.write(f"{window}\n")
    sys.stdout.flush()
    message = wintypes.MSG()
    while user32.GetMessageW(byref(message), None, 0, 0) > 0:
        if message.message == WM_APP:
            time.sleep(message.wParam / 1000)
        user32.TranslateMessage(byref(message))
        user32.DispatchMessageW(byref(message))


if __name__ == "__main__":
    main(*sys.argv[1:])
