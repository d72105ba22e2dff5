"""Errors of the operating system, in words."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from darkroom_scene.errors import StageError

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


def file_problem(error: OSError, doing: str, place: Path | str) -> StageError:
    """What went wrong while `doing` something at `place`, and what to do about it."""
    if error.errno in FULL:
        return StageError(
            "storage/full",
            f"there is no space left for {doing} {place} ({error.strerror})",
            "free some space there, or choose another place, then run again: finished work is kept",
        )
    if error.errno in FORBIDDEN:
        return StageError(
            "storage/forbidden",
            f"{doing} {place} is not allowed for user {os.getuid()}, group {os.getgid()} ({error.strerror})",
            "give that user the right to read and write there, or run as the owner of the folder",
        )
    return StageError("storage/failed", f"{doing} {place} failed: {error.strerror or error}")
