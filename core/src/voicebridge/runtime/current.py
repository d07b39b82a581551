"""The registry of this process' run, and the source of its engines, for plugin code that is called by it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # not needed if the daemon does the work
    from voicebridge.runtime.registry import Registry

if TYPE_CHECKING:
    from voicebridge.options import EngineOptions
    from voicebridge.runtime.model import Model

LoadEngine = Callable[["Model[Any]", "EngineOptions | None"], Any]
"""Returns the engine of a model."""


@dataclass(slots=True)
class _Current:
    load: Callable[[], Registry] | None = None
    load_engine: LoadEngine | None = None


_current = _Current()


def set_current(load: Callable[[], Registry], load_engine: LoadEngine | None = None) -> None:
    """Set how plugin code gets the registry of this run; called again after a reload.

    Args:
        load: returns it.
        load_engine: loads the engines of this process' Python API, if it has its own: the daemon's come from its pool.
    """
    _current.load = load
    _current.load_engine = load_engine


def current() -> Callable[[], Registry] | None:
    """Returns the registry of this run; ``None`` outside of one."""
    return _current.load


def engine_loader() -> LoadEngine | None:
    """Loads the engines of this process' Python API; ``None`` if it has no own source of engines."""
    return _current.load_engine
