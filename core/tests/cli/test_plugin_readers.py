"""Document readers of plugins, in what users give to be read."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from voicebridge import InputError
from voicebridge.documents.read import read_document
from voicebridge.runtime.load import registry
from voicebridge.runtime.readers import document_readers

READERS = """
    from voicebridge import DocumentReaderSpec, hookimpl

    @hookimpl
    def voicebridge_document_readers():
        yield DocumentReaderSpec(
            name="notes", factory="PACKAGE.reader:Reader", suffixes=[".notes", ".txt"], starts=[b"NOTES", b"{\\\\rtf"],
            media_types=["application/x-notes"],
        )
"""
READER = """
    import io
    from voicebridge import Block, Document, InputError

    class Reader:
        def read(self, source):
            data = source.read()
            if b"damaged" in data:
                raise InputError(f"{source.name} is damaged. Get it again.")
            return Document(self.blocks(len(data)), title="Notes")

        def blocks(self, size):
            print("a plugin prints")
            yield Block("heading", "Read by acme", 1)
            yield Block("paragraph", f"It has {size} bytes.")
"""

Run = Callable[..., Any]


@pytest.fixture
def folder(acme: Any, site: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a plugin for voices and one for readers."""
    site.install("docs", READERS, reader=READER)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def archive(**parts: str) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as made:
        for name, text in parts.items():
            made.writestr(name, text)
    return whole.getvalue()


def spoken(run: Run, name: str) -> str:
    ran = run("tts", name, "-m", "acme/plain", "--dry-run")
    assert ran.code == 0, ran.err
    return str(ran.out)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.notes", b"some text"),
        ("a.txt", b"NOTES of a meeting"),
        ("a.bin", b"NOTES\0\1\2"),
        ("a.doc", b"{\\rtf1 Hello.}"),
        ("a.notes", b"\0\1\2\3"),
        ("a.zip", archive(mimetype="application/x-notes", a="x")),
        ("a", archive(mimetype="application/x-notes", a="x")),
    ],
)
def test_a_document_is_recognised_by_its_content_and_then_by_its_suffix(name: str, data: bytes, folder: Path, run: Run) -> None:
    (folder / name).write_bytes(data)
    assert "Read by acme" in spoken(run, name)


@pytest.mark.parametrize(("name", "data"), [("a.txt", b"Plain text."), ("a.notes", b"<html><p>A page.</p></html>"), ("a.md", b"# Text")])
def test_what_the_core_reads_stays_with_it(name: str, data: bytes, folder: Path, run: Run) -> None:
    (folder / name).write_bytes(data)
    assert "Read by acme" not in spoken(run, name)


def test_it_is_written_as_audio_from_python_too(folder: Path, run: Run, home: Path) -> None:
    import voicebridge

    (folder / "a.notes").write_bytes(b"text")
    assert run("tts", "a.notes", "-m", "acme/plain", "-o", "a.wav").code == 0
    assert (folder / "a.wav").stat().st_size > 1000
    assert voicebridge.save_speech(folder / "a.notes", folder / "b.wav", model="acme/plain", daemon=False).exists()


def test_a_missing_file_with_its_suffix_is_no_text(folder: Path, run: Run) -> None:
    ran = run("tts", "missing.notes", "-m", "acme/plain", "--dry-run")
    assert ran.code == 1
    assert "missing.notes does not exist. Check the name." in ran.err


def test_a_damaged_document_is_one_line(folder: Path, run: Run) -> None:
    (folder / "a.notes").write_bytes(b"damaged")
    ran = run("tts", "a.notes", "-m", "acme/plain", "-o", "a.wav")
    assert (ran.code, ran.err.strip()) == (1, "Error: a.notes is damaged. Get it again.")


def test_a_watched_folder_takes_its_files(folder: Path, run: Run) -> None:
    (folder / "inbox").mkdir()
    (folder / "inbox" / "a.notes").write_bytes(b"text")
    ran = run("watch", "inbox", "--tts", "-m", "acme/plain", "-f", "wav", "--once")
    assert ran.code == 0, ran.err
    assert (folder / "inbox" / "a.wav").exists()


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("raise ValueError('bad luck')", "failed: ValueError: bad luck"),
        ("raise SystemExit(3)", "failed: SystemExit: 3"),
        ("return 'text'", "returned a str, not a Document"),
        ("return Document(None)", "failed: TypeError: "),
        ("return Document(['text'])", "returned a str as a block"),
        ("return Document([Block('verse', 'text')])", "returned a block of the unknown kind 'verse'"),
        ("return Document([Block('heading', 'text', None)])", "returned a heading whose text, level or language has the wrong type"),
        ("return Document([], title=b'x')", "returned a Document whose title is a bytes"),
        ("return Document(1 / 0 for _ in 'x')", "failed: ZeroDivisionError: "),
    ],
)
def test_a_faulty_reader_is_named_with_its_package(body: str, what: str, acme: Any, site: Any, tmp_path: Path, run: Run) -> None:
    site.install("docs", READERS, reader=READER.replace("data = source.read()", body))
    (tmp_path / "a.notes").write_bytes(b"text")
    ran = run("tts", str(tmp_path / "a.notes"), "-m", "acme/plain", "-o", str(tmp_path / "a.wav"))
    assert ran.code == 1
    [line] = ran.err.strip().splitlines()
    assert f"The document reader docs/notes {what}" in line
    assert "Report it to the maintainers of docs-plugin." in line
    assert not (tmp_path / "a.wav").exists()


def test_without_its_plugin_the_message_names_one(home: Path, site: Any, tmp_path: Path) -> None:
    readers = document_readers(lambda: registry(None))
    path = tmp_path / "a.odt"
    path.write_bytes(archive(mimetype="application/vnd.oasis.opendocument.text", **{"content.xml": "<x/>"}))
    with pytest.raises(InputError, match="is an OpenDocument text. To read it, install: .*documents"):
        read_document(path, None, readers)


def test_plugins_show_has_the_suffixes(folder: Path, run: Run) -> None:
    assert "notes (.notes .txt)" in run("plugins", "show", "docs").out


def test_the_doctor_has_a_row_for_a_plugin_with_readers(folder: Path, site: Any, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(site.path))
    site.install("bad", READERS.replace("PACKAGE.reader", "PACKAGE.missing"))
    rows = {row["what"]: row for row in json.loads(run("doctor", "--json").out)}
    assert (rows["files of docs"]["verdict"], rows["files of docs"]["detail"]) == ("ok", "reads .notes .txt")
    assert rows["files of bad"]["verdict"] == "warning"
    assert "can't be imported" in rows["files of bad"]["detail"]
    assert "bad-plugin" in rows["files of bad"]["remedy"]
