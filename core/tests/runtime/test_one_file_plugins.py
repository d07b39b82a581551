"""Plugins that are files in the folder ``plugins`` beside the configuration."""

from __future__ import annotations

import importlib
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from voicebridge.errors import PluginError
from voicebridge.runtime import installed
from voicebridge.runtime.plugins import Outcome, PluginRecord, load_plugins
from voicebridge.spec_fields import load_ref
from voicebridge.specs import SttSpec

MODEL = """
from voicebridge import SttSpec, hookimpl

@hookimpl
def voicebridge_stt_models():
    yield SttSpec(name="tiny", factory=f"{__name__}:Engine")

class Engine:
    pass
"""

Write = Callable[..., Path]


@pytest.fixture
def write(home: Path) -> Iterator[Write]:
    """Write a one-file plugin."""

    def write(name: str, source: str = MODEL) -> Path:
        file = home / "plugins" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(textwrap.dedent(source), encoding="utf-8")
        importlib.invalidate_caches()
        return file

    yield write
    for name in [name for name in sys.modules if name.startswith("voicebridge_user_plugins.")]:
        del sys.modules[name]


def enabled(name: str) -> PluginRecord:
    return load_plugins(lambda *_: True).get(name)


def test_a_file_is_a_plugin_that_is_off_until_it_is_enabled(write: Write, site: Any) -> None:
    file = write("tiny.py", "raise AssertionError('imported')")
    record = load_plugins().get("tiny")
    assert (record.outcome, record.distribution, record.version, record.file) == (Outcome.DISABLED, str(file), "", file)
    assert record.reason == "a file is loaded only if it is enabled. Enable it with: voicebridge plugins enable tiny"


def test_an_enabled_one_provides_what_it_describes(write: Write, site: Any) -> None:
    write("tiny.py")
    record = enabled("tiny")
    assert (record.outcome, [spec.name for spec in record.of(SttSpec)]) == (Outcome.ACTIVE, ["tiny"])
    assert load_ref(record.of(SttSpec)[0].factory).__name__ == "Engine"


def test_a_file_that_is_named_for_a_run_is_loaded(write: Write, site: Any) -> None:
    write("tiny.py")
    assert load_plugins(only=["tiny"]).get("tiny").active


@pytest.mark.parametrize("name", ["_common.py", ".hidden.py", "notes.txt", "tiny.pyc"])
def test_other_files_are_no_plugins(name: str, write: Write, site: Any) -> None:
    write(name)
    assert installed.names() == frozenset()


@pytest.mark.parametrize("name", ["my-filter", "2nd", "a.b"])
def test_a_name_that_no_reference_can_have_is_refused(name: str, write: Write, site: Any) -> None:
    write(f"{name}.py")
    assert enabled(name).reason.startswith("Rename the file: only letters, digits and '_'")


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("def broken(:", "SyntaxError: invalid syntax ("),
        ("raise ValueError('no')", "ValueError: no. Correct it in "),
        ("import sys; sys.exit(3)", "SystemExit: 3. Correct it in "),
        ("import missing_acme", "No module named 'missing_acme'. Install its package into the environment of VoiceBridge. Correct it in "),
    ],
)
def test_a_faulty_file_harms_only_itself_and_is_named(source: str, reason: str, write: Write, site: Any) -> None:
    file = write("faulty.py", source)
    write("tiny.py")
    host = load_plugins(lambda *_: True)
    assert host.get("tiny").active
    record = host.get("faulty")
    assert record.outcome is Outcome.FAILED
    assert reason in record.reason
    assert str(file) in record.reason


def test_the_plugin_of_a_package_is_not_replaced_by_a_file(write: Write, site: Any) -> None:
    site.install("tiny", MODEL, dist="acme-tiny")
    write("tiny.py")
    records = {record.distribution: record for record in load_plugins(lambda *_: True).records}
    assert records.pop("acme-tiny").active
    (record,) = records.values()
    assert (record.outcome, record.reason) == (Outcome.FAILED, "the name 'tiny' belongs to acme-tiny. Rename the file.")


def test_code_that_can_not_be_imported_is_the_files_fault(write: Write) -> None:
    write("lazy.py", "value = 1")
    installed.found()
    with pytest.raises(PluginError, match=r"voicebridge_user_plugins.lazy:Engine can't be imported: .* Correct the file\."):
        load_ref("voicebridge_user_plugins.lazy:Engine")


def test_every_process_can_import_a_file(write: Write) -> None:
    write("tiny.py")
    code = "from voicebridge.spec_fields import load_ref; print(load_ref('voicebridge_user_plugins.tiny:Engine').__name__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "Engine\n"


@pytest.mark.parametrize(("version", "remedy"), [(0, "Correct it in "), (99, "Try: ")])
def test_a_file_for_another_contract_is_refused(version: int, remedy: str, write: Write, site: Any) -> None:
    write("tiny.py", f"VOICEBRIDGE_API = {version}\n{MODEL}")
    record = enabled("tiny")
    assert record.outcome is Outcome.INCOMPATIBLE
    assert f"has version 1. {remedy}" in record.reason


def test_files_import_what_they_share(write: Write, site: Any) -> None:
    write("_names.py", "NAME = 'shared'")
    write("tiny.py", MODEL.replace('"tiny"', "_names.NAME") + "\nfrom voicebridge_user_plugins import _names\n")
    assert [spec.name for spec in enabled("tiny").of(SttSpec)] == ["shared"]
