import os

import numpy as np
from voicebridge import InputError, Segment

RATE, STEP = 16_000, 800


class Engine:
    def __init__(self, name, options):
        self.fault = options.fault
        if self.fault == "chdir":
            os.chdir("/")

    def transcribe(self, audio, request):
        held, at, start = np.zeros(0, np.float32), 0, None
        if self.fault == "print":
            print("loading the decoder ...")
        for chunk in audio:
            if chunk.sample_rate != RATE:
                if self.fault == "bare":
                    raise ValueError("bad rate")
                raise InputError(f"faulty takes {RATE} Hz, not {chunk.sample_rate} Hz. Resample it.")
            held = np.concatenate([held, chunk.samples])
            while len(held) >= STEP:
                loud = np.sqrt((held[:STEP] ** 2).mean()) > 0.02
                held, at = held[STEP:], at + 1
                if loud and start is None:
                    start = at - 1
                elif not loud and start is not None:
                    yield self.beep(start, at - 1)
                    start = None
        if start is not None:
            yield self.beep(start, at)

    def beep(self, first, last):
        return Segment(first * STEP / RATE, last * STEP / RATE, " beep " if self.fault == "space" else "beep")

    def close(self):
        pass
