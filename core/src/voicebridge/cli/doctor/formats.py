"""The transcript formats and document readers of plugins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from voicebridge.cli.doctor.lines import ReportLine, Verdict
from voicebridge.extensions import DocumentReaderSpec, FormatSpec
from voicebridge.runtime.plugins import PluginHost, PluginRecord


@dataclass(frozen=True, slots=True)
class FileKinds:
    """The files that a plugin writes and reads."""

    plugin: PluginRecord
    formats: Sequence[FormatSpec]
    readers: Sequence[DocumentReaderSpec]

    @property
    def factories(self) -> list[str]:
        """The references to import."""
        return [spec.factory for spec in (*self.formats, *self.readers)]

    def line(self, problems: Sequence[str]) -> ReportLine:
        """The finding, with the reason why each factory can't be imported; empty if it can."""
        what = f"files of {self.plugin.name}"
        if broken := " ".join(filter(None, problems)):
            return ReportLine(Verdict.WARNING, what, broken, self.plugin.repair)
        written = ", ".join(spec.name for spec in self.formats)
        read = " ".join(sorted({suffix for spec in self.readers for suffix in spec.suffixes}))
        parts = [f"writes transcripts as {written}" if written else "", f"reads {read}" if read else ""]
        return ReportLine(Verdict.OK, what, ", ".join(filter(None, parts)))


def file_kinds(host: PluginHost) -> Iterator[FileKinds]:
    """The active plugins that have any."""
    for record in host.active:
        formats, readers = record.of(FormatSpec), record.of(DocumentReaderSpec)
        if formats or readers:
            yield FileKinds(record, formats, readers)
