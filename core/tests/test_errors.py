from __future__ import annotations

import re

import pytest
from voicebridge import errors
from voicebridge.errors import VoiceBridgeError, brief, cannot_read, nearest


def tree(root: type[VoiceBridgeError]) -> dict[str, int]:
    found = {root.__name__: root.exit_code}
    for child in root.__subclasses__():
        if child.__module__ == errors.__name__:
            found |= tree(child)
    return found


def test_the_tree_in_the_docstring_is_the_tree_of_classes() -> None:
    written = re.findall(r"(?:[├└]── )?(\w+)\s+(\d)(?:\s|$)", errors.__doc__ or "")
    assert {name: int(code) for name, code in written} == tree(VoiceBridgeError)


def test_every_error_says_in_its_docstring_when_it_is_raised() -> None:
    for name in tree(VoiceBridgeError):
        assert (getattr(errors, name).__doc__ or "").endswith("."), name


def test_a_near_name_is_offered_as_it_is_written() -> None:
    assert nearest("whisper/bse", ["whisper/base", "whisper/tiny"]) == " Did you mean 'whisper/base'?"
    assert nearest("voicebridge_offlin", iter(["VOICEBRIDGE_OFFLINE"])) == " Did you mean 'VOICEBRIDGE_OFFLINE'?"


def test_nothing_is_offered_where_nothing_is_near() -> None:
    assert nearest("zebra", ["whisper/base"]) == ""
    assert nearest("zebra", []) == ""


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("first line.\nsecond"), "ValueError: first line"),
        (RuntimeError(), "RuntimeError"),
        (OSError(2, "No such file"), "FileNotFoundError: [Errno 2] No such file"),
    ],
)
def test_a_strangers_error_is_told_in_one_line(error: Exception, line: str) -> None:
    assert brief(error) == line


def test_a_file_that_can_t_be_read_on_is_told_with_the_system_s_reason() -> None:
    assert str(cannot_read("a.wav", OSError(5, "Input/output error"))) == "a.wav can't be read: Input/output error. Try again."


def test_an_error_without_the_system_s_reason_is_told_by_its_type() -> None:
    assert str(cannot_read("a.wav", OSError("gone."))) == "a.wav can't be read: OSError: gone. Try again."
