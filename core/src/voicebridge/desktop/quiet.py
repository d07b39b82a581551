"""Prevent Linux audio libraries from printing to the terminal; errors are reported in one line of ours."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress
from functools import lru_cache

_AlsaHandler = ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p)
_JackHandler = ctypes.CFUNCTYPE(None, ctypes.c_char_p)
# The references are kept, because the libraries keep calling the handlers.
_hear_alsa = _AlsaHandler(lambda *_: None)
_hear_jack = _JackHandler(lambda _: None)


@lru_cache(maxsize=1)
def hush() -> None:
    """Make ALSA and JACK silent about what they don't find, if they are installed."""
    if sys.platform != "linux":
        return
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libasound.so.2").snd_lib_error_set_handler(_hear_alsa)
    with suppress(OSError, AttributeError):
        jack = ctypes.CDLL("libjack.so.0")
        jack.jack_set_error_function(_hear_jack)
        jack.jack_set_info_function(_hear_jack)
