"""The document readers of plugins."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from voicebridge.documents.added import AddedReader, AddedReaders
from voicebridge.extension_ports import DocumentReader
from voicebridge.extensions import DocumentReaderSpec
from voicebridge.runtime.extensions import extensions
from voicebridge.runtime.registry import Registry


def document_readers(load_registry: Callable[[], Registry]) -> AddedReaders:
    """The readers of all active plugins.

    Args:
        load_registry: returns the active plugins; called at most once, for a document that is not read without a plugin.
    """

    def load() -> Iterator[AddedReader]:
        for each in extensions(load_registry().host, DocumentReaderSpec):
            owner, spec = each.owner(), each.spec
            yield AddedReader(
                suffixes=frozenset(spec.suffixes),
                starts=tuple(spec.starts),
                media_types=frozenset(spec.media_types),
                make=partial(each.make, DocumentReader),
                blamed=owner.blamed,
                problem=owner.problem,
            )

    return AddedReaders(load)
