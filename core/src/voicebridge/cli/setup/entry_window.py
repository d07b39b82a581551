"""``python -m voicebridge.cli.setup.entry_window TITLE``: a window with a text box that reports its content.

It is a separate process, because a toolkit needs the main thread, and a window must respond while the inserter waits. After each change, it
prints a line of JSON: ``text``, and ``focus``, whether it has the focus. It exits when its stdin is closed.
"""

from __future__ import annotations

import json
import os
import sys
import threading

_LOOK = 20  # milliseconds


def main(title: str) -> None:
    """Show the window until stdin is closed, or the window is closed."""
    import tkinter

    root = tkinter.Tk(className="VoiceBridge")
    root.title(title)
    root.geometry("640x160")
    box = tkinter.Text(root, font=("TkDefaultFont", 14), wrap="word")
    box.pack(fill="both", expand=True)
    root.lift()
    box.focus_force()
    told = ""

    def look() -> None:
        nonlocal told
        state = json.dumps({"text": box.get("1.0", "end-1c"), "focus": box.focus_displayof() is box})
        if state != told:
            told = state
            print(state, flush=True)  # noqa: T201 - this is how it tells
        root.after(_LOOK, look)

    threading.Thread(target=_end_with_stdin, daemon=True).start()
    look()
    root.mainloop()


def _end_with_stdin() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
