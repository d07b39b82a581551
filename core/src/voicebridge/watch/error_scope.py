"""Whether an error affects one file of a watched folder, or all of them."""

from __future__ import annotations

import errno
import sqlite3

from voicebridge.errors import DownloadError, OutputError, UnavailableError, VoiceBridgeError, WeightsNotFoundError


def is_full(error: BaseException) -> bool:
    """Whether an error is caused by a full disk or an exceeded quota."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        if isinstance(cause, sqlite3.Error) and "full" in str(cause):
            return True
        cause = cause.__cause__
    return False


def is_of_the_whole(error: VoiceBridgeError) -> bool:
    """Whether an error would affect the other files too."""
    return isinstance(error, WeightsNotFoundError | DownloadError | UnavailableError) or (
        isinstance(error, OutputError) and isinstance(error.__cause__, OSError)
    )
