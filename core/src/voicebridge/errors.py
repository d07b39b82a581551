"""Every error that VoiceBridge raises on purpose, and the exit code each one ends a command with.

::

    VoiceBridgeError                1
    ├── UsageError                  2   what was asked for makes no sense
    │   ├── UnknownNameError        2   no model, plugin, profile or format of that name
    │   ├── AmbiguousNameError      2   more than one answers to that name
    │   ├── NotSupportedError       2   the model can't do what was asked
    │   ├── OptionError             2   an engine option is unknown or ill-typed
    │   └── ConfigError             2   a configuration key or file is wrong
    ├── InputError                  1   an input can't be read, or holds no audio
    ├── OutputError                 1   an output can't be written
    ├── ModelError                  1   a model can't be loaded, or failed while running
    │   ├── WeightsNotFoundError    1   its weights are nowhere on this machine
    │   └── DownloadError           1   its weights could not be fetched whole
    ├── PluginError                 1   a plugin broke the contract
    ├── Unavailable                 1   a service can't be used on this machine
    └── PartlyInsertedError         1   text may stand only in part where the cursor is

A message says what is wrong, then what to do about it; it is one line long, so that it can be shown as it stands.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path


class VoiceBridgeError(Exception):
    """The root of the tree: catching it catches everything that VoiceBridge raises on purpose."""

    exit_code = 1


class UsageError(VoiceBridgeError):
    """What was asked for makes no sense as it stands."""

    exit_code = 2


class UnknownNameError(UsageError):
    """No model, plugin, profile, format or key answers to a name."""


class AmbiguousNameError(UsageError):
    """More than one model answers to a short name; the message lists them all."""


class NotSupportedError(UsageError):
    """The chosen model can't do what was asked; the message names one that can, where there is one."""


class OptionError(UsageError):
    """An engine option is unknown or has a value of the wrong type; the message names the layer it came from."""


class ConfigError(UsageError):
    """A configuration file or key is wrong; the message names the file, the key and the nearest known key."""


class InputError(VoiceBridgeError):
    """An input is missing, unreadable, or holds no audio."""


class OutputError(VoiceBridgeError):
    """An output can't be written."""


class ModelError(VoiceBridgeError):
    """A model can't be loaded, or failed while it ran."""


class WeightsNotFoundError(ModelError):
    """A model's weights are nowhere on this machine; the message lists the places that were looked at."""


class DownloadError(ModelError):
    """A model's weights could not be fetched whole and unharmed; nothing half-made was left behind."""


class PluginError(VoiceBridgeError):
    """A plugin broke the contract."""


class Unavailable(VoiceBridgeError):  # noqa: N818 - reads as a verdict: `raise Unavailable("wl-copy not found: …")`
    """A service can't be used on this machine; raised by its probe with the reason and the remedy."""


class PartlyInsertedError(VoiceBridgeError):
    """A text may stand only in part where the cursor is; inserting it in another way would write some of it twice."""


def nearest(name: str, known: Iterable[str]) -> str:
    """The close of an error about an unknown ``name``: `` Did you mean 'base'?``, or nothing when none is near."""
    by_lower = {each.lower(): each for each in known}
    found = get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    return f" Did you mean {by_lower[found[0]]!r}?" if found else ""


def brief(error: BaseException) -> str:
    """An error that somebody else's code raised, in one line: its type and the first line of what it says."""
    first_line = next(iter(str(error).strip().splitlines()), "").rstrip(".")
    return f"{type(error).__name__}: {first_line}" if first_line else type(error).__name__


def cannot_write(target: Path, error: Exception) -> OutputError:
    """What to tell the user when the system, or a library on its behalf, refuses to write ``target``."""
    if isinstance(error, FileNotFoundError):
        return OutputError(f"{target} can't be written: the folder {target.parent} does not exist. Make it first: mkdir -p {target.parent}")
    reason = getattr(error, "strerror", None) or str(error)
    return OutputError(f"{target} can't be written: {reason}. Choose another place with -o.")
