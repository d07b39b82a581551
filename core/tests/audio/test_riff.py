"""WAV and AIFF files whose headers don't match their content: everything is read, and correct headers are respected."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from voicebridge import InputError
from voicebridge.audio.decode import AudioReader
from voicebridge.audio.riff import repaired, repaired_head
from voicebridge.audio.splice import Spliced

RATE = 16_000
COUNT = 4 * RATE
SOUND = (0.5 * np.sin(2 * np.pi * (200 + 100 * np.arange(COUNT) / RATE) * np.arange(COUNT) / RATE)).astype(np.float32)
PCM = (SOUND * 32_767).astype("<i2").tobytes()
SIZE = len(PCM)
PLAIN = struct.pack("<HHIIHH", 1, 1, RATE, 2 * RATE, 2, 16)
INFO = b"LIST" + struct.pack("<I", 14) + b"INFOISFT\x02\0\0\0a\0"
ODD = b"LIST" + struct.pack("<I", 13) + b"INFOISFT\x01\0\0\0a"


def chunk(kind: bytes, content: bytes, size: int | None = None) -> bytes:
    return kind + struct.pack("<I", len(content) if size is None else size) + content


def riff(*chunks: bytes, size: int | None = None, kind: bytes = b"RIFF") -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return kind + struct.pack("<I", len(body) if size is None else size) + body


def wav(size: int, riff_size: int | None = None, after: bytes = b"") -> bytes:
    return riff(chunk(b"fmt ", PLAIN), chunk(b"data", PCM, size), after, size=riff_size)


def rf64(stated: int, kind: bytes = b"RF64", data: int = 0xFFFFFFFF) -> bytes:
    sizes = struct.pack("<QQQI", stated and stated + 72, stated, stated // 2, 0)
    return riff(chunk(b"ds64", sizes), chunk(b"fmt ", PLAIN), chunk(b"data", PCM, data), size=0xFFFFFFFF, kind=kind)


def extensible(container: int, used: int, channels: int = 1) -> bytes:
    block = channels * container // 8
    form = struct.pack("<HHIIHHHHIH14s", 0xFFFE, channels, RATE, block * RATE, block, container, 22, used, 0, 1,
                       b"\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71")  # fmt: skip
    numbers = (SOUND.repeat(channels).astype(np.float64) * (2 ** (used - 1) - 1)).astype("<i8") << (container - used)
    return riff(chunk(b"fmt ", form), chunk(b"data", numbers.view(np.uint8).reshape(-1, 8)[:, : container // 8].tobytes()))


def aiff(frames: int, size: int, form: int | None = None) -> bytes:
    common = b"COMM" + struct.pack(">IhIh", 18, 1, frames, 16) + bytes.fromhex("400cfa00000000000000")
    body = b"AIFF" + common + b"SSND" + struct.pack(">III", size, 0, 0) + (SOUND * 32_767).astype(">i2").tobytes()
    return b"FORM" + struct.pack(">I", len(body) if form is None else form) + body


def rifx(bits: int, coding: int = 1, *, extended: int | None = None, stated: int | None = None, after: bytes = b"") -> bytes:
    """A big-endian WAV; ``extended`` is where the extended format has its coding."""
    block = bits // 8
    form = struct.pack(">HHIIHH", coding if extended is None else 0xFFFE, 1, RATE, RATE * block, block, bits)
    if extended is not None:
        name = bytearray(b"\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71".rjust(16, b"\0"))
        name[extended] = coding
        form += struct.pack(">HHI", 22, bits, 4) + name
    if coding == 3:
        numbers = SOUND.astype(f">f{block}").tobytes()
    elif bits == 8:
        numbers = np.round(SOUND * 127 + 128).astype("u1").tobytes()
    else:
        numbers = np.round(SOUND.astype(np.float64) * (2 ** (bits - 1) - 1)).astype(">i8").view("u1").reshape(-1, 8)[:, -block:].tobytes()
    stated = len(numbers) if stated is None else stated
    body = b"WAVEfmt " + struct.pack(">I", len(form)) + form + b"data" + struct.pack(">I", stated) + numbers + after
    return b"RIFX" + struct.pack(">I", min(len(body) + max(0, stated - len(numbers)), 0xFFFFFFFF)) + body


WRONG = {
    "recorder crashed after a quarter": wav(SIZE // 4, SIZE // 4 + 36),
    "only the samples' size is old": wav(SIZE // 4),
    "size wrapped above 4 GiB": wav((1 << 32) + SIZE // 2 & 0xFFFFFFFF),
    "two stretches": riff(chunk(b"fmt ", PLAIN), chunk(b"data", PCM[: SIZE // 2]), INFO, chunk(b"data", PCM[SIZE // 2 :])),
    "RF64 never finished": rf64(0),
    "RF64 never finished, with zero": rf64(0, data=0),
    "RF64 with an old size": rf64(SIZE // 4),
    "BW64 with an old size": rf64(SIZE // 4, kind=b"BW64"),
    "RF64 with a size of 32 bits": rf64(0xFFFFFFFF),
    "RF64 with the largest size": riff(chunk(b"ds64", b"\xff" * 28), chunk(b"fmt ", PLAIN), chunk(b"data", PCM, 0xFFFFFFFF), kind=b"RF64"),
    "BW64 with a negative size": riff(
        chunk(b"ds64", bytes(15) + b"\x80" + bytes(12)), chunk(b"fmt ", PLAIN), chunk(b"data", PCM, 0), kind=b"BW64"
    ),
    "RF64 without its sizes": riff(chunk(b"fmt ", PLAIN), chunk(b"data", PCM, 0xFFFFFFFF), kind=b"RF64"),
    "RF64 whose samples alone state their size": rf64(0, data=SIZE),
    **{f"highest bytes first, {bits} bits": rifx(bits) for bits in (8, 16, 24, 32)},
    **{f"highest bytes first, floating point of {bits} bits": rifx(bits, 3) for bits in (32, 64)},
    "highest bytes first, extended": rifx(24, extended=3),
    "highest bytes first, extended, with its coding as everywhere else": rifx(32, 3, extended=0),
    "highest bytes first, never finished": rifx(16, stated=0),
    "highest bytes first, unknown": rifx(24, stated=0xFFFFFFFF),
    "highest bytes first, with an old size": rifx(16, stated=SIZE // 4),
    "highest bytes first, tags after": rifx(16, after=b"LIST" + struct.pack(">I", 14) + b"INFOISFT\0\0\0\x02a\0"),
    "no byte after an odd chunk": riff(ODD, chunk(b"fmt ", PLAIN), chunk(b"data", PCM)),
    "AIFF never finished": aiff(0, 0, 0),
    "AIFF with a size of 8": aiff(0, 8, 46),
    "AIFF with an old size": aiff(COUNT // 4, SIZE // 4 + 8),
    **{
        f"{used} bits in {container}": extensible(container, used) for container, used in ((32, 24), (32, 20), (32, 16), (16, 12), (24, 20))
    },
    "24 bits in 32, stereo": extensible(32, 24, 2),
}
RIGHT = {
    "plain": wav(SIZE),
    "tags after": wav(SIZE, after=INFO + chunk(b"id3 ", b"x" * 3_000)),
    "zero": wav(0, 36),
    "unknown": wav(0xFFFFFFFF, 0xFFFFFFFF),
    "a tag without a chunk after": wav(SIZE, after=b"TAG" + bytes(125)),
    "RF64": rf64(SIZE),
    "AIFF": aiff(COUNT, SIZE + 8),
    "32 bits": extensible(32, 32),
}


def read(source: Path | io.RawIOBase, **stretch: float) -> tuple[npt.NDArray[np.float32], str | None]:
    with AudioReader(source, "talk", **stretch) as reader:  # type: ignore[arg-type]
        return np.concatenate([each.samples for each in reader.chunks(RATE)]), reader.damage


@pytest.mark.parametrize("what", [*WRONG, *RIGHT])
def test_all_that_a_file_holds_is_read_whatever_its_header_says(tmp_path: Path, what: str) -> None:
    (tmp_path / "a.wav").write_bytes({**WRONG, **RIGHT}[what])

    sound, damage = read(tmp_path / "a.wav")
    assert damage is None
    assert len(sound) == pytest.approx(COUNT, abs=100)
    assert np.abs(sound[:COUNT] - SOUND).max() < (0.01 if "8 bits" in what else 0.001)
    late, _ = read(tmp_path / "a.wav", start=3.2, end=3.7)
    assert np.abs(late - SOUND[round(3.2 * RATE) : round(3.7 * RATE)]).max() < (0.01 if "8 bits" in what else 0.001)


@pytest.mark.parametrize("what", RIGHT)
def test_a_header_that_is_right_is_left_as_it_is(what: str) -> None:
    assert repaired(io.BytesIO(RIGHT[what])) is None


@pytest.mark.parametrize(
    ("content", "seconds"),
    [
        (rf64(1 << 40), "34359738.4"),
        (rf64((1 << 40) - 2, kind=b"BW64"), "34359738.4"),
        (rf64(2 * SIZE), "8.0"),
        (rf64(0, data=2 * SIZE), "8.0"),
        (wav(2 * SIZE, 2 * SIZE + 36), "8.0"),
        (rifx(16, stated=2 * SIZE), "8.0"),
        (rifx(24, stated=3 * SIZE), "8.0"),
    ],
)
def test_what_is_missing_from_a_file_that_is_shorter_than_its_sizes_is_said(tmp_path: Path, content: bytes, seconds: str) -> None:
    (tmp_path / "a.wav").write_bytes(content)

    sound, damage = read(tmp_path / "a.wav")
    assert np.abs(sound - SOUND).max() < 0.001
    assert damage == f"talk ends early: 4.0 s of {seconds} s could be read. Copy it again from its source."


def test_wav_files_joined_by_copying_are_read_to_their_end(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(wav(SIZE, after=INFO) + extensible(32, 24, 2) + rifx(24) + wav(SIZE))

    sound, damage = read(tmp_path / "a.wav")
    assert damage is None
    assert np.abs(sound - np.tile(SOUND, 4)).max() < 0.001
    late, _ = read(tmp_path / "a.wav", start=13)
    assert np.abs(late - SOUND[RATE:]).max() < 0.001


class Pipe(io.RawIOBase):
    def __init__(self, content: bytes) -> None:
        self._content = io.BytesIO(content)

    def read(self, size: int = -1) -> bytes:
        return self._content.read(size)


@pytest.mark.parametrize("what", [
    "RF64 never finished", "RF64 with the largest size", "24 bits in 32", "20 bits in 24", "plain", "tags after", "unknown",
    "highest bytes first, 24 bits", "highest bytes first, floating point of 64 bits", "highest bytes first, unknown",
])  # fmt: skip
def test_a_header_is_understood_from_a_pipe_too(what: str) -> None:
    sound, damage = read(Pipe({**WRONG, **RIGHT}[what]))

    assert damage is None
    assert np.abs(sound[:COUNT] - SOUND).max() < 0.001


def test_what_a_pipe_holds_beyond_the_header_s_size_is_said() -> None:
    sound, damage = read(Pipe(riff(chunk(b"fmt ", PLAIN), chunk(b"data", PCM * 4, SIZE))))

    assert len(sound) == COUNT
    assert damage == "talk could not be read past 4.0 s: it is longer than its header says. Save it as a file and give that."


def test_a_file_above_four_gibibytes_is_read_to_its_end(tmp_path: Path) -> None:
    total = (1 << 32) + SIZE
    with (tmp_path / "a.wav").open("wb") as file:
        file.write(wav(total & 0xFFFFFFFF))
        file.truncate(44 + total)  # a sparse region takes no space
        file.seek(44 + total - SIZE)
        file.write(PCM)

    with AudioReader(tmp_path / "a.wav") as reader:
        seconds = reader.duration
    assert seconds == total / 2 / RATE
    assert np.abs(read(tmp_path / "a.wav", start=seconds - 2)[0] - SOUND[2 * RATE :]).max() < 0.001


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from([*WRONG.values(), *RIGHT.values()]),
    st.lists(st.tuples(st.integers(0, 90), st.binary(min_size=1, max_size=8)), max_size=4),
)
def test_a_header_that_is_damaged_at_random_does_no_harm(content: bytes, changes: list[tuple[int, bytes]]) -> None:
    damaged = bytearray(content[:4_000])
    for at, replacement in changes:
        damaged[at : at + len(replacement)] = replacement
    assert isinstance(repaired_head(bytes(damaged)), bytes)
    pieces = repaired(io.BytesIO(damaged))
    if pieces is not None:
        assert all(isinstance(piece, bytes) or 0 <= piece[0] <= piece[1] <= len(damaged) for piece in pieces)
    try:
        with AudioReader(io.BytesIO(bytes(damaged)), "talk") as reader:
            for _ in reader.chunks(RATE):
                pass
    except InputError:
        pass


@given(st.lists(st.one_of(st.binary(max_size=9), st.tuples(st.integers(0, 50), st.integers(50, 99))), max_size=5), st.data())
def test_spliced_pieces_are_read_as_one_file(pieces: list[bytes | tuple[int, int]], data: st.DataObject) -> None:
    content = bytes(range(100))
    whole = io.BytesIO(b"".join(piece if isinstance(piece, bytes) else content[piece[0] : piece[1]] for piece in pieces))
    spliced = Spliced(io.BytesIO(content), pieces)
    for _ in range(4):
        at = data.draw(st.integers(0, len(whole.getvalue()) + 3))
        assert spliced.seek(at) == whole.seek(at) == spliced.tell()
        got = b"".join(iter(lambda: spliced.read(7), b""))
        assert got == whole.read()
