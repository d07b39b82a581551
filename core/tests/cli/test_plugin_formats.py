"""Transcript formats of plugins, as users name them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FORMATS = """
    from voicebridge import FormatSpec, hookimpl

    @hookimpl
    def voicebridge_transcript_formats():
        yield FormatSpec(name="shout", factory="PACKAGE.formats:Shout", words=True, speakers=True)
        yield FormatSpec(name="pack", factory="PACKAGE.formats:Pack", binary=True)
        yield FormatSpec(name="txt", factory="PACKAGE.formats:Shout")
"""
WRITERS = """
    class Shout:
        def __init__(self, file, words):
            self.file = file

        def write(self, segment):
            print("a plugin prints")
            self.file.write(segment.text.upper() + "\\n")

        def finish(self, heard):
            self.file.write("END\\n")

    class Pack(Shout):
        def write(self, segment):
            self.file.write(segment.text.encode("utf-16"))

        def finish(self, heard):
            self.file.seek(0)
            self.file.write(b"PK")
"""
MODEL = """
    from voicebridge import SttSpec, hookimpl

    @hookimpl
    def voicebridge_stt_models():
        yield SttSpec(name="tiny", factory="PACKAGE.engine:Engine", words=True)
"""
ENGINE = """
    from voicebridge import Segment

    class Engine:
        def __init__(self, name, options):
            pass

        def transcribe(self, audio, request):
            for chunk in audio:
                pass
            yield Segment(0.0, 1.0, f"words {request.words}", language="en")

        def close(self):
            pass
"""

Run = Callable[..., Any]


@pytest.fixture
def talk(site: Any, record: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A recording in the current folder, with a plugin for a model and one for formats."""
    site.install("asr", MODEL, engine=ENGINE)
    site.install("acme", FORMATS, formats=WRITERS)
    monkeypatch.chdir(tmp_path)
    return record("talk.wav")


def test_a_format_of_a_plugin_is_written_beside_the_recording(talk: Path, run: Run) -> None:
    ran = run("stt", "talk.wav", "-f", "shout", "-f", "pack", "-f", "txt")
    assert (ran.code, ran.out) == (0, "")
    assert talk.with_name("talk.shout").read_text() == "WORDS TRUE\nEND\n"
    assert talk.with_name("talk.pack").read_bytes().startswith(b"PKw\0o\0")
    assert talk.with_name("talk.txt").read_text() == "words True\n"
    assert sorted(path.name for path in talk.parent.iterdir() if path.name.startswith(("talk", ".talk"))) == [
        "talk.pack", "talk.shout", "talk.txt", "talk.wav",
    ]  # fmt: skip


def test_words_are_requested_only_for_a_format_that_wants_them(talk: Path, run: Run) -> None:
    assert run("stt", "talk.wav", "-f", "acme/pack", "-f", "txt").code == 0
    assert talk.with_name("talk.txt").read_text() == "words False\n"


def test_the_suffix_of_the_output_names_a_format(talk: Path, run: Run) -> None:
    assert run("stt", "talk.wav", "-o", "notes.SHOUT").code == 0
    assert talk.with_name("notes.SHOUT").read_text() == "WORDS TRUE\nEND\n"
    ran = run("stt", "talk.wav", "-o", "notes.shut")
    assert ran.code == 2
    assert "Cannot infer the format from notes.shut. Add one of -f txt, -f srt," in ran.err
    assert "-f shout, -f pack, -f acme/txt." in ran.err


def test_a_built_in_format_is_never_replaced(talk: Path, run: Run) -> None:
    assert run("stt", "talk.wav", "-f", "txt").code == 0
    assert talk.with_name("talk.txt").read_text() == "words False\n"
    assert run("stt", "talk.wav", "-f", "acme/txt", "--overwrite").code == 0
    assert talk.with_name("talk.txt").read_text() == "WORDS FALSE\nEND\n"
    ran = run("stt", "talk.wav", "-f", "txt", "-f", "acme/txt", "--overwrite")
    assert "The formats txt and acme/txt have the same file extension. Give one of them." in ran.err
    [record] = [each for each in json.loads(run("plugins", "list", "--json").out) if each["name"] == "acme"]
    assert record["reason"] == "its format 'txt' can be used only as acme/txt, because VoiceBridge has one of that name."


def test_an_unknown_format_names_the_closest_and_all(talk: Path, run: Run) -> None:
    ran = run("stt", "talk.wav", "-f", "shot")
    assert ran.code != 0
    assert "Unknown format 'shot'. Did you mean 'shout'? Known: txt, srt," in ran.err
    assert ran.err.rstrip().endswith("ttml, shout, pack, acme/txt.")


def test_a_name_of_two_plugins_is_ambiguous(talk: Path, site: Any, run: Run) -> None:
    site.install("rival", FORMATS, formats=WRITERS)
    ran = run("stt", "talk.wav", "-f", "shout")
    assert "The format 'shout' is ambiguous: acme/shout, rival/shout. Use a full name." in ran.err
    assert run("stt", "talk.wav", "-f", "rival/shout").code == 0
    assert talk.with_name("talk.shout").exists()


def test_text_is_printed_and_bytes_are_not(talk: Path, run: Run) -> None:
    ran = run("stt", "talk.wav", "-f", "shout", "-o", "-", "--quiet")
    assert (ran.code, ran.out) == (0, "WORDS TRUE\nEND\n")
    ran = run("stt", "talk.wav", "-f", "pack", "-o", "-")
    assert "acme/pack is a binary format and can't be printed. Give a file with -o." in ran.err


def test_a_format_without_speakers_says_so(talk: Path, record: Callable[..., Path], run: Run) -> None:
    record("call.wav", layout="stereo")
    ran = run("stt", "call.wav", "-f", "pack", "-f", "shout", "--channels", "Anna,Ben")
    assert "The format acme/pack doesn't show who speaks." in ran.err
    assert "acme/shout doesn't" not in ran.err


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("def __init__(self, file, words): raise ValueError('bad luck')", "failed: ValueError: bad luck"),
        ("def write(self, segment): raise SystemExit(3)", "failed: SystemExit: 3"),
        ("def write(self, segment): self.file.write(b'bytes')", "failed: TypeError: "),
        ("def finish(self, heard): self.file.close()", "has closed the file that it writes"),
        ("def finish(self, heard): self.file.detach()", "has closed the file that it writes"),
        ("write = None", "is a Bad, which has no method write"),
    ],
)
def test_a_faulty_writer_costs_only_its_file(body: str, what: str, talk: Path, site: Any, run: Run) -> None:
    bad = """
        from PACKAGE.base import Shout

        class Bad(Shout):
            BODY
    """.replace("BODY", body)
    site.install("bad", FORMATS.replace("Shout", "Bad").replace('"shout"', '"bad"'), base=WRITERS, formats=bad)
    ran = run("stt", "talk.wav", "-f", "bad", "-f", "txt")
    assert ran.code == 1
    [line] = ran.err.strip().splitlines()
    assert what in line
    assert "The transcript format bad/bad " in line
    assert "Report it to the maintainers of bad-plugin." in line
    assert "Traceback" not in ran.err
    assert talk.with_name("talk.txt").read_text() == "words True\n"
    assert not talk.with_name("talk.bad").exists()
    assert [path.name for path in talk.parent.iterdir() if path.name.endswith("-new")] == []


def test_a_repaired_plugin_needs_no_second_transcription(talk: Path, site: Any, run: Run) -> None:
    site.install("bad", FORMATS.replace('"shout"', '"bad"'), formats=WRITERS.replace("def write(self, segment):", "def write(self):"))
    assert "Continue with --resume." in run("stt", "talk.wav", "-f", "bad", "-f", "txt").err
    formats = next(site.path.glob("planted_bad*/formats.py"))
    formats.write_text(formats.read_text().replace("def write(self):", "def write(self, segment):"))
    import sys

    for name in [name for name in sys.modules if name.startswith("planted_")]:
        del sys.modules[name]
    assert run("stt", "talk.wav", "-f", "bad", "-f", "txt", "--resume").code == 0
    assert talk.with_name("talk.bad").read_text() == "WORDS TRUE\nEND\n"
    assert sorted(path.name for path in talk.parent.iterdir() if path.name.startswith(".talk")) == []


def test_completion_offers_the_formats_of_plugins(talk: Path, home: Path) -> None:
    from voicebridge.cli.shared.completing import transcript_formats
    from voicebridge.cli.shared.state import RunState

    class Context:
        obj = RunState()

    context: Any = Context()
    assert transcript_formats(context, "s") == ["srt", "shout"]
    assert transcript_formats(context, "acme/") == ["acme/txt"]


def test_no_plugin_is_loaded_for_a_built_in_format() -> None:
    from voicebridge.stt.choose import formats_of

    def load() -> Any:
        raise AssertionError("plugins were loaded")

    formats = formats_of(load)
    assert formats.check_all(["TXT", "srt", "txt"]) == ["txt", "srt"]
    assert formats.of_extension("VTT") == "vtt"
