"""Regular expressions that are compiled on first use."""

from __future__ import annotations

import gc
import importlib
import pkgutil
import re
import subprocess
import sys

import pytest
from voicebridge import documents, patterns
from voicebridge.dictation import text as dictated
from voicebridge.patterns import pattern
from voicebridge.tts import text as tts_text

READ = """
import re, sys
compile_, compiled = re.compile, []
def noted(source, flags=0):
    caller = sys._getframe(1).f_globals["__name__"]
    if caller.startswith("voicebridge."):
        compiled.append(source)
    return compile_(source, flags)
re.compile = noted
from voicebridge import scripts
from voicebridge.tts.text import normalize, script
from voicebridge.documents.read import read_text
from voicebridge.tts.text.pieces import Manner, pieces_of
print(len(compiled))
[piece] = pieces_of(read_text("The train leaves soon, and the tickets are in the bag."), Manner("en", 0, True, {}, 0.2, 0.5))
scripts.unreadable(piece.written, frozenset({"en"}))
print(len(compiled), sum("\\u1cff" in source or "\\\\u9fff" in source for source in compiled))
print(piece.text)
"""


def test_an_expression_does_what_a_compiled_one_does() -> None:
    words, either = pattern(r"(\w)\w*"), pattern("B", re.IGNORECASE)
    assert words.findall("ab cd") == ["a", "c"]
    assert words.sub(r"\1", "ab cd") == "a c"
    assert either.split("abc") == ["a", "c"]
    assert pattern(rb"\d").search(b"a1") is not None
    assert (words.pattern, words.groups) == (r"(\w)\w*", 1)


def test_what_is_no_expression_is_told_at_its_first_use() -> None:
    wrong = pattern("(")
    with pytest.raises(re.error):
        wrong.match("a")


def test_all_expressions_of_the_rules_are_right() -> None:
    for package in (documents, dictated, tts_text):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    # By its type: isinstance would read other libraries' proxies' __class__, and some then warn or import.
    found = [each for each in gc.get_objects() if type(each) is patterns._Later and each._source != "("]
    assert len(found) > 100
    for each in found:
        each.match(b"" if isinstance(each._source, bytes) else "")


def test_a_short_text_compiles_few_expressions_and_none_for_scripts_that_it_is_not_in() -> None:
    done = subprocess.run([sys.executable, "-c", READ], capture_output=True, text=True, check=True, timeout=60)
    imported, read, spoken = done.stdout.splitlines()
    assert imported == "0"
    count, wide = map(int, read.split())
    assert 0 < count < 30
    assert wide == 0
    assert spoken == "The train leaves soon, and the tickets are in the bag."
