"""Models from plugins and the configuration."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from voicebridge.runtime.config import Config
from voicebridge.runtime.plugins import load_plugins
from voicebridge.runtime.registry import Registry


@pytest.fixture
def registry() -> Callable[..., Registry]:
    """The models of the installed plugins, with ``file`` as the configuration."""

    def registry(home: Path, file: str = "", *, disabled: tuple[str, ...] = (), environment: dict[str, str] | None = None) -> Registry:
        (home / "config.toml").write_text(file, encoding="utf-8")
        return Registry(load_plugins(lambda name, _: name not in disabled), Config.load(environment=environment or {}))

    return registry


@pytest.fixture
def rival() -> Callable[..., None]:
    """Install another plugin with a model named ``small``."""

    def rival(site: Any, name: str = "rival", extra: str = "") -> None:
        site.install(
            name,
            f"""
            from voicebridge import SttSpec, hookimpl

            @hookimpl
            def voicebridge_stt_models():
                yield SttSpec(name="small", factory="PACKAGE.engine:Engine", {extra})
            """,
            engine="def Engine(name, options):\n    return name, options\n",
        )

    return rival
