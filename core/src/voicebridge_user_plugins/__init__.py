"""The user's one-file plugins, as modules: ``shout.py`` in the folder ``plugins`` beside the configuration file is the submodule ``shout``.

So every process, such as the one of an engine, can import a file by the reference in a descriptor.
"""

from __future__ import annotations

from pathlib import Path

from voicebridge import paths


def folder() -> Path:
    """The folder of the files; it need not exist. From this call on, modules are imported from there."""
    found = paths.config_file().parent / "plugins"
    __path__[:] = [str(found)]
    return found


__path__ = [""]
folder()
