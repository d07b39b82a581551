"""Conformance tests for document readers."""

from __future__ import annotations

import random
from pathlib import Path
from typing import ClassVar

import pytest

from voicebridge.blocks import Document, DocumentSource
from voicebridge.documents.added import AddedReaders
from voicebridge.documents.read import read_bytes, read_document
from voicebridge.errors import InputError, PluginError
from voicebridge.extensions import DocumentReaderSpec
from voicebridge.runtime.readers import document_readers
from voicebridge.testing.extensions import check_descriptor, extension_of, registry_of

_TRIES = 12
"""How many truncated files are read, and how many with changed bytes."""


class DocumentReaderContract:
    """The rules for a document reader."""

    reader: ClassVar[str]
    """Full name of the reader to test, ``plugin/name``."""
    text: ClassVar[str]
    """A block of the sample, or a part of one."""

    def sample(self) -> bytes:
        """A small, valid document that contains :attr:`text`; to be overridden."""
        raise NotImplementedError

    def test_the_descriptor_is_documented_and_light(self) -> None:
        """The reader has a description, and the plugin's module imports no library.

        Troubleshooting: every command imports this module; import libraries in the module that ``factory`` refers to.
        """
        check_descriptor(extension_of(self.reader, DocumentReaderSpec))

    def test_its_documents_are_recognised_and_read(self, tmp_path: Path) -> None:
        """The sample is read under each of the suffixes, and its text is in the blocks.

        Troubleshooting: a suffix that VoiceBridge reads itself, such as .txt, is never a plugin's; use ``starts`` for such files.
        """
        for suffix in sorted(self._spec.suffixes):
            path = tmp_path / f"sample{suffix}"
            path.write_bytes(self.sample())
            self._check_text(self._read(path))

    def test_the_content_decides_if_it_can(self) -> None:
        """With ``starts`` or ``media_types``, the sample is recognised in a pipe, where it has no name.

        Troubleshooting: ``starts`` are the first bytes of the file, ``media_types`` the content of the part ``mimetype`` of an archive.
        """
        if not self._spec.starts and not self._spec.media_types:
            pytest.skip("only its suffixes identify a document")
        if self._readers.of(DocumentSource("standard input", Path("standard input"), self.sample())) is None:
            pytest.fail("the sample is not recognised by its content")
        try:
            self._check_text(read_bytes(self.sample(), "standard input", None, self._readers))
        except (InputError, PluginError) as error:
            pytest.fail(str(error))

    def test_a_document_can_be_read_twice(self, tmp_path: Path) -> None:
        """Reading changes neither the document nor the reader.

        Troubleshooting: open the source with ``DocumentSource.open``, and keep nothing in the reader.
        """
        path = tmp_path / f"sample{self._suffix}"
        path.write_bytes(self.sample())
        first = list(self._read(path).blocks)
        if list(self._read(path).blocks) != first:
            pytest.fail("the second time, the blocks differ")
        if path.read_bytes() != self.sample():
            pytest.fail("the document has changed")

    def test_a_truncated_document_is_refused_or_read(self) -> None:
        """A file whose end is missing is an InputError, or gives what it has.

        Troubleshooting: turn the exceptions of libraries into :class:`voicebridge.InputError`, with what to do.
        """
        data = self.sample()
        for number in range(_TRIES):
            self._try(data[: len(data) * number // _TRIES], f"after {number}/{_TRIES} of the sample")

    def test_a_damaged_document_is_refused_or_read(self) -> None:
        """A file with wrong bytes is an InputError, or gives what can be read.

        Troubleshooting: as for truncated documents.
        """
        for number in range(_TRIES):
            chance = random.Random(number)  # noqa: S311 - the same damage in every run
            data = bytearray(self.sample())
            for _ in range(1 + number):
                data[chance.randrange(len(data))] = chance.randrange(256)
            self._try(bytes(data), f"with {1 + number} wrong bytes")

    @property
    def _spec(self) -> DocumentReaderSpec:
        return extension_of(self.reader, DocumentReaderSpec).spec

    @property
    def _suffix(self) -> str:
        return min(self._spec.suffixes)

    @property
    def _readers(self) -> AddedReaders:
        return document_readers(lambda: registry_of(self.reader))

    def _read(self, path: Path) -> Document:
        try:
            return read_document(path, None, self._readers)
        except (InputError, PluginError) as error:
            pytest.fail(str(error))

    def _check_text(self, document: Document) -> None:
        found = [block.text for block in document.blocks]
        if not any(self.text in text for text in found):
            pytest.fail(f"{self.text!r} is not in the text, which is {found!r}")

    def _try(self, data: bytes, what: str) -> None:
        source = DocumentSource("the sample", Path(f"sample{self._suffix}"), data)
        added = self._readers.of(source)
        if added is None:
            pytest.fail(f"{what}: no longer recognised by its suffix {self._suffix}")
        try:
            list(added.read(source).blocks)
        except InputError as error:
            if "\n" in str(error):
                pytest.fail(f"{what}: the message has several lines: {error}")
        except PluginError as error:
            pytest.fail(f"{what}: {error}")
