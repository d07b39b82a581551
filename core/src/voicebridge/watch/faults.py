"""What an error means for a watched folder: for one file, or for all of them."""

from __future__ import annotations

import errno
import sqlite3

from voicebridge.errors import DownloadError, OutputError, Unavailable, VoiceBridgeError, WeightsNotFoundError


def is_full(error: BaseException) -> bool:
    """Whether an error comes from a disk that is full, or a share of it that is used up."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        if isinstance(cause, sqlite3.Error) and "full" in str(cause):
            return True
        cause = cause.__cause__
    return False


def is_of_the_whole(error: VoiceBridgeError) -> bool:
    """Whether an error would meet the other files too, and is not this one's fault."""
    return isinstance(error, WeightsNotFoundError | DownloadError | Unavailable) or (
        isinstance(error, OutputError) and isinstance(error.__cause__, OSError)
    )
