"""``python3 textbox.py tk|gtk3|gtk4|qt TITLE``: a window with a text box that reports its text.

It reads commands from stdin and writes answers to stdout, a line of JSON each; it exits when its stdin is closed. It runs in the system's
Python, which has the toolkits, so it imports none of our modules.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

Act = Callable[[str, Any], Any]
"""Runs a command with a value in the toolkit's thread."""
Serve = Callable[[Callable[[Callable[[], None]], Any], Act], None]
"""Starts answering, given a function that schedules calls in that thread."""


def tk(title: str, serve: Serve) -> None:
    """Show a Tk window until it is closed."""
    import queue
    import tkinter

    root = tkinter.Tk(className="Textbox")
    root.title(title)
    root.geometry("600x300+40+40")
    box = tkinter.Text(root)
    box.pack(fill="both", expand=True)
    box.focus_force()
    # Tk only accepts calls from its own thread.
    waiting: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()

    def look() -> None:
        while not waiting.empty():
            waiting.get()()
        root.after(2, look)

    def act(verb: str, value: Any) -> Any:
        if verb == "text":
            return box.get("1.0", "end-1c")
        if verb == "set":
            box.delete("1.0", "end")
            box.insert("1.0", value)
        if verb == "select":
            box.tag_add("sel", "1.0", "end-1c")
            box.mark_set("insert", "end-1c")
        return None

    look()
    serve(waiting.put, act)
    root.mainloop()


def gtk(version: str, title: str, serve: Serve) -> None:
    """Show a GTK window until it is closed."""
    import gi

    gi.require_version("Gtk", version)
    gi.require_version("Gdk", version)
    from gi.repository import GLib, Gtk

    GLib.set_prgname("textbox")
    if version == "3.0":
        window = Gtk.Window(title=title)
    else:
        Gtk.init()
        window = Gtk.Window(title=title)
    window.set_default_size(600, 300)
    view = Gtk.TextView()
    loop = GLib.MainLoop()
    if version == "3.0":
        window.add(view)
        window.connect("destroy", lambda *_: loop.quit())
        window.show_all()
    else:
        window.set_child(view)
        window.connect("close-request", lambda *_: loop.quit())
    view.grab_focus()
    window.present()
    text = view.get_buffer()

    def act(verb: str, value: Any) -> Any:
        if verb == "text":
            return text.get_text(text.get_start_iter(), text.get_end_iter(), False)
        if verb == "set":
            text.set_text(value)
        if verb == "select":
            text.select_range(text.get_start_iter(), text.get_end_iter())
        if verb == "copy":
            _offer(view, version, value)
        return None

    serve(lambda call: GLib.idle_add(call, priority=GLib.PRIORITY_DEFAULT), act)
    loop.run()


def _offer(view: Any, version: str, formats: dict[str, str]) -> None:
    """Own the clipboard with several formats at once, by MIME type; the content is Latin-1, byte by byte."""
    if version != "4.0":
        raise ValueError("only GTK 4 can offer several formats from Python")
    from gi.repository import Gdk, GLib

    each = [Gdk.ContentProvider.new_for_bytes(mime, GLib.Bytes.new(content.encode("latin-1"))) for mime, content in formats.items()]
    view.get_clipboard().set_content(Gdk.ContentProvider.new_union(each))


def qt(title: str, serve: Serve) -> None:
    """Show a Qt window until it is closed."""
    from PyQt6 import QtCore, QtWidgets

    application = QtWidgets.QApplication(["textbox"])
    box = QtWidgets.QPlainTextEdit()
    box.setWindowTitle(title)
    box.resize(600, 300)
    box.show()
    box.activateWindow()
    box.setFocus()

    class Doorstep(QtCore.QObject):  # type: ignore[misc] # PyQt has no types here
        came = QtCore.pyqtSignal(object)

    doorstep = Doorstep()
    doorstep.came.connect(lambda call: call())

    def act(verb: str, value: Any) -> Any:
        if verb == "text":
            return box.toPlainText()
        if verb == "set":
            box.setPlainText(value)
        if verb == "select":
            box.selectAll()
        return None

    serve(doorstep.came.emit, act)
    application.exec()


def serve(into_main: Callable[[Callable[[], None]], Any], act: Act) -> None:
    """Answer commands as they arrive; ``into_main`` schedules a call in the toolkit's thread."""

    def do(command: dict[str, Any]) -> None:
        verb: str = command["verb"]
        value: Any = command.get("value")
        if verb == "stall":
            print(json.dumps({"id": command["id"], "value": None}), flush=True)  # noqa: T201 - this is how it answers
            time.sleep(value)
            return
        print(json.dumps({"id": command["id"], "value": act(verb, value)}), flush=True)  # noqa: T201

    def listen() -> None:
        import os

        for line in sys.stdin:
            command = json.loads(line)
            into_main(lambda command=command: do(command))  # type: ignore[misc] # mypy knows no default of a lambda
        os._exit(0)

    threading.Thread(target=listen, daemon=True).start()


def main(toolkit: str, title: str) -> None:
    """Show the window until stdin is closed."""
    if toolkit == "tk":
        tk(title, serve)
    elif toolkit == "qt":
        qt(title, serve)
    else:
        gtk({"gtk3": "3.0", "gtk4": "4.0"}[toolkit], title, serve)


if __name__ == "__main__":
    main(*sys.argv[1:])
