"""Guard the writers of plugins."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import IO, Any

from voicebridge.errors import PluginError
from voicebridge.speech import Segment, TranscriptInfo, TranscriptWriter
from voicebridge.stt.formats.text import storable


class OwnedWriter:
    """A plugin's writer, whose failures are errors that name the plugin's package."""

    def __init__(
        self, writer: TranscriptWriter, file: IO[Any], blamed: Callable[[], AbstractContextManager[None]], problem: Callable[[str], str]
    ) -> None:
        """Guard a writer.

        Args:
            writer: the plugin's.
            file: which it writes.
            blamed: runs the plugin's code; see :meth:`voicebridge.runtime.owner.Owner.blamed`.
            problem: words what the plugin did; see :meth:`voicebridge.runtime.owner.Owner.problem`.
        """
        self._writer, self._file, self._blamed, self._problem = writer, file, blamed, problem

    def write(self, segment: Segment) -> None:
        """Process the next segment; its texts contain nothing that UTF-8 can't encode.

        Raises:
            VoiceBridgeError: if the writer fails.
        """
        words = tuple(replace(word, text=storable(word.text)) for word in segment.words)
        speaker = segment.speaker and storable(segment.speaker)
        with self._blamed():
            self._writer.write(replace(segment, text=storable(segment.text), words=words, speaker=speaker))

    def finish(self, heard: TranscriptInfo) -> None:
        """Write the end of the document.

        Raises:
            VoiceBridgeError: if the writer fails, or has closed the file.
        """
        with self._blamed():
            self._writer.finish(heard)
        try:
            is_closed = self._file.closed
        except ValueError:  # its buffer was detached
            is_closed = True
        if is_closed:
            raise PluginError(self._problem("has closed the file that it writes"))
