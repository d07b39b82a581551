"""A text filter of a plugin, created on first use and guarded: it can't take too long, raise, exit or return something else than text."""

from __future__ import annotations

from contextlib import suppress
from threading import Lock
from typing import Any

from voicebridge.errors import PluginError, VoiceBridgeError, brief
from voicebridge.extension_ports import TextContext, TextFilter
from voicebridge.extensions import TextFilterSpec
from voicebridge.filters.filtering import FilterError, ReadyFilter
from voicebridge.runtime.extensions import Extension

CREATION = 60.0
"""Maximum seconds for creating a filter, which may load a dictionary or a model."""


class PluginFilter:
    """One filter; can be used from any thread, while the plugin's object is called by one at a time."""

    def __init__(self, extension: Extension[TextFilterSpec]) -> None:
        """Prepare; it is not created yet."""
        self.extension = extension
        self._owner = extension.owner()
        self._lock = Lock()
        self._made: TextFilter | None = None
        self._failure: FilterError | None = None

    @property
    def spec(self) -> TextFilterSpec:
        """Its descriptor."""
        return self.extension.spec

    def ready(self) -> ReadyFilter:
        """The filter, for a run."""
        return ReadyFilter(self.extension.full_name, self.apply)

    def check(self) -> None:
        """Create it, if it isn't yet.

        Raises:
            FilterError: if it can't be created.
        """
        with self._lock:
            self._object()

    def apply(self, text: str, context: TextContext) -> str:
        """The filtered text.

        Raises:
            FilterError: if it can't be created, fails, takes too long, or returns no text. No message contains any of the text.
        """
        with self._lock:
            made = self._object()
            try:
                result = self._owner.within(self.spec.seconds, lambda: _called(made, text, context))
            except _CallError as error:
                raise FilterError(self._owner.problem(f"failed with {error}")) from None
            except VoiceBridgeError as error:  # after the time: its thread may still be in the object
                self._made = None
                raise FilterError(str(error)) from None
        return self._checked(result, text)

    def _object(self) -> TextFilter:
        if self._failure is not None:
            raise self._failure
        if self._made is None:
            try:
                self._made = self._owner.within(CREATION, lambda: self.extension.make(TextFilter))
            except (VoiceBridgeError, OSError) as error:
                told = str(error) if isinstance(error, VoiceBridgeError) else self._owner.problem(f"failed: {brief(error)}")
                self._failure = FilterError(told)
                raise self._failure from error
        return self._made

    def _checked(self, result: Any, text: str) -> str:
        if not isinstance(result, str):
            raise FilterError(self._owner.problem(f"returned {type(result).__name__} instead of str"))
        plain = "".join(result)  # a str, even if the result is of a subclass
        if not plain.strip():
            raise FilterError(self._owner.problem("returned an empty text"), is_lasting=False)
        if _is_unicode(text) and not _is_unicode(plain):
            raise FilterError(self._owner.problem("returned text with half characters (surrogates)"))
        return plain


class _CallError(PluginError):
    """The call failed; the message is the type of the exception, because its own message may contain the text."""


def _called(made: TextFilter, text: str, context: TextContext) -> Any:
    try:
        return made.filter(text, context)
    except BaseException as error:  # including sys.exit
        raise _CallError(type(error).__name__) from None


def _is_unicode(text: str) -> bool:
    with suppress(UnicodeEncodeError):
        text.encode()
        return True
    return False
