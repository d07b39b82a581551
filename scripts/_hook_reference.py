"""Write the Markdown reference of all hooks: what each yields, the fields of its descriptor, its protocol and its conformance tests."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import _python_reference as python_reference
from voicebridge import testing
from voicebridge.hookspecs import HOOKS, Spec
from voicebridge.spec_fields import load_ref
from voicebridge.specs import ServiceSpec
from voicebridge.testing.service import PORTS

PAGES = Path(__file__).resolve().parents[1] / "docs/plugins"
CONTRACTS = {"FormatSpec": "TranscriptFormatContract"}
"""The conformance tests whose name doesn't follow from that of the descriptor."""
GUIDES = {
    "voicebridge_stt_models": ("tutorial.md", "partial-results.md"), "voicebridge_tts_models": ("tutorial.md#text-to-speech",),
    "voicebridge_services": ("tutorial.md#desktop-services",), "voicebridge_commands": ("utilities.md", "settings.md"),
    "voicebridge_settings": ("settings.md",), "voicebridge_text_filters": ("text-filters.md",),
    "voicebridge_transcript_formats": ("formats-and-readers.md",), "voicebridge_document_readers": ("formats-and-readers.md#the-reader",),
    "voicebridge_daemon_parts": ("daemon-parts.md",), "voicebridge_checks": ("checks-and-events.md",),
    "voicebridge_events": ("checks-and-events.md#events",), "voicebridge_diarizers": ("diarizers.md",),
    "voicebridge_executors": ("executors.md",),
}  # fmt: skip
"""The pages that explain how to use each hook."""
RELATED = ("WatchedClipboard", "Copies", "PressWatch", "KeyEvents", "LastingNotifier")
"""Protocols of services' optional features, and of what their methods return."""


def lines() -> Iterator[str]:
    """Yield the reference of every hook."""
    for name, spec in HOOKS.items():
        yield f"## `{name}`"
        yield ""
        yield from _docstring(name)
        yield ""
        yield from _tests(spec)
        if guides := GUIDES.get(name):
            yield f"**Explained in:** {', '.join(f'[{_title(page)}]({page})' for page in guides)}"
            yield ""
        yield from _class(spec)
        for kind, port in _protocols(spec):
            yield from _class(port, f"For the kind `{kind}`." if kind else "")


def _docstring(name: str) -> Iterator[str]:
    hook = load_ref(f"voicebridge.hookspecs:{name}")
    yield from python_reference.prose(inspect.getdoc(hook) or "")


def _tests(spec: type[Spec]) -> Iterator[str]:
    """The line with the conformance tests, of one descriptor or of each kind of service."""
    own = CONTRACTS.get(spec.__name__, f"{spec.__name__.removesuffix('Spec')}Contract")
    kinds = [name for name in testing.__all__ if getattr(getattr(testing, name), "kind", None) in PORTS] if spec is ServiceSpec else []
    if found := [name for name in (own, *kinds) if hasattr(testing, name)]:
        yield f"**Conformance tests:** {', '.join(f'`{name}`' for name in found)}"
        yield ""


def _protocols(spec: type[Spec]) -> list[tuple[str, type]]:
    """The protocols of what the descriptor's factory returns, each with the kind of service that it is for."""
    if spec is ServiceSpec:
        return [*PORTS.items(), *(("", load_ref(f"voicebridge.ports:{name}")) for name in RELATED)]
    named = re.findall(r":class:`(voicebridge\.(?:ports|extension_ports|host|speech))\.(\w+)`", inspect.getdoc(spec) or "")
    return [("", load_ref(f"{module}:{name}")) for module, name in named]


def _title(page: str) -> str:
    """The title of a page of the guide."""
    name = page.partition("#")[0]
    return (PAGES / name).read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")


def _class(value: type, before: str = "") -> Iterator[str]:
    yield f"### `{value.__name__}`"
    yield ""
    if before:
        yield before
        yield ""
    node = next(each for each in ast.parse(inspect.getsource(inspect.getmodule(value) or value)).body if _is(each, value.__name__))
    assert isinstance(node, ast.ClassDef)
    yield from python_reference.class_(node, value)


def _is(node: ast.stmt, name: str) -> bool:
    return isinstance(node, ast.ClassDef) and node.name == name
