"""What the conformance tests of daemon parts, checks and listeners have in common."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest

from voicebridge.errors import VoiceBridgeError
from voicebridge.extensions import ExtensionSpec
from voicebridge.host import Host
from voicebridge.runtime.extensions import Extension
from voicebridge.testing.extensions import check_descriptor, extension_of
from voicebridge.testing.threads import StillRunningError, run_together

_T = TypeVar("_T")


class ExtensionContract:
    """The rules for anything that a plugin adds besides models, services and commands."""

    name: ClassVar[str]
    """Full name, ``plugin/name``."""
    configuration: ClassVar[str] = ""
    """The text of ``config.toml``, for the plugin's settings."""
    kind: ClassVar[type[ExtensionSpec]]
    protocol: ClassVar[type]

    @pytest.fixture
    def home(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """An own folder for VoiceBridge's files, next to one for temporary files."""
        home, temporary = tmp_path / "home", tmp_path / "tmp"
        for folder in (home, temporary):
            folder.mkdir()
        (home / "config.toml").write_text(self.configuration, encoding="utf-8")
        monkeypatch.setenv("VOICEBRIDGE_HOME", str(home))
        monkeypatch.setattr(tempfile, "tempdir", str(temporary))
        return home

    @pytest.fixture
    def host(self, home: Path) -> Host:
        """The host with this configuration."""
        del home
        return Host.load()

    @pytest.fixture
    def found(self, host: Host) -> Extension[Any]:
        """The extension as VoiceBridge finds it."""
        del host
        return extension_of(self.name, self.kind)

    def test_the_descriptor_is_documented(self, found: Extension[Any]) -> None:
        """``voicebridge plugins show`` can describe it, without importing its libraries.

        Troubleshooting: give its descriptor a ``description``. "No plugin is named" means that it is not installed here.
        """
        check_descriptor(found)

    def test_it_can_be_created(self, found: Extension[Any]) -> None:
        """The factory returns an object with the methods of the protocol, without starting anything.

        Troubleshooting: see :mod:`voicebridge.extension_ports`.
        """
        with failing():
            found.make(self.protocol)


@contextmanager
def failing() -> Iterator[None]:
    """Turn a VoiceBridgeError into a failure with its message."""
    __tracebackhide__ = True
    try:
        yield
    except VoiceBridgeError as error:
        pytest.fail(str(error))


def within(seconds: float, what: str, do: Callable[[], _T]) -> _T:
    """The result of ``do``; fails if it takes longer, or raises."""
    __tracebackhide__ = True
    try:
        return run_together([do], seconds)[0]
    except StillRunningError:
        pytest.fail(f"{what} took longer than {seconds:g} s")
    except pytest.fail.Exception:
        raise
    except Exception as error:
        pytest.fail(f"{what} failed: {type(error).__name__}: {error}")
    except BaseException as error:  # sys.exit in the thread
        pytest.fail(f"{what} raised {type(error).__name__}")
