"""Documents that are archives, opened with the care that other people's archives ask for."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO
from xml.etree import ElementTree

from voicebridge.errors import InputError
from voicebridge.text.document import Source

_UTF_16 = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")
_LARGEST_PART = 64 << 20
"""Bytes: the text of the longest books takes a tenth of it."""
_LARGEST_XML = 16 << 20
"""Bytes of a part that is read as a tree, which takes some fifty times as much memory."""
_LARGEST_TEXT = 256 << 20
"""Bytes of all the parts that are read aloud."""
_LARGEST_WHOLE = 4 << 30
"""Bytes, pictures included."""


class Archive:
    """An archive whose parts are read one by one."""

    def __init__(self, source: Source, archive: zipfile.ZipFile) -> None:
        """Look through the list of parts.

        Raises:
            InputError: when it would unpack to more than any document does.
        """
        self._source, self._archive = source, archive
        self.names = frozenset(archive.namelist())
        if sum(info.file_size for info in archive.infolist()) > _LARGEST_WHOLE:
            raise self.wrong("unpacks to more than 4 GiB, which no document does")

    def check_size(self, names: Iterable[str]) -> None:
        """See that the parts that are to be read aloud are no more than any book has.

        Raises:
            InputError: when they are, or when one is missing.
        """
        size = sum(self._info(name).file_size for name in names)
        if size > _LARGEST_TEXT:
            raise self.wrong(f"has {size >> 20} MiB of text, which no book has")

    def holds(self, name: str, largest: int) -> bool:
        """Whether there is such a part, of at most so many bytes."""
        return name in self.names and self._info(name).file_size <= largest

    def read(self, name: str) -> bytes:
        """A part, whole.

        Raises:
            InputError: when it is missing, damaged, encrypted or enormous.
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
        """A part as XML, whose elements are named without their name spaces.

        Raises:
            InputError: when it can't be read, or is no XML.
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
        """See that a part, which may be too large for a tree, is whole and XML.

        Raises:
            InputError: when it is not.
        """
        from xml.parsers import expat

        try:
            expat.ParserCreate().Parse(self._without_entities(name), True)
        except expat.ExpatError as error:
            raise self.wrong(f"has a damaged part, {name}") from error

    def open(self, name: str) -> IO[bytes]:
        """Open a part that has been looked at, to be read bit by bit."""
        return self._archive.open(name)

    def _without_entities(self, name: str) -> bytes:
        data = self.read(name)
        if b"<!ENTITY" in data or (data[:2] in _UTF_16 and b"<!ENTITY" in data.replace(b"\0", b"")):  # text that multiplies itself
            raise self.wrong(f"declares entities in {name}")
        return data

    def _info(self, name: str) -> zipfile.ZipInfo:
        try:
            return self._archive.getinfo(name)
        except KeyError as error:
            raise self.wrong(f"lacks its part {name}") from error

    def wrong(self, what: str) -> InputError:
        """What to tell the user of a damaged document."""
        return InputError(f"{self._source.name} can't be read: it {what}. Get it again from where it came.")


@contextmanager
def opened(source: Source) -> Iterator[Archive]:
    """Open a document that is an archive.

    Raises:
        InputError: when it is damaged.
    """
    try:
        with source.open() as file, zipfile.ZipFile(file) as archive:
            yield Archive(source, archive)
    except zipfile.BadZipFile as error:
        raise InputError(f"{source.name} is a damaged archive and can't be read. Get it again from where it came.") from error
