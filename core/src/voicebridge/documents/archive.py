"""Open documents that are zip archives, with limits against malicious ones."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO
from xml.etree import ElementTree

from voicebridge.blocks import DocumentSource
from voicebridge.errors import InputError

_UTF_16 = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")
_LARGEST_PART = 64 << 20
"""Bytes. The text of the longest books needs a tenth of it."""
_LARGEST_XML = 16 << 20
"""Bytes of a part that is parsed into a tree, which takes about fifty times as much memory."""
_LARGEST_TEXT = 256 << 20
"""Bytes of all parts that are read aloud."""
_LARGEST_WHOLE = 4 << 30
"""Bytes, including pictures."""


class Archive:
    """An archive whose parts are read one at a time."""

    def __init__(self, source: DocumentSource, archive: zipfile.ZipFile) -> None:
        """Check the list of parts.

        Raises:
            InputError: if the archive would unpack to more than any real document.
        """
        self._source, self._archive = source, archive
        self.names: frozenset[str] = frozenset(archive.namelist())
        if sum(info.file_size for info in archive.infolist()) > _LARGEST_WHOLE:
            raise self.wrong("unpacks to more than 4 GiB, too large for a document")

    def check_size(self, names: Iterable[str]) -> None:
        """Check that the parts to be read aloud are not larger than any real book.

        Raises:
            InputError: if they are, or if a part is missing.
        """
        size = sum(self._info(name).file_size for name in names)
        if size > _LARGEST_TEXT:
            raise self.wrong(f"has {size >> 20} MiB of text, too much for a book")

    def holds(self, name: str, largest: int) -> bool:
        """Whether the archive has this part and it is at most ``largest`` bytes."""
        return name in self.names and self._info(name).file_size <= largest

    def read(self, name: str) -> bytes:
        """Read a part into memory.

        Raises:
            InputError: if it is missing, damaged, encrypted or too large.
        """
        try:
            info = self._info(name)
            if info.flag_bits & 1:
                raise InputError(f"{self._source.name} is encrypted. Remove its password first.")
            if info.file_size > _LARGEST_PART:
                raise self.wrong(f"has a part of {info.file_size >> 20} MiB, {name}, which is no text")
            return self._archive.read(info)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
            raise self.wrong(f"has a damaged part, {name}") from error

    def xml(self, name: str) -> ElementTree.Element:
        """Parse a part as XML; element names have no namespaces.

        Raises:
            InputError: if it cannot be read or is not XML.
        """
        if self._info(name).file_size > _LARGEST_XML:
            raise self.wrong(f"has a part of {self._info(name).file_size >> 20} MiB, {name}, which is far too large")
        data = self._without_entities(name)
        try:
            root = ElementTree.fromstring(data)  # noqa: S314 - there are no entities in it
        except ElementTree.ParseError as error:
            raise self.wrong(f"has a damaged part, {name}") from error
        for element in root.iter():
            element.tag = element.tag.rpartition("}")[2]
        return root

    def check_xml(self, name: str) -> None:
        """Check that a part, which may be too large for a tree, is complete and well-formed XML.

        Raises:
            InputError: if it is not.
        """
        from xml.parsers import expat

        try:
            expat.ParserCreate().Parse(self._without_entities(name), True)
        except expat.ExpatError as error:
            raise self.wrong(f"has a damaged part, {name}") from error

    def open(self, name: str) -> IO[bytes]:
        """Open a part that has been checked, for reading in chunks."""
        return self._archive.open(name)

    def _without_entities(self, name: str) -> bytes:
        data = self.read(name)
        if b"<!ENTITY" in data or (data[:2] in _UTF_16 and b"<!ENTITY" in data.replace(b"\0", b"")):  # entities can expand exponentially
            raise self.wrong(f"declares entities in {name}")
        return data

    def _info(self, name: str) -> zipfile.ZipInfo:
        try:
            return self._archive.getinfo(name)
        except KeyError as error:
            raise self.wrong(f"lacks its part {name}") from error

    def wrong(self, what: str) -> InputError:
        """The error to raise for a damaged document."""
        return InputError(f"{self._source.name} can't be read: it {what}. Get it again from its source.")


@contextmanager
def opened(source: DocumentSource) -> Iterator[Archive]:
    """Open a document that is an archive.

    Raises:
        InputError: if it is damaged.
    """
    try:
        with source.open() as file, zipfile.ZipFile(file) as archive:
            yield Archive(source, archive)
    except zipfile.BadZipFile as error:
        raise InputError(f"{source.name} is a damaged archive and can't be read. Get it again from its source.") from error
