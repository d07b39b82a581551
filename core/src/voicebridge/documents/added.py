"""Readers of documents that plugins add, with a guard around their code."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, get_args

from voicebridge.blocks import Block, Document, DocumentSource, Kind
from voicebridge.documents.encoding import media_type
from voicebridge.errors import PluginError

SUFFIXES = frozenset({".txt", ".text", ".md", ".markdown", ".html", ".htm", ".xhtml", ".epub", ".pdf", ".docx", ".fb2", ".srt", ".vtt"})
"""Suffixes of the files that are read without a plugin."""
_KINDS = frozenset(get_args(Kind))
_FACTS = ("title", "author", "language", "year", "genre", "series")


@dataclass(frozen=True, kw_only=True)
class AddedReader:
    """A reader of a plugin."""

    suffixes: frozenset[str]
    starts: tuple[bytes, ...]
    media_types: frozenset[str]
    make: Callable[[], Any]
    """Creates a :class:`voicebridge.extension_ports.DocumentReader`; raises PluginError if that fails."""
    blamed: Callable[[], AbstractContextManager[None]]
    """Runs the plugin's code; see :meth:`voicebridge.runtime.owner.Owner.blamed`."""
    problem: Callable[[str], str]
    """Words what the plugin did; see :meth:`voicebridge.runtime.owner.Owner.problem`."""

    def read(self, source: DocumentSource) -> Document:
        """Read a document.

        Raises:
            InputError: if it is damaged; as the plugin words it.
            PluginError: if the plugin fails, also while the blocks are read.
        """
        reader = self.make()
        with self.blamed():
            document = reader.read(source)
        if not isinstance(document, Document):
            raise self._wrong(f"returned a {type(document).__name__}, not a Document")
        for name in _FACTS:
            if not isinstance(getattr(document, name), str | None):
                raise self._wrong(f"returned a Document whose {name} is a {type(getattr(document, name)).__name__}")
        if not isinstance(document.cover, bytes | None):
            raise self._wrong(f"returned a Document whose cover is a {type(document.cover).__name__}")
        return replace(document, blocks=self._checked(document.blocks))

    def _checked(self, blocks: Iterable[Any]) -> Iterator[Block]:
        end = object()
        with self.blamed():
            iterator = iter(blocks)
        try:
            while True:
                with self.blamed():
                    block = next(iterator, end)
                if block is end:
                    return
                yield self._check(block)
        finally:
            if close := getattr(iterator, "close", None):
                with self.blamed():
                    close()

    def _check(self, block: Any) -> Block:
        if not isinstance(block, Block):
            raise self._wrong(f"returned a {type(block).__name__} as a block")
        if block.kind not in _KINDS:
            raise self._wrong(f"returned a block of the unknown kind {block.kind!r}")
        if not (isinstance(block.text, str) and isinstance(block.level, int) and isinstance(block.language, str | None)):
            raise self._wrong(f"returned a {block.kind} whose text, level or language has the wrong type")
        return block

    def _wrong(self, what: str) -> PluginError:
        return PluginError(self.problem(what))


class AddedReaders:
    """The readers of all active plugins, which are loaded only for a document that is read by none of our own."""

    def __init__(self, load: Callable[[], Iterable[AddedReader]] = tuple) -> None:
        """Prepare; ``load`` returns the readers, in the order in which they are asked."""
        self._load = load

    def of(self, source: DocumentSource) -> AddedReader | None:
        """The reader for a document: by its content, else by its suffix if that is none of our own."""
        if not self._all:
            return None
        head = source.read(max([4, *(len(start) for each in self._all for start in each.starts)]))
        named = media_type(source) if head.startswith(b"PK") else None
        suffix = source.path.suffix.lower()
        by_content = (each for each in self._all if head.startswith(each.starts) or named in each.media_types)
        by_suffix = (each for each in self._all if suffix in each.suffixes - SUFFIXES)
        return next(by_content, None) or next(by_suffix, None)

    @property
    def suffixes(self) -> frozenset[str]:
        """The suffixes of all readers."""
        return frozenset().union(*(each.suffixes for each in self._all))

    @cached_property
    def _all(self) -> list[AddedReader]:
        return list(self._load())


NONE = AddedReaders()
"""No plugin's reader."""
