"""One notification per dictation, which stays while the dictation is in progress and is updated."""

from __future__ import annotations

from threading import Event
from typing import cast

from voicebridge.dictation.notices import CANCELLED, LISTENING, NO_SPEECH, TAG, TRANSCRIBING, Notices
from voicebridge.dictation.services import DesktopServices
from voicebridge.testing.processes import PATIENCE, wait_until


class Shown:
    """Shown notifications: that of the dictation, and others."""

    def __init__(self) -> None:
        self.history: list[str] = []
        self.stays: str | None = None
        self.others: list[str] = []
        self.go_on = Event()
        self.go_on.set()

    def notify(self, body: str, tag: str | None = None, *, lasting: bool = False) -> bool:
        self.go_on.wait(PATIENCE)
        if tag == TAG:
            self.history.append(body)
            self.stays = body if lasting else None
        else:
            self.others.append(body)
        return True

    def withdraw(self, tag: str) -> None:
        assert tag == TAG
        self.stays = None


def staying(shown: Shown) -> str | None:
    return shown.stays


def notices(shown: Shown, wanted: bool = True) -> Notices:
    return Notices(cast(DesktopServices, shown), wanted)


def settle(shown: Shown, told: Notices) -> None:
    """Wait until everything is shown."""
    before = len(shown.others)
    told.problem("settled")
    wait_until(lambda: len(shown.others) > before, "the notices")


def test_a_dictation_is_visible_from_its_first_sample_to_its_text() -> None:
    shown = Shown()
    told = notices(shown)
    told.listening(1)
    settle(shown, told)
    assert staying(shown) == LISTENING
    told.partial(1, "Hello")
    settle(shown, told)
    assert staying(shown) == "Hello"
    told.transcribing(1)
    settle(shown, told)
    assert staying(shown) == TRANSCRIBING
    told.done(1)
    settle(shown, told)
    assert staying(shown) is None
    told.close()


def test_what_ended_without_a_text_says_so_and_does_not_stay() -> None:
    for message in (CANCELLED, NO_SPEECH):
        shown = Shown()
        told = notices(shown)
        told.listening(1)
        told.ended(1, message)
        told.close()
        assert (shown.history[-1], shown.stays) == (message, None)


def test_the_notice_belongs_to_the_newest_recording() -> None:
    shown = Shown()
    told = notices(shown)
    told.listening(1)
    told.transcribing(1)
    told.listening(2)
    told.done(1)
    told.ended(1, CANCELLED)
    settle(shown, told)
    assert staying(shown) == LISTENING
    told.close()
    assert staying(shown) is None


def test_a_desktop_that_hangs_is_told_the_newest_alone_once_it_goes_on() -> None:
    shown = Shown()
    shown.go_on.clear()
    told = notices(shown)
    told.listening(1)
    for number in range(20):
        told.partial(1, f"word {number}")
    shown.go_on.set()
    told.close()
    assert len(shown.history) <= 2
    assert staying(shown) is None


def test_without_notices_nothing_is_shown() -> None:
    shown = Shown()
    told = notices(shown, wanted=False)
    told.listening(1)
    told.problem("It fails.")
    told.close()
    assert (shown.history, shown.others) == ([], [])
