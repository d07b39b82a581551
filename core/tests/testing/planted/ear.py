"""A recogniser that writes how long each loud stretch lasts, with one fault."""

from __future__ import annotations

import logging
import mmap
import os
import signal
import subprocess
import sys
import tempfile
import threading
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from voicebridge import AudioChunk, InputError, Segment, SttRequest, Word

from .options import Options

RATE, WINDOW, QUIET_WINDOWS = 16_000, 640, 8
RELEASED = threading.Event()
"""Set to end the threads that the fault leaves."""
CHILDREN: list[subprocess.Popen[bytes]] = []
NAN = float("nan")


def _ask_a_server() -> None:
    with suppress(OSError):
        urllib.request.urlopen("http://127.0.0.1:9/version", timeout=1)


def _leave_a_thread() -> None:
    threading.Thread(target=RELEASED.wait, name="reader", daemon=True).start()


def _leave_a_file() -> None:
    os.close(tempfile.mkstemp(prefix="planted")[0])


AT_LOAD: dict[str, Callable[[], object]] = {
    "chdir": lambda: os.chdir(tempfile.gettempdir()),
    "signal": lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    "offline": _ask_a_server,
    "bare-load": lambda: os.environ["PLANTED_WEIGHTS"],
    "sysexit": lambda: sys.exit(3),
    "variable": lambda: os.environ.update(OMP_PLANTED="1"),
    "logging": lambda: logging.getLogger().addHandler(logging.NullHandler()),
}
AT_BEGIN: dict[str, Callable[[], object]] = {
    "thread": _leave_a_thread,
    "child": lambda: CHILDREN.append(subprocess.Popen(["sleep", "300"])),
    "tempfile": _leave_a_file,
    "print": lambda: sys.stdout.write("decoding\n"),
    "stderr": lambda: sys.stderr.write("decoder: warning 7\n"),
    "elsewhere": lambda: (Path.cwd() / "planted.log").write_text("decoding"),
}
CHANGES: dict[str, Callable[[Segment], Segment]] = {
    "back": lambda segment: replace(segment, start=max(0.0, 5 - segment.start), end=max(0.0, 5 - segment.start)),
    "numpy": lambda segment: replace(segment, start=np.float32(segment.start)),  # type: ignore[arg-type]
    "nan": lambda segment: replace(segment, end=NAN),
    "space": lambda segment: replace(segment, text=f" {segment.text}"),
    "empty": lambda segment: replace(segment, text=""),
    "none": lambda segment: replace(segment, text=None),  # type: ignore[arg-type]
    "newline": lambda segment: replace(segment, text=segment.text.replace(" ", "\n")),
    "words": lambda segment: replace(segment, words=tuple(replace(word, end=word.end + 3) for word in segment.words)),
    "nowords": lambda segment: replace(segment, words=()),
    "badlang": lambda segment: replace(segment, language="elvish"),
}


class Ear:
    def __init__(self, name: str, options: Options) -> None:
        self.fault, self.kept, self.closed = options.fault, list[mmap.mmap](), False
        self.begun = 1_000_000
        AT_LOAD.get(self.fault, bool)()

    def close(self) -> None:
        if self.closed and self.fault == "close":
            raise RuntimeError("it is closed already")
        self.closed = True

    def transcribe(self, audio: Iterable[AudioChunk], request: SttRequest) -> Any:
        AT_BEGIN.get(self.fault, bool)()
        if self.fault == "memory":
            memory = mmap.mmap(-1, 8_000_000)  # from the system: a process that has freed much might not grow by less
            memory.write(bytes(range(250)) * 32_000)
            self.kept.append(memory)
        segments = self.segments(iter(audio), request)
        return list(segments) if self.fault == "not-generator" else segments

    def segments(self, audio: Iterator[AudioChunk], request: SttRequest) -> Iterator[Segment]:
        begun: int | None = None
        last = quiet = count = 0
        try:
            for window in self.numbered(audio):
                number = count = window[0] + 1
                if window[1] > 0.02:
                    begun, last, quiet = number - 1 if begun is None else begun, number, 0
                    if request.partials or self.fault == "partial-only":
                        start = 0 if self.fault == "partial-back" else begun
                        yield Segment(start * WINDOW / RATE, number * WINDOW / RATE, "sound", final=False)
                elif begun is not None and (quiet := quiet + 1) == QUIET_WINDOWS:
                    yield from self.final(begun, last, request)
                    begun = None
            if begun is not None:
                yield from self.final(begun, last, request)
        except InputError:
            if self.fault != "swallow":
                raise
        finally:
            if self.fault == "cancel":
                list(audio)
        if self.fault == "silence":
            1 / count

    def numbered(self, audio: Iterator[AudioChunk]) -> Iterator[tuple[int, float]]:
        """The number and loudness of every window."""
        rest, number = np.zeros(0, np.float32), 0
        for chunk in audio:
            if chunk.sample_rate != RATE and self.fault == "bare":
                raise ValueError("unexpected rate")
            if chunk.sample_rate != RATE and self.fault != "rate":
                raise InputError(f"planted/ear takes {RATE} Hz, not {chunk.sample_rate} Hz. Resample it.")
            if self.fault == "mutate":
                np.multiply(chunk.samples, 0.9, out=chunk.samples)
            rest = np.concatenate([rest, chunk.samples])
            while len(rest) >= WINDOW:
                yield number, float(np.sqrt(np.mean(rest[:WINDOW] ** 2)))
                rest, number = rest[WINDOW:], number + 1

    def final(self, begun: int, last: int, request: SttRequest) -> Iterator[Segment]:
        if self.fault == "partial-only":
            return
        if self.fault == "state":
            self.begun = begun = min(begun, self.begun)  # of all utterances
        start, end = begun * WINDOW / RATE, last * WINDOW / RATE
        words = (Word(start, end, "sound"),) if request.words else ()
        segment = Segment(start, end, f"sound of {last - begun} windows", words)
        if self.fault in CHANGES:
            segment = CHANGES[self.fault](segment)
        yield from [segment] * (3 if self.fault == "many" else 1)
