from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress

import pytest
from voicebridge.cli.interrupt import Interrupt


@pytest.mark.skipif(sys.platform == "win32", reason="a signal to oneself ends a process on Windows")
def test_an_interrupt_that_a_library_swallows_comes_again_at_the_next_check() -> None:
    with Interrupt() as interrupt:
        interrupt.check()
        with suppress(BaseException):  # what such a library does
            os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            interrupt.check()


def test_what_ctrl_c_did_before_it_does_again_afterwards() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Interrupt():
        assert signal.getsignal(signal.SIGINT) != before

    assert signal.getsignal(signal.SIGINT) == before
