"""Check whether engines can be imported, in another process, because a broken library may crash the process that imports it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from voicebridge.errors import brief

_IMPORT_SECONDS = 120
"""Time-out in seconds for importing an engine; torch on a cold disk takes half a minute."""
_ALL = "imported"
"""Printed last, because an import may also exit with success."""


def import_problems(refs: Sequence[str]) -> list[str]:
    """For each reference, why it can't be imported; empty if it can.

    All are imported in one process, so that shared dependencies are imported once; if that fails, each in its own process, to find the
    cause.
    """
    if len(refs) > 1 and not _import_problem(refs):
        return [""] * len(refs)
    with ThreadPoolExecutor(max(1, len(refs))) as pool:
        return list(pool.map(lambda ref: _import_problem([ref]), refs))


def _import_problem(refs: Sequence[str]) -> str:
    ref = " ".join(refs)
    code = (
        "import sys\nfrom voicebridge.spec_fields import load_ref\nfrom voicebridge.errors import VoiceBridgeError\n"
        "try:\n    for ref in sys.argv[1:]:\n        load_ref(ref)\nexcept VoiceBridgeError as error:\n    sys.exit(str(error))\n"
        f"print('{_ALL}')"
    )
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter
            [sys.executable, "-c", code, *refs],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            env=environment,
            timeout=_IMPORT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"{ref} was not imported within {_IMPORT_SECONDS} s"
    except OSError as error:
        return f"{ref} could not be tried: {brief(error)}"
    if done.returncode == 0 and done.stdout.split()[-1:] == [_ALL]:
        return ""
    last = next(iter(reversed(done.stderr.strip().splitlines())), "")
    return last or f"importing {ref} ended the process with code {done.returncode}"
