"""Regular expressions that are compiled on first use.

Most texts need only a few of the hundred expressions in the text rules. Compiling all of them takes longer than reading a short text.
"""

from __future__ import annotations

import re
from typing import Any, AnyStr, cast


class _Later:
    """A lazy regular expression with the methods of a compiled one."""

    def __init__(self, source: str | bytes, flags: int) -> None:
        self._source, self._flags = source, flags

    def __getattr__(self, name: str) -> Any:
        """Compile the expression, and copy its attributes to this object."""
        if name.startswith("__"):
            raise AttributeError(name)
        compiled = re.compile(self._source, self._flags)
        found = getattr(compiled, name)
        vars(self).update({each: getattr(compiled, each) for each in ("finditer", "fullmatch", "match", "search", "split", "sub", "subn")})
        return found


def pattern(source: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Like ``re.compile``, but compile on first use, which also raises any error.

    Raises:
        re.error: on first use, if the expression is invalid.
    """
    return cast("re.Pattern[AnyStr]", _Later(source, flags))
