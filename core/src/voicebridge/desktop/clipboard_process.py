"""``python -m voicebridge.desktop.clipboard_process read|selection|write``: one read or write of the clipboard."""

from __future__ import annotations

import os
import sys

FAILED = 3
"""Exit code: the reason is on stdout."""
NO_SELECTION = 4
"""Exit code: there is no selection here."""


def main(verb: str) -> int:
    """Run, and return the result as the exit code; text is read from stdin and written to stdout, in UTF-8."""
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as answer:
        # A program that keeps serving the clipboard would keep our stdout open, and block its reader.
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (1, 2):
            os.dup2(nothing, stream)
        code, text = _do(verb)
        answer.write(text.encode("utf-8", "replace"))
    return code


def _do(verb: str) -> tuple[int, str]:
    try:
        import pyperclip

        copy, paste = pyperclip.determine_clipboard()
        if verb == "write":
            copy(sys.stdin.buffer.read().decode("utf-8"))
            return 0, ""
        if verb == "selection":
            if "primary" not in getattr(paste, "__code__", main.__code__).co_varnames:
                return NO_SELECTION, ""
            return 0, paste(primary=True)
        return 0, paste()
    except UnicodeDecodeError:  # an image
        return 0, ""
    except Exception as error:
        return FAILED, " ".join(str(error).split()).rstrip(".") or type(error).__name__


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
