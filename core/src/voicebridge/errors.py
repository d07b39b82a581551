"""All errors that VoiceBridge raises deliberately, with the exit codes of commands.

::

    VoiceBridgeError                1
    ├── UsageError                  2   the request is invalid
    │   ├── UnknownNameError        2   no model, plugin, profile or format has that name
    │   ├── AmbiguousNameError      2   several models have that name
    │   ├── NotSupportedError       2   the model doesn't support the request
    │   ├── OptionError             2   an engine option is unknown or has the wrong type
    │   └── ConfigError             2   a configuration key or file is invalid
    ├── InputError                  1   an input can't be read, or has no audio
    ├── OutputError                 1   an output can't be written
    ├── ModelError                  1   a model can't be loaded, or failed
    │   ├── WeightsNotFoundError    1   its weights are not on this machine
    │   └── DownloadError           1   its weights could not be downloaded
    ├── PluginError                 1   a plugin violated the plugin API
    ├── UnavailableError            1   a service can't be used on this machine
    └── PartlyInsertedError         1   the text may be inserted only in part

A message says what is wrong, then what to do, in a single line that can be shown as is.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING


class VoiceBridgeError(Exception):
    """Base class of all errors that VoiceBridge raises deliberately."""

    exit_code = 1


class UsageError(VoiceBridgeError):
    """The request is invalid."""

    exit_code = 2


class UnknownNameError(UsageError):
    """No model, plugin, profile, format or key has that name."""


class AmbiguousNameError(UsageError):
    """Several models have that short name; the message lists them."""


class NotSupportedError(UsageError):
    """The model doesn't support the request; the message names one that does, if there is one."""


class OptionError(UsageError):
    """An engine option is unknown or has a value of the wrong type; the message names the layer that set it."""


class ConfigError(UsageError):
    """A configuration file or key is invalid; the message names the file, the key and the closest known key."""


class InputError(VoiceBridgeError):
    """An input is missing, unreadable, or has no audio."""


class OutputError(VoiceBridgeError):
    """An output can't be written."""


class ModelError(VoiceBridgeError):
    """A model can't be loaded, or failed."""


class WeightsNotFoundError(ModelError):
    """A model's weights are not on this machine; the message lists the places that were checked."""


class DownloadError(ModelError):
    """A model's weights could not be downloaded completely and correctly; no partial files are left."""


class PluginError(VoiceBridgeError):
    """A plugin violated the plugin API."""


class UnavailableError(VoiceBridgeError):
    """A service can't be used on this machine; its probe raises this with the reason and a remedy."""


class PartlyInsertedError(VoiceBridgeError):
    """The text may be inserted only in part; another inserter would insert some of it twice."""


if not TYPE_CHECKING:  # or a name that is misspelt would pass for one that there is

    def __getattr__(name: str) -> type[UnavailableError]:
        if name != "Unavailable":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        warnings.warn(
            "Unavailable is now UnavailableError. The old name will be removed in the next version.", DeprecationWarning, stacklevel=3
        )
        return UnavailableError


def either(names: Iterable[str]) -> str:
    """Join names as alternatives: ``a, b or c``."""
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last


def nearest(name: str, known: Iterable[str]) -> str:
    """The end of an error message about an unknown ``name``: `` Did you mean 'base'?``, or empty if no known name is close."""
    by_lower = {each.lower(): each for each in known}
    found = get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    return f" Did you mean {by_lower[found[0]]!r}?" if found else ""


def misspelled(name: str, known: Iterable[str]) -> str | None:
    """The known name that ``name`` is most likely a typing mistake of; ``None`` if it is too different from all of them."""
    return next(iter(get_close_matches(name, known, n=1, cutoff=0.85)), None)


def brief(error: BaseException) -> str:
    """Describe an error from third-party code in one line: its type and the first line of its message."""
    first_line = next(iter(str(error).strip().splitlines()), "").rstrip(".")
    return f"{type(error).__name__}: {first_line}" if first_line else type(error).__name__


def cannot_read(source: Path | str, error: OSError) -> InputError:
    """The error to raise when the system fails to read from ``source`` after opening it."""
    return InputError(f"{source} can't be read: {error.strerror or brief(error)}. Try again.")


def cannot_write(target: Path, error: Exception) -> OutputError:
    """The error to raise when the system, or a library, can't write ``target``."""
    if isinstance(error, FileNotFoundError):
        return OutputError(
            f"{target} can't be written: the folder {target.parent} does not exist. Create it first: mkdir -p {target.parent}"
        )
    reason = getattr(error, "strerror", None) or str(error)
    return OutputError(f"{target} can't be written: {reason}. Choose another place with -o.")
