"""Questions of setup and their answers; unattended, the suggestions are accepted."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from voicebridge.cli.shared.output import remark
from voicebridge.errors import UsageError, nearest


class Skipped(Exception):  # noqa: N818 - no error: somebody's wish
    """The step is skipped, with an optional reason."""


class Ended(Exception):  # noqa: N818
    """Setup is quit."""


class Talk:
    """Asks on stderr and reads answers from stdin, one per line."""

    def __init__(self, *, yes: bool) -> None:
        """``yes`` accepts all suggestions.

        Raises:
            UsageError: if questions are asked and stdin is not a terminal.
        """
        self.asks = not yes
        """Whether questions are asked."""
        if self.asks and not (sys.stdin and sys.stdin.isatty()):
            raise UsageError(
                "Setup asks questions, but standard input is not a terminal. Run it in a terminal, or accept all suggestions with --yes."
            )

    def say(self, text: str) -> None:
        """Print a message."""
        remark(text)

    def ask(self, question: str, suggested: str = "") -> str:
        """The answer; an empty one accepts the suggestion.

        Raises:
            Skipped: if the answer is ``s``.
            Ended: if it is ``q``, or the terminal is closed.
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
        """Ask a yes/no question; the default is yes."""
        while True:
            answer = self.ask(f"{question} [Y/n]", "y").lower()
            if answer in ("y", "yes", "n", "no"):
                return answer.startswith("y")
            self.say("Answer y or n; s skips this step, q quits.")

    def repeats(self, question: str) -> bool:
        """Whether the answer is ``r``, which is never the default."""
        return self.ask(question).lower() in ("r", "repeat")

    def pick(self, what: str, options: Mapping[str, str], suggested: str) -> str:
        """An option, chosen by its number or its name.

        Args:
            what: to choose, as in "microphone".
            options: the description of each, by name; with a single one, there is no question.
            suggested: the default.
        """
        if not self.asks or len(options) == 1:
            return suggested
        names = list(options)
        for number, name in enumerate(names, 1):
            self.say(f"  {number}  {options[name]}")
        while True:
            answer = self.ask(f"Which {what}? Type a number or a name; press Enter for {names.index(suggested) + 1}.", suggested)
            if answer.isdecimal() and 1 <= int(answer) <= len(names):
                return names[int(answer) - 1]
            if answer in options:
                return answer
            self.say(f"There is no {what} {answer!r}.{nearest(answer, names)}")
