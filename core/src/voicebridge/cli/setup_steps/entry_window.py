"""``python -m voicebridge.cli.setup_steps.entry_window TITLE``: a window with a text box, which tells what stands in it.

A process of its own, since a toolkit wants the main thread, and a window that is written into must answer while the writer waits. Whenever
something has changed it prints a line of JSON: ``text``, and ``focus``, whether it has the focus. It ends with its stdin.
"""

from __future__ import annotations

import json
import os
import sys
import threading

_LOOK = 20  # milliseconds


def main(title: str) -> None:
    """Show the window until stdin ends, or it is closed."""
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
