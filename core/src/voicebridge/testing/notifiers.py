"""Conformance tests for services of the kind ``notifier``."""

from __future__ import annotations

from typing import Any

import pytest

from voicebridge.ports import LastingNotifier, Notifier
from voicebridge.testing.extension import within
from voicebridge.testing.leftovers import Leftovers
from voicebridge.testing.service import PATIENCE, ServiceContract, expect_nothing, expect_port

_NOTICES = (
    ("VoiceBridge", "One line.", None),
    ("Grüße 😀 <b>& more</b>", "a < b\nsecond line, 北京 & $HOME `x` \\ 'y' \"z\"", "kit"),
    ("Kit", "", "kit"),
    ("Kit", "long " * 400, "kit"),
)


class NotifierContract(ServiceContract):
    """The rules for a service of the kind ``notifier``; they show notifications."""

    kind = "notifier"

    def create(self) -> Notifier:
        """Create the service; override it for one that isn't installed."""
        made: Notifier = super().create()
        return made

    def shown(self) -> str | None:
        """Everything that has been shown so far; to be overridden if the test can read it."""
        return None

    def test_any_text_is_shown_without_waiting_for_the_user(self) -> None:
        """Titles and bodies with several lines, markup, an empty body, and a very long one; from any thread, and without leaving anything.

        Troubleshooting: escape what the system takes for markup, and never wait until the notification is closed.
        """
        notifier = self.create()

        def notify_all() -> None:
            for title, body, tag in _NOTICES:
                within(PATIENCE, f"notify({title!r}, {body[:20]!r}, {tag!r})", lambda: notifier.notify(title, body, tag))  # noqa: B023

        notify_all()  # what is created once for all calls doesn't count
        left = Leftovers("the notifier", "notify()")
        notify_all()
        expect_nothing(left)
        if (shown := self.shown()) is not None and _NOTICES[0][1] not in shown:
            pytest.fail(f"{_NOTICES[0][1]!r} was not shown: show every notification, also one without a tag.")


class LastingNotifierContract(NotifierContract):
    """The rules for a service of the kind ``notifier`` with the feature ``lasting``."""

    def test_a_notice_is_kept_replaced_and_taken_away(self) -> None:
        """In any order, also if there is none to remove.

        Troubleshooting: ``withdraw`` does nothing for a tag that isn't shown.
        """
        notifier: Any = self.create()
        expect_port(notifier, LastingNotifier)

        def keep_and_withdraw() -> None:
            notifier.withdraw("kit")
            notifier.keep("Kit", "one", "kit")
            notifier.keep("Kit", "two", "kit")
            notifier.notify("Kit", "three", "kit")
            notifier.withdraw("kit")
            notifier.withdraw("kit")

        within(PATIENCE, "keep() and withdraw()", keep_and_withdraw)
