"""The conformance tests of services catch faults that are planted in small ones."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest
from voicebridge import testing as kit
from voicebridge.ports import Window


class Board:
    def __init__(self, content: list[str], fault: str) -> None:
        self._content, self._fault = content, fault

    def read(self) -> str:
        return self._content[0] + ("\n" if self._fault == "a line break is added" else "")

    def selection(self) -> str:
        return ""

    def write(self, text: str) -> None:
        self._content[0] = text.encode("ascii", "replace").decode() if self._fault == "only ASCII" else text


@pytest.mark.parametrize("fault", ["", "a line break is added", "only ASCII"])
def test_a_clipboard_that_changes_the_text_is_caught(fault: str) -> None:
    class Contract(kit.ClipboardContract):
        content = [""]  # noqa: RUF012

        def create(self) -> Board:
            return Board(self.content, fault)

    check(Contract().test_what_is_written_is_read_back, "keep every character" if fault else "")


@pytest.mark.parametrize(("ids", "message"), [(["1"], ""), (["1", "2"], "the same values"), ([""], "with an id")])
def test_a_window_without_a_constant_id_is_caught(ids: list[str], message: str) -> None:
    numbers = itertools.cycle(ids)

    class Contract(kit.FocusContract):
        def create(self) -> Contract:
            return self

        def window(self) -> Window:
            return Window(next(numbers))

    check(Contract().test_the_window_is_told_the_same_way_twice, message)


@pytest.mark.parametrize(("fault", "message"), [("", ""), ("unquoted", "quote every word"), ("left", "remove the entry")])
def test_an_entry_that_is_unquoted_or_left_is_caught(fault: str, message: str) -> None:
    class Contract(kit.AutostartContract):
        def __init__(self) -> None:
            self.command: Sequence[str] | None = None

        def create(self) -> Contract:
            return self

        def install(self, command: Sequence[str]) -> None:
            self.command = " ".join(command).split() if fault == "unquoted" else command

        def uninstall(self) -> None:
            if fault != "left":
                self.command = None

        def installed(self) -> Sequence[str] | None:
            return self.command

    check(Contract().test_a_command_is_installed_replaced_and_removed, message)


def check(test: object, message: str) -> None:
    assert callable(test)
    if not message:
        test()
        return
    with pytest.raises(pytest.fail.Exception, match=message):
        test()
