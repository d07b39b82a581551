from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from voicebridge.cli.shared.interrupt import Interrupt, Interrupted
from voicebridge.testing.processes import PATIENCE

posix = pytest.mark.skipif(sys.platform == "win32", reason="a signal to oneself ends a process on Windows")


@posix
@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_a_signal_interrupts_with_the_exit_code_that_shells_know(name: str, code: int) -> None:
    with pytest.raises(Interrupted) as interrupted, Interrupt():
        os.kill(os.getpid(), getattr(signal, name))

    assert interrupted.value.exit_code == code


@posix
def test_a_second_signal_ends_the_process_at_once() -> None:
    script = (
        "import os, signal, time\n"
        "from voicebridge.cli.shared.interrupt import Interrupt\n"
        "with Interrupt():\n"
        "    try:\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
        "    except KeyboardInterrupt:\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "        time.sleep(60)\n"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False, timeout=PATIENCE).returncode == 130


@posix
def test_a_signal_that_whoever_started_us_wants_ignored_stays_so() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    try:
        with Interrupt():
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_what_ctrl_c_did_before_it_does_again_afterwards() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Interrupt():
        assert signal.getsignal(signal.SIGINT) != before

    assert signal.getsignal(signal.SIGINT) == before
