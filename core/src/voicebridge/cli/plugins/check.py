"""``voicebridge plugins check``: run the conformance tests of everything that a plugin provides, without a test file of its own."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from voicebridge import installing
from voicebridge.cli.shared.output import remark
from voicebridge.errors import UnavailableError, UsageError
from voicebridge.extensions import (
    CheckSpec,
    DaemonPartSpec,
    DiarizerSpec,
    ExecutorSpec,
    FormatSpec,
    ListenerSpec,
    SettingsSpec,
    TextFilterSpec,
)
from voicebridge.hookspecs import Spec
from voicebridge.runtime.model import Model
from voicebridge.runtime.plugins import PluginRecord
from voicebridge.specs import CommandSpec, ServiceSpec, SttSpec, TtsSpec

_CONTRACTS: dict[type[Spec], tuple[str, str]] = {
    SttSpec: ("SttContract", "model"),
    TtsSpec: ("TtsContract", "model"),
    FormatSpec: ("TranscriptFormatContract", "format"),
    SettingsSpec: ("SettingsContract", "plugin"),
    TextFilterSpec: ("TextFilterContract", "text_filter"),
    DaemonPartSpec: ("DaemonPartContract", "name"),
    DiarizerSpec: ("DiarizerContract", "name"),
    CheckSpec: ("CheckContract", "name"),
    ListenerSpec: ("ListenerContract", "name"),
    ServiceSpec: ("ServiceContract", "service"),
    CommandSpec: ("CommandContract", "command"),
    ExecutorSpec: ("ExecutorContract", "name"),
}
"""The class in ``voicebridge.testing`` for each descriptor, and its attribute that names what is tested."""
_SERVICES = {
    "microphone": "MicrophoneContract", "speaker": "SpeakerContract", "focus": "FocusContract", "cursor": "CursorContract",
    "notifier": "NotifierContract", "hotkeys": "HotkeysContract",
}  # fmt: skip
"""The classes for services that can be tested in the user's session; others would type, or change the clipboard or the autostart."""
_QUICK = "descriptor or importing or probe or imported or documented or options or setting"
"""Selects the tests that load no model, by their names."""


def check(record: PluginRecord, *, quick: bool) -> int:
    """Run the conformance tests, whose output goes to the terminal, and return pytest's exit code.

    Args:
        record: the plugin.
        quick: only the tests that load no model.

    Raises:
        UsageError: if the plugin is not active, or provides nothing that has conformance tests.
        UnavailableError: if pytest is not installed.
    """
    if not record.active:
        raise UsageError(f"The plugin {record.name} is not active: {record.reason}")
    if find_spec("pytest") is None:
        raise UnavailableError(f"The tests need pytest. Install it: {installing.remedy('voicebridge-core[testing]')}")
    tested = {_title(record, spec): _class(record, spec) for spec in record.specs if _is_testable(record, spec, quick)}
    if not tested:
        raise UsageError(f"{record.name} provides nothing that can be tested without a test file, or its models are not downloaded.")
    if left := [name for spec in record.specs if (name := _title(record, spec)) not in tested]:
        remark(f"Not tested, because it needs a test file, or is not downloaded: {', '.join(left)}.")
    if partly := [_title(record, spec) for spec in record.of(ServiceSpec) if spec.kind not in _SERVICES]:
        remark(f"Only created, because the other tests would type, or change the clipboard or the autostart: {', '.join(partly)}.")
    with TemporaryDirectory(prefix="voicebridge-check-") as folder:
        file = Path(folder, f"test_{record.name.replace('-', '_').replace('.', '_')}.py")
        file.write_text("\n\n".join(["import voicebridge.testing", *tested.values()]) + "\n", encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", folder, str(file)]
        return subprocess.run([*command, *(["-k", _QUICK] if quick else [])], check=False).returncode  # noqa: S603 - our own interpreter


def _title(record: PluginRecord, spec: Spec) -> str:
    return f"{spec.kind if isinstance(spec, ServiceSpec) else spec.title} {record.name}/{spec.name}"


def _is_testable(record: PluginRecord, spec: Spec, quick: bool) -> bool:
    if isinstance(spec, SttSpec | TtsSpec) and not quick:
        return Model(record, spec, spec.name).is_local()
    return type(spec) in _CONTRACTS and not (isinstance(spec, FormatSpec) and spec.binary)


def _class(record: PluginRecord, spec: Spec) -> str:
    contract, attribute = _CONTRACTS[type(spec)]
    if isinstance(spec, ServiceSpec):
        contract = _SERVICES.get(spec.kind, contract)
    tested = record.name if isinstance(spec, SettingsSpec) else f"{record.name}/{spec.name}"
    name = f"Test{type(spec).__name__}{record.specs.index(spec)}"
    lines = [f"class {name}(voicebridge.testing.{contract}):", f"    {attribute} = {tested!r}"]
    if isinstance(spec, SttSpec) and spec.languages is not None and "en" not in spec.languages:
        lines.append("    understands_english = False")
    if isinstance(spec, ServiceSpec):
        lines.append(f"    kind = {spec.kind!r}")
    return "\n".join(lines)
