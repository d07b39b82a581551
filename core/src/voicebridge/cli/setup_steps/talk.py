"""What is asked of somebody who sets VoiceBridge up, and what they answer; without them the suggestions are taken."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from voicebridge.cli.output import remark
from voicebridge.errors import UsageError, nearest


class Skipped(Exception):  # noqa: N818 - no error: somebody's wish
    """The step is left out, for the reason that it may say."""


class Ended(Exception):  # noqa: N818
    """Setup is left."""


class Talk:
    """Asks on stderr and hears the answers on stdin, a line each."""

    def __init__(self, *, yes: bool) -> None:
        """``yes`` asks nothing and takes what is suggested.

        Raises:
            UsageError: when somebody is to be asked, and stdin is no terminal.
        """
        self.asks = not yes
        """Whether anybody is asked."""
        if self.asks and not (sys.stdin and sys.stdin.isatty()):
            raise UsageError(
                "Setup asks questions, and nobody can be asked here. Run it in a terminal, or take what it suggests with --yes."
            )

    def say(self, text: str) -> None:
        """Tell something."""
        remark(text)

    def ask(self, question: str, suggested: str = "") -> str:
        """The answer; an empty one is what is suggested.

        Raises:
            Skipped: when the answer is ``s``.
            Ended: when it is ``q``, or the terminal is closed.
        """
        if not self.asks:
            return suggested
        print(f"{question} ", end="", file=sys.stderr, flush=True)  # noqa: T201
        line = sys.stdin.readline()
        if not line:
            raise Ended
        answer = line.strip()
        if answer.lower() in ("s", "skip"):
            raise Skipped
        if answer.lower() in ("q", "quit"):
            raise Ended
        return answer or suggested

    def agree(self, question: str) -> bool:
        """Whether the answer is yes, which is suggested."""
        while True:
            answer = self.ask(f"{question} [Y/n]", "y").lower()
            if answer in ("y", "yes", "n", "no"):
                return answer.startswith("y")
            self.say("Answer y or n; s skips this step, q ends setup.")

    def repeats(self, question: str) -> bool:
        """Whether the answer is ``r``, which is never suggested."""
        return self.ask(question).lower() in ("r", "repeat")

    def pick(self, what: str, options: Mapping[str, str], suggested: str) -> str:
        """One of some options, chosen by its number or its name.

        Args:
            what: to choose, as in "microphone".
            options: what each is, by its name; one alone is no question.
            suggested: one of them.
        """
        if not self.asks or len(options) == 1:
            return suggested
        names = list(options)
        for number, name in enumerate(names, 1):
            self.say(f"  {number}  {options[name]}")
        while True:
            answer = self.ask(f"Which {what}? A number or a name; Enter takes {names.index(suggested) + 1}.", suggested)
            if answer.isdecimal() and 1 <= int(answer) <= len(names):
                return names[int(answer) - 1]
            if answer in options:
                return answer
            self.say(f"There is no {what} {answer!r}.{nearest(answer, names)}")
