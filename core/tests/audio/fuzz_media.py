"""Read damaged recordings until one causes a failure: ``python fuzz_media.py FOLDER COUNT [SEED]``.

Every mutation has its own seed, so the last printed line tells how to reproduce it. An exception other than InputError, a crash of the
libraries, and more memory than the limit end the process with a failure; the caller must detect hangs.
"""

from __future__ import annotations

import random
import sys
import tempfile
from pathlib import Path

from voicebridge import InputError
from voicebridge.audio.decode import AudioReader

MEMORY = 3 << 30
"""Bytes of address space, of which the libraries themselves take about a third."""
MOST_SOUND = 20_000.0
"""Seconds of audio after which reading a recording is stopped: a header may declare any amount of silence."""
EXTREMES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 1_000_000_000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def mutate(recordings: list[bytes], chance: random.Random) -> bytes:
    """Damage one of the recordings in one to six ways."""
    content = bytearray(chance.choice(recordings))
    for _ in range(chance.choice((1, 1, 1, 2, 3, 6))):
        if len(content) >= 16:
            _damage(content, chance.choice(recordings), chance)
    return bytes(content)


def _damage(content: bytearray, other: bytes, chance: random.Random) -> None:
    within = chance.choice((64, 512, 4096, len(content)))  # errors in headers do most damage
    at = chance.randrange(min(within, len(content)))
    from_other = chance.randrange(len(other))
    size = chance.choice((1, 4, 64, 1000, 20_000))
    match chance.randrange(9):
        case 0:  # truncation
            del content[chance.randrange(len(content)) :]
        case 1:  # flipped bits
            for _ in range(chance.choice((1, 4, 32, 200))):
                content[chance.randrange(min(within, len(content)))] ^= 1 << chance.randrange(8)
        case 2:  # noise
            content[at : at + size] = chance.randbytes(len(content[at : at + size]))
        case 3:  # a repeated block
            content[at:at] = content[at : at + size] * chance.choice((1, 3, 20))
        case 4:  # a large number
            width = chance.choice((1, 2, 4, 8))
            number = chance.choice(EXTREMES) & ((1 << 8 * width) - 1)
            content[at : at + width] = number.to_bytes(width, chance.choice(("big", "little")))
        case 5:  # one format's start, another's end
            content[at:] = other[from_other:]
        case 6:  # a part of another format
            content[at : at + size] = other[from_other : from_other + size]
        case 7:  # a missing part
            del content[at : at + size]
        case _:  # zeros, as in lost sectors
            content[at : at + size] = bytes(len(content[at : at + size]))


def read(path: Path, chance: random.Random) -> str:
    """Read a recording as the command line might, and return the outcome."""
    start = chance.choice((0.0, 0.0, 0.0, 0.5, 3.2))
    end = chance.choice((None, None, None, start + 0.7))
    try:
        with AudioReader(path, start=start, end=end, track=chance.choice((None, None, None, 1, 2))) as reader:
            seconds = 0.0
            for chunk in reader.chunks(16_000):
                seconds += chunk.duration
                if seconds > MOST_SOUND:
                    break
    except InputError as error:
        assert "\n" not in str(error), error
        return "refused"
    return "read"


def main() -> None:
    """Read the given number of damaged recordings."""
    folder, count, seed = Path(sys.argv[1]), int(sys.argv[2]), int((sys.argv[3:] or ["0"])[0])
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    recordings = [path.read_bytes() for path in sorted(folder.iterdir())]
    with tempfile.TemporaryDirectory() as scratch:
        for number in range(seed, seed + count):
            chance = random.Random(number)
            path = Path(scratch, "recording")
            path.write_bytes(mutate(recordings, chance))
            sys.stdout.write(f"{number} ")
            sys.stdout.flush()  # so that the parent process sees the progress
            sys.stdout.write(f"{read(path, chance)}\n")


if __name__ == "__main__":
    main()
