"""The files of a folder on this machine."""

from __future__ import annotations

import os
from pathlib import Path

from darkroom_scene.object_path import RESERVED, checked_path


def local_files(folder: Path) -> list[tuple[str, Path]]:
    """Every file below `folder` as (path relative to it, file), sorted; unfinished downloads are left out.

    Raises:
        StageError: `storage/bad-name` for a name that no storage could hold.
    """
    found = []
    for place, _, names in os.walk(folder):
        for name in names:
            file = Path(place) / name
            if not name.startswith(RESERVED) and file.is_file():
                found.append((checked_path(file.relative_to(folder).as_posix()), file))
    return sorted(found)
