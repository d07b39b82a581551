"""The conformance tests for formats and readers on fake plugins: each flaw fails exactly the test of the rule that it breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from core.tests.testing.conftest import Kit

pytest_plugins = ["pytester"]

FORMAT = """
from voicebridge import FormatSpec, hookimpl

@hookimpl
def voicebridge_transcript_formats():
    yield FormatSpec(name="lines", factory="fake.writer:Writer", speakers=True, description="Lines.")
"""
WRITER = """
import time
from voicebridge.stt.formats.text import named_line, one_line

class Writer:
    def __init__(self, file, words):
        self.file = file

    def write(self, segment):
        self.file.write(named_line(segment.speaker, one_line(segment.text)) + "\\n")

    def finish(self, heard):
        self.file.write("end\\n")
"""
FORMAT_FLAWS = [
    ("plugin", 'description="Lines."', "", "test_the_descriptor_is_documented_and_light"),
    ("plugin", "speakers=True, ", "", "test_speakers_are_shown_as_declared"),
    ("writer", '"end\\n"', "time.ctime(time.time())", "test_the_same_transcript_is_the_same_file"),
    ("writer", "one_line(segment.text)", "segment.text.encode('cp1252').decode()", "test_unusual_texts_and_times_do_no_harm"),
    ("writer", "self.file.write(named", "self.kept = (named", "test_all_that_is_said_is_written"),
    ("writer", '"end\\n"', "self.last", "test_silence_is_a_valid_file"),
]
READER = """
from voicebridge import DocumentReaderSpec, hookimpl

@hookimpl
def voicebridge_document_readers():
    yield DocumentReaderSpec(name="acme", factory="fake.reader:Reader", suffixes=[".acme"], starts=[b"ACME"], description="Acme.")
"""
READ = """
from voicebridge import Block, Document, InputError

class Reader:
    count = 0

    def read(self, source):
        data = source.read()
        if not (data.startswith(b"ACME") and data.endswith(b"END")):
            raise InputError(f"{source.name} is damaged. Get it again.")
        text = data[4:-3].decode("ascii", "replace")
        return Document([Block("paragraph", text)])
"""
READER_FLAWS = [
    ("plugin", 'description="Acme."', "", "test_the_descriptor_is_documented_and_light"),
    ("plugin", 'b"ACME"', 'b"NONE"', "test_the_content_decides_if_it_can"),
    ("reader", 'f"{source.name} is damaged. Get it again."', '"is\\ndamaged"', "test_a_truncated_document_is_refused_or_read"),
    ("reader", 'raise InputError(f"{source.name} is damaged. Get it again.")', "1 / 0", "test_a_damaged_document_is_refused_or_read"),
    ("reader", "text = data[4:-3]", "Reader.count += 1; text = str(Reader.count) + data[4:-3]", "test_a_document_can_be_read_twice"),
    ("reader", "[Block", "['' and Block", "test_its_documents_are_recognised_and_read"),
]
SAMPLE = "text = 'bees'\n    def sample(self): return b'ACME The bees leave. END'"


def test_a_good_format_passes(kit: Kit) -> None:
    passed, skipped, failed = kit.run("TranscriptFormatContract", "lines", "", {"plugin": FORMAT, "writer": WRITER}, subject="format")
    assert (len(passed), skipped, failed) == (7, set(), set())


@pytest.mark.parametrize(("module", "old", "new", "test"), FORMAT_FLAWS, ids=[flaw[3] for flaw in FORMAT_FLAWS])
def test_a_flaw_of_a_format_is_caught(module: str, old: str, new: str, test: str, kit: Kit) -> None:
    modules = {"plugin": FORMAT, "writer": WRITER}
    modules[module] = kit.changed(modules[module], [(old, new)])
    _, _, failed = kit.run("TranscriptFormatContract", "lines", "", modules, subject="format")
    assert test in {name.partition("[")[0] for name in failed}


def test_a_good_reader_passes(kit: Kit) -> None:
    passed, skipped, failed = kit.run("DocumentReaderContract", "acme", SAMPLE, {"plugin": READER, "reader": READ}, subject="reader")
    assert (len(passed), skipped, failed) == (6, set(), set())


@pytest.mark.parametrize(("module", "old", "new", "test"), READER_FLAWS, ids=[flaw[3] for flaw in READER_FLAWS])
def test_a_flaw_of_a_reader_is_caught(module: str, old: str, new: str, test: str, kit: Kit) -> None:
    modules = {"plugin": READER, "reader": READ}
    modules[module] = kit.changed(modules[module], [(old, new)])
    _, _, failed = kit.run("DocumentReaderContract", "acme", SAMPLE, modules, subject="reader")
    assert test in {name.partition("[")[0] for name in failed}
