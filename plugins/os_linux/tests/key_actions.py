"""Print the actions requested by the keys, one per line; a separate program, so that a test can stop it as a busy machine does.

Run with the dictation hotkey and the mode. F12 pauses: once that is printed, all keys before it have been read.
"""

from __future__ import annotations

import sys
from typing import cast

from voicebridge.hotkeys.listening import actions
from voicebridge.hotkeys.trigger import ALONE_SECONDS, Mode, Trigger
from voicebridge.keys import is_modifier, parse
from voicebridge_os_linux.x11.hotkeys import XHotkeys


def main(chord: str, mode: Mode) -> None:
    trigger = Trigger(mode, alone=ALONE_SECONDS if is_modifier(parse(chord)) else 0.0)
    heard = actions(XHotkeys(), {"dictate": chord, "cancel": "esc", "pause": "f12"}, trigger, True)
    sys.stdout.write("listening\n")
    sys.stdout.flush()
    for action in heard:
        sys.stdout.write(f"{action.value}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], cast(Mode, sys.argv[2]))
