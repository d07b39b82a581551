"""Invalid input of ``voicebridge tts``: one clear line, a specific exit code, and no partial files."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

posix = pytest.mark.skipif(os.name != "posix", reason="permissions and closed streams as POSIX has them")
AS_ROOT = sys.platform == "linux" and os.geteuid() == 0
NO_PRIVILEGE = ("setpriv", "--bounding-set", "-all", "--inh-caps", "-all") if AS_ROOT else ()
"""Root bypasses file permissions; without its capabilities, the permissions of its own files apply."""

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def refused(expect_refusal: Callable[..., str], voicebridge: Run) -> Callable[..., str]:
    """The error of a run in another process."""
    return partial(expect_refusal, voicebridge)


@pytest.fixture
def refused_here(expect_refusal: Callable[..., str], run_here: Run) -> Callable[..., str]:
    """The same in this process."""
    return partial(expect_refusal, run_here)


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ([], 2, "There is no text to speak"),
        ([""], 1, "The text is empty"),
        ([" \n "], 1, "The text is empty"),
        (["… — !?"], 1, "text contains nothing to speak"),
        (["😀 🎉"], 1, "text contains nothing to speak"),
        (["你好世界"], 2, "The text is in Chinese characters, which piper/joe can't read: it speaks en. Use one that can: --voice huayan"),
        (["Смерть и жизнь", "--dry-run"], 2, "Use one that can: --voice irina"),
        (["hi", "--json"], 2, "Add --dry-run"),
        (["… — !?", "--dry-run"], 1, "text contains nothing to speak"),
        (["absent.md"], 1, "absent.md does not exist"),
        (["folder"], 1, "folder is a folder"),
        (["empty.txt"], 1, "empty.txt is empty"),
        (["binary.txt"], 1, "binary.txt is not text"),
        (["broken.epub"], 1, "broken.epub"),
        (["archive.epub"], 1, "archive.epub"),
        (["broken.pdf"], 1, "broken.pdf"),
        (["Hello.", "-m", "jo"], 2, "Did you mean 'joe'?"),
        (["Hello.", "--voice", "jo"], 2, "Did you mean 'joe'?"),
        (["Hello.", "-l", "de"], 2, "doesn't support the language 'de'"),
        (["Hello.", "-f", "mp4"], 2, "Unknown audio format 'mp4'"),
        (["Hello.", "-o", "a.doc"], 2, "Add one of -f"),
        (["Hello.", "-o", "folder/"], 2, "Add one of -f"),
        (["Hello.", "-o", "taken.wav"], 1, "--overwrite"),
        (["Hello.", "--no-play"], 2, "does nothing"),
        (["Hello.", "--resume"], 2, "Give a file with -o"),
        (["Hello.", "--clipboard"], 2, "don't go together"),
        (["Hello.", "-O", "noise=1"], 2, "noise"),
        (["No speaker here.", "--script", "-o", "a.wav"], 1, "Line 1 of the script has no speaker"),
        (["A: Hello.\nB: Good day.", "--script", "-o", "a.wav"], 2, "supports only 1 speaker, not 2"),
        (["A: Hello.", "--script", "--voice", "C=joe", "-o", "a.wav"], 2, "The script has no speaker 'C'"),
        (["Hello.", "--voice", "joe", "--voice", "joe"], 2, "--script"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_mistake_is_one_clear_line(refused_here: Callable[..., str], tmp_path: Path, words: list[str], code: int, says: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty.txt").touch()
    (tmp_path / "binary.txt").write_bytes(np.random.default_rng(1).bytes(5000))
    (tmp_path / "broken.epub").write_bytes(b"PK\x03\x04" + bytes(300))
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7\n" + bytes(300))
    with zipfile.ZipFile(tmp_path / "archive.epub", "w") as archive:
        archive.writestr("letter.txt", "Dear Ada")
    (tmp_path / "taken.wav").write_text("by hand")

    assert says in refused_here("tts", *words, code=code)
    assert (tmp_path / "taken.wav").read_text() == "by hand"


def pdf(*, encrypted: bool) -> bytes:
    """A page without text, as from a scanner, optionally encrypted with an unknown password."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
        b"<< /Filter /Standard /V 1 /R 2 /P -4 /O <" + b"41" * 32 + b"> /U <" + b"42" * 32 + b"> >>",
    ]
    out = b"%PDF-1.4\n"
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"/Encrypt 4 0 R /ID [<3031> <3031>]" if encrypted else b""
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    return out + head + table + b"trailer\n<< /Size 5 /Root 1 0 R %b >>\nstartxref\n%d\n%%%%EOF\n" % (trailer, len(out))


@pytest.mark.parametrize(("encrypted", "says"), [(True, "Remove its password"), (False, "text")], ids=["encrypted", "scanned"])
def test_a_pdf_without_readable_text_is_one_clear_line(refused: Callable[..., str], tmp_path: Path, encrypted: bool, says: str) -> None:
    (tmp_path / "paper.pdf").write_bytes(pdf(encrypted=encrypted))

    said = refused("tts", "paper.pdf", "-o", "paper.mp3")

    assert "paper.pdf" in said
    assert says in said


def test_a_line_of_a_hundred_thousand_letters_is_read_in_pieces(voicebridge: Run, tmp_path: Path) -> None:
    """Stopped by a limit on the size of the file, because all of it would take more than an hour."""
    (tmp_path / "long.txt").write_text("word " * 20_000, encoding="utf-8")
    process = subprocess.Popen(
        [str(Path(sys.executable).with_name("voicebridge")), "tts", "long.txt", "-o", "-", "-q"],
        cwd=tmp_path, env={**os.environ, "VOICEBRIDGE_OFFLINE": "1"}, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None

    got = process.stdout.read(22_050 * 2 * 20)
    process.stdout.close()

    assert len(got) == 22_050 * 2 * 20
    assert process.wait(60) == 0


@posix
def test_an_output_folder_without_permission_is_one_clear_line(refused: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "sealed").mkdir()
    (tmp_path / "sealed").chmod(0o555)

    assert "sealed/a.wav can't be written: permission denied" in refused("tts", "Hello.", "-o", "sealed/a.wav", before=NO_PRIVILEGE)


@pytest.mark.parametrize("ending", ["wav", "mp3", "m4b"])
def test_a_full_disk_is_one_clear_line_and_leaves_nothing(refused: Callable[..., str], full_disk: Path, ending: str) -> None:
    said = refused("tts", "Hello there, this is a sentence.", "-o", f"disk/a.{ending}")

    assert f"disk/a.{ending} can't be written: No space left on device." in said


@posix
@pytest.mark.parametrize(("redirection", "code", "says"), [(">&-", 1, "Standard output"), ("| head -c 100 >/dev/null", 0, "")])
def test_a_standard_output_that_takes_nothing_is_one_clear_line(
    command: str, environment: dict[str, str], redirection: str, code: int, says: str
) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f'"{command}" tts "Hello there, this is a sentence." -o - {redirection}'],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == code, done
    assert len(done.stderr.splitlines()) == (1 if says else 0), done.stderr
    assert says in done.stderr


@pytest.mark.parametrize("name", ["voice.wav", "voice.pt", "voice.npy"])
def test_a_pickle_that_poses_as_a_voice_is_refused_and_never_loaded(refused: Callable[..., str], tmp_path: Path, name: str) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.mkdir, (str(tmp_path / "sprung"),)

    (tmp_path / name).write_bytes(pickle.dumps(Trap()))

    assert name in refused("voices", "add", "mine", name, "--yes")
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize(
    ("seconds", "level"), [(10.0, 0.0), (1.0, 0.3), (600.0, 0.3)], ids=["ten seconds of silence", "one second", "ten minutes"]
)
def test_a_voice_sample_that_will_not_do_is_one_clear_line(
    refused: Callable[..., str], tmp_path: Path, sample_at: Callable[[int], Any], seconds: float, level: float
) -> None:
    import wave

    speech = sample_at(16_000)
    sound = np.resize(speech, round(seconds * 16_000)) * (level / np.abs(speech).max())
    with wave.open(str(tmp_path / "sample.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes((sound * 32_767).astype("<i2").tobytes())

    assert "sample.wav" in refused("voices", "add", "mine", "sample.wav", "--yes")
