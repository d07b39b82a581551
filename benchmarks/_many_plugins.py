"""Environments with the core alone, and with 50 small plugins of all kinds installed beside it."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

CORE = Path(__file__).resolve().parents[1] / "core"
MANY = 50

PLUGIN = """
from voicebridge import {spec}, hookimpl

VOICEBRIDGE_API = 1


@hookimpl
def {hook}():
    yield {spec}({fields})
"""
PARTS = {
    "voicebridge_stt_models": ("SttSpec", 'name="base", factory="{name}.engine:Engine", description="A model.", languages={{"en"}}'),
    "voicebridge_tts_models": ("TtsSpec", 'name="clara", factory="{name}.engine:Engine", description="A model.", sample_rate=22_050'),
    "voicebridge_services": ("ServiceSpec", 'kind="notifier", name="bell", factory="{name}.bell:Bell", probe="{name}.bell:probe"'),
    "voicebridge_commands": ("CommandSpec", 'name="{command}", command="{name}.command:app", help="Write the minutes of a meeting."'),
    "voicebridge_settings": ("SettingsSpec", 'settings="{name}.settings:Settings"'),
    "voicebridge_text_filters": ("TextFilterSpec", 'name="names", factory="{name}.filter:Names", stages=["dictation", "transcript"]'),
    "voicebridge_transcript_formats": ("FormatSpec", 'name="{command}", factory="{name}.format:Writer"'),
    "voicebridge_document_readers": ("DocumentReaderSpec", 'name="odt", factory="{name}.reader:Reader", suffixes=[".{name}"]'),
    "voicebridge_daemon_parts": ("DaemonPartSpec", 'name="web", factory="{name}.server:Server"'),
    "voicebridge_diarizers": ("DiarizerSpec", 'name="turns", factory="{name}.diarizer:Diarizer"'),
    "voicebridge_checks": ("CheckSpec", 'name="licence", factory="{name}.checks:Licence"'),
    "voicebridge_events": ("ListenerSpec", 'name="mail", factory="{name}.mail:Mail", events=["transcript.written"]'),
    "voicebridge_executors": ("ExecutorSpec", 'name="grid", factory="{name}.grid:Grid"'),
}
"""The descriptor that each hook yields, and its fields."""
METADATA = "Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\nRequires-Dist: voicebridge-core\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: many_plugins\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def make_environments(folder: Path) -> tuple[Path, Path]:
    """Create an environment with the core alone and one with the plugins; returns their ``voicebridge`` commands."""
    core = _build_core(folder)
    hooks = list(PARTS)
    plugins = [_write_wheel(folder, f"bench_plugin_{number:02}", hooks[number % len(hooks)]) for number in range(MANY)]
    return _make_environment(folder / "none", [core]), _make_environment(folder / "many", [core, *plugins])


def _build_core(folder: Path) -> Path:
    """Build the core's wheel with the installed build backend."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], cwd=CORE, check=True, capture_output=True
    )
    return next(folder.glob("voicebridge_core-*.whl"))


def _write_wheel(folder: Path, name: str, hook: str) -> Path:
    """Write a plugin's wheel directly: a build backend would take most of a minute for fifty."""
    info = f"{name}-1.0.dist-info"
    command = name.replace("_", "-")
    spec, fields = PARTS[hook]
    files = {
        f"{name}/__init__.py": "",
        f"{name}/plugin.py": PLUGIN.format(hook=hook, spec=spec, fields=fields.format(name=name, command=command)),
        f"{info}/METADATA": METADATA.format(name=name),
        f"{info}/WHEEL": WHEEL,
        f"{info}/entry_points.txt": f"[voicebridge]\n{command} = {name}.plugin\n",
    }
    digests = {path: base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode() for path, text in files.items()}
    files[f"{info}/RECORD"] = "".join(f"{path},sha256={digests[path]},{len(files[path])}\n" for path in digests) + f"{info}/RECORD,,\n"
    wheel = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return wheel


def _make_environment(folder: Path, wheels: Iterable[Path]) -> Path:
    """Create an environment with these wheels and their dependencies from the index; returns its ``voicebridge`` command."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    pip = [sys.executable, "-m", "pip", "--python", str(scripts / "python"), "install", "-qq", "--disable-pip-version-check"]
    subprocess.run([*pip, "--constraint", str(CORE.parent / "constraints.txt"), *map(str, wheels)], check=True)
    return scripts / "voicebridge"
