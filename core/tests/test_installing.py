"""Commands that install packages: correct for the installer that manages the environment and for the host's origin."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from voicebridge import installing, origins
from voicebridge.installing import Environment, Installer, Package, command
from voicebridge.origins import Kind, Origin, find, read, sibling, siblings

PIP = Environment(Installer.PIP, "/env/bin/python")
PLUGIN = Package("voicebridge-os-linux", "/clone/plugins/os_linux", editable=True, kind=Kind.FOLDER)
WEIGHTS = Package("acme-weights", "acme-weights==1.0")


@pytest.mark.parametrize(
    ("noted", "expected"),
    [
        ({"url": "file:///clone/core", "dir_info": {"editable": True}}, Origin(Kind.FOLDER, "/clone/core", editable=True)),
        ({"url": "file:///my%20clone/core", "dir_info": {}}, Origin(Kind.FOLDER, "/my clone/core")),
        ({"url": "file:///dist/a-1.whl", "archive_info": {"hash": "sha256=00"}}, Origin(Kind.WHEEL, "/dist/a-1.whl")),
        (
            {"url": "https://git.invalid/v", "vcs_info": {"vcs": "git", "commit_id": "abc"}, "subdirectory": "core"},
            Origin(Kind.ADDRESS, "git+https://git.invalid/v@abc#subdirectory=core"),
        ),
        (
            {"url": "https://git.invalid/v.zip", "archive_info": {}, "subdirectory": "core"},
            Origin(Kind.ADDRESS, "https://git.invalid/v.zip#subdirectory=core"),
        ),
        ({"url": "https://files.invalid/a-1.whl", "archive_info": {}}, Origin(Kind.ADDRESS, "https://files.invalid/a-1.whl")),
        (None, Origin(Kind.INDEX, "voicebridge-core")),
        ({}, Origin(Kind.INDEX, "voicebridge-core")),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="paths are written as they are elsewhere")
def test_the_note_that_an_installer_left_says_where_a_package_came_from(noted: dict[str, Any] | None, expected: Origin) -> None:
    assert read("voicebridge-core", json.dumps(noted) if noted is not None else None) == expected


@pytest.mark.parametrize("noted", ["", "no JSON", "[]", '"text"', "null", '{"url": 3}'])
def test_a_note_that_makes_no_sense_counts_as_none(noted: str) -> None:
    assert read("acme", noted) == Origin(Kind.INDEX, "acme")


def test_a_clone_has_the_plugins_that_lie_in_it_and_no_others(tmp_path: Path) -> None:
    _package(tmp_path / "core", "voicebridge-core")
    _package(tmp_path / "plugins" / "os_linux", "voicebridge-os-linux")
    host = Origin(Kind.FOLDER, str(tmp_path / "core"), editable=True)
    assert sibling(host, "voicebridge-os-linux") == Origin(Kind.FOLDER, str(tmp_path / "plugins" / "os_linux"), editable=True)
    assert sibling(host, "voicebridge-core") == host
    assert sibling(host, "voicebridge-piper") is None
    assert siblings(host) == ["os-linux"]


def test_of_a_folder_of_wheels_the_newest_of_a_plugin_is_taken(tmp_path: Path) -> None:
    names = ["core-0.1.0", "piper-0.9.0", "piper-0.10.0", "piper_voices-2.0"]
    for name in names:
        (tmp_path / f"voicebridge_{name}-py3-none-any.whl").touch()
    host = Origin(Kind.WHEEL, str(tmp_path / "voicebridge_core-0.1.0-py3-none-any.whl"))
    found = sibling(host, "voicebridge-piper")
    assert found == Origin(Kind.WHEEL, str(tmp_path / "voicebridge_piper-0.10.0-py3-none-any.whl"))
    assert sibling(host, "voicebridge-whisper") is None
    assert siblings(host) == ["piper", "piper-voices"]


def test_a_repository_has_its_plugins_in_another_of_its_folders() -> None:
    host = Origin(Kind.ADDRESS, "git+https://git.invalid/v@abc#subdirectory=core")
    found = sibling(host, "voicebridge-os-linux")
    assert found == Origin(Kind.ADDRESS, "git+https://git.invalid/v@abc#subdirectory=plugins/os_linux")
    assert found.requirement("[x]") == "voicebridge-os-linux[x] @ git+https://git.invalid/v@abc#subdirectory=plugins/os_linux"
    assert sibling(Origin(Kind.ADDRESS, "https://files.invalid/voicebridge_core-1-py3-none-any.whl"), "voicebridge-piper") is None


@pytest.mark.parametrize(
    ("place", "packages", "flags", "expected"),
    [
        (PIP, [PLUGIN], {}, "/env/bin/python -m pip install --editable /clone/plugins/os_linux"),
        (PIP, [WEIGHTS], {"reinstall": True}, "/env/bin/python -m pip install --force-reinstall --no-cache-dir acme-weights==1.0"),
        (PIP, [WEIGHTS], {"upgrade": True}, "/env/bin/python -m pip install --upgrade acme-weights==1.0"),
        (
            Environment(Installer.PIP, "/usr/bin/python3", of_the_system=True),
            [WEIGHTS],
            {},
            "/usr/bin/python3 -m pip install --break-system-packages acme-weights==1.0",
        ),
        (
            Environment(Installer.UV, "/env/bin/python"),
            [PLUGIN],
            {},
            "uv pip install --python /env/bin/python --editable /clone/plugins/os_linux",
        ),
        (
            Environment(Installer.PIPX, "/px/bin/python", name="voicebridge-core"),
            [PLUGIN],
            {},
            "pipx inject --editable voicebridge-core /clone/plugins/os_linux",
        ),
        (
            Environment(Installer.PIPX, "/px/bin/python", name="voicebridge-core"),
            [WEIGHTS],
            {"reinstall": True},
            "pipx inject --force voicebridge-core acme-weights==1.0",
        ),
    ],
)
def test_each_installer_is_called_as_it_wants_to_be(
    place: Environment, packages: list[Package], flags: dict[str, bool], expected: str
) -> None:
    assert command(place, packages, **flags) == expected.split()


def test_uv_is_given_again_all_that_a_tool_was_made_of() -> None:
    tool = (
        {"name": "voicebridge-core", "directory": "/clone/core", "extras": ["documents"]},
        {"name": "voicebridge-whisper", "editable": "/clone/plugins/whisper"},
        {"name": "acme-asr", "specifier": ">=2"},
        {"name": "acme-tts", "git": "https://git.invalid/tts?subdirectory=a&rev=v1#abc"},
        {"name": "acme-voice", "path": "/dist/acme_voice-1-py3-none-any.whl"},
    )
    words = command(Environment(Installer.UV_TOOL, "/t/python", tool=tool), [PLUGIN, Package("voicebridge-core", "?", extras=("desktop",))])
    assert words == [
        *["uv", "tool", "install"],
        *["--with-editable", "/clone/plugins/whisper", "--with", "acme-asr>=2"],
        *["--with", "acme-tts @ git+https://git.invalid/tts@v1#subdirectory=a", "--with", "/dist/acme_voice-1-py3-none-any.whl"],
        *["--with-editable", "/clone/plugins/os_linux", "/clone/core[desktop,documents]"],
    ]


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Origin | None], None]:
    """Sets the origin of the host, the only installed package, in a pip environment."""

    def set_origin(origin: Origin | None) -> None:
        monkeypatch.setattr(origins, "installed", lambda name: origin if name == "voicebridge-core" else None)
        monkeypatch.setattr(installing, "environment", lambda: PIP)

    return set_origin


def test_no_message_sends_the_user_to_an_index_for_a_name_of_ours(host: Callable[[Origin | None], None], tmp_path: Path) -> None:
    for origin in (Origin(Kind.INDEX, "voicebridge-core"), Origin(Kind.FOLDER, str(tmp_path / "gone" / "core")), None):
        host(origin)
        assert installing.remedy("voicebridge-os-linux") == "voicebridge plugins install voicebridge-os-linux"
        assert installing.remedy("voicebridge-whisper", upgrade=True) == "voicebridge plugins install voicebridge-whisper --upgrade"
    assert installing.remedy("acme") == "/env/bin/python -m pip install acme"


def test_a_clone_is_brought_up_to_date_before_it_is_installed_again(host: Callable[[Origin | None], None], tmp_path: Path) -> None:
    _package(tmp_path / "core", "voicebridge-core")
    (tmp_path / ".git").mkdir()
    host(Origin(Kind.FOLDER, str(tmp_path / "core")))
    told = installing.remedy("voicebridge-core", upgrade=True)
    assert told == f"git -C {tmp_path} pull && /env/bin/python -m pip install --upgrade {tmp_path / 'core'}"


def test_a_wheel_is_not_offered_as_its_own_newer_version(host: Callable[[Origin | None], None], tmp_path: Path) -> None:
    wheel = tmp_path / "voicebridge_core-0.1.0-py3-none-any.whl"
    wheel.touch()
    host(Origin(Kind.WHEEL, str(wheel)))
    assert installing.remedy("voicebridge-core[desktop]") == f"/env/bin/python -m pip install '{wheel}[desktop]'"
    assert installing.remedy("voicebridge-core", upgrade=True) == "voicebridge plugins install voicebridge-core --upgrade"


def test_what_is_installed_already_is_taken_from_where_it_came_from(tmp_path: Path) -> None:
    found = find("voicebridge-core")  # this environment's, whatever it was made of
    assert found is not None
    assert find("voicebridge-core") == (found if found.kind is not Kind.WHEEL else sibling(found, "voicebridge-core"))
    assert find("nothing-of-this-name-exists") == Origin(Kind.INDEX, "nothing-of-this-name-exists")
    assert find("voicebridge-nothing-of-this-name") is None or found.kind in (Kind.INDEX, Kind.ADDRESS)


def test_the_real_pip_installs_a_plugin_by_the_command_that_is_named(tmp_path: Path) -> None:
    """In a real environment that shares the libraries of this one, with a host from a clone."""
    _package(tmp_path / "clone" / "plugins" / "echo", "voicebridge-echo")
    python = _environment(tmp_path / "env")
    _install_host(tmp_path / "env", f"file://{tmp_path}/clone/core", {"dir_info": {}})
    said = _remedy(python, "voicebridge-echo")
    assert said == f"{python} -m pip install {tmp_path / 'clone' / 'plugins' / 'echo'}"
    done = subprocess.run([*said.split(), "--no-index", "--no-build-isolation", "--no-deps"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert _remedy(python, "voicebridge-echo", "True").endswith(f"--no-cache-dir {tmp_path / 'clone' / 'plugins' / 'echo'}")


def test_an_environment_of_pipx_and_one_of_uv_are_known_by_what_lies_in_them(tmp_path: Path) -> None:
    python = _environment(tmp_path / "voicebridge-core")
    _package(tmp_path / "clone" / "plugins" / "echo", "voicebridge-echo")
    _install_host(tmp_path / "voicebridge-core", f"file://{tmp_path}/clone/core", {"dir_info": {}})
    echo = tmp_path / "clone" / "plugins" / "echo"
    (tmp_path / "voicebridge-core" / "pipx_metadata.json").write_text("{}")
    assert _remedy(python, "voicebridge-echo") == f"pipx inject voicebridge-core {echo}"
    receipt = f'[tool]\nrequirements = [{{ name = "voicebridge-core", directory = "{tmp_path}/clone/core" }}]\n'
    (tmp_path / "voicebridge-core" / "uv-receipt.toml").write_text(receipt)
    assert _remedy(python, "voicebridge-echo") == f"uv tool install --with {echo} {tmp_path}/clone/core"


@pytest.mark.parametrize(
    ("present", "expected"),
    [
        ({"apt", "apk"}, "apt install xclip"),
        ({"dnf"}, "dnf install xclip"),
        ({"pacman"}, "pacman -S xclip"),
        ({"zypper"}, "zypper install xclip"),
        ({"apk"}, "apk add xclip"),
        (set(), "apt install xclip"),
    ],
)
def test_a_package_of_the_system_comes_by_the_manager_that_is_there(
    monkeypatch: pytest.MonkeyPatch, present: set[str], expected: str
) -> None:
    monkeypatch.setattr(installing, "which", lambda program: program if program in present else None)
    assert installing.system_remedy("xclip") == expected


def _package(folder: Path, name: str) -> None:
    folder.mkdir(parents=True)
    module = name.replace("-", "_")
    (folder / f"{module}.py").touch()
    build = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
    target = f'[tool.hatch.build.targets.wheel]\nonly-include = ["{module}.py"]\n'
    (folder / "pyproject.toml").write_text(f'{build}[project]\nname = "{name}"\nversion = "1.0"\n{target}')


def _environment(folder: Path) -> str:
    if sys.platform == "win32":
        pytest.skip("environments are laid out otherwise")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    libraries = sysconfig.get_path("purelib", "venv", vars={"base": str(folder)})
    source = Path(installing.__file__).parents[1]
    (Path(libraries) / "shared.pth").write_text(f"{source}\n{sysconfig.get_path('purelib')}\n")
    return str(folder / "bin" / "python")


def _install_host(environment: Path, url: str, about: dict[str, Any]) -> None:
    info = next(environment.glob("lib/python*/site-packages")) / "voicebridge_core-0.1.0.dist-info"
    shutil.rmtree(info, ignore_errors=True)
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: voicebridge-core\nVersion: 0.1.0\n")
    (info / "direct_url.json").write_text(json.dumps({"url": url, **about}))


def _remedy(python: str, name: str, reinstall: str = "False") -> str:
    code = f"from voicebridge.installing import remedy; print(remedy({name!r}, reinstall={reinstall}))"
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
