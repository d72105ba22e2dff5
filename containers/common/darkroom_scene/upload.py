"""Files into a storage: many at a time, and only those that differ from what is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from darkroom_scene.errors import StageError
from darkroom_scene.file_problem import file_problem
from darkroom_scene.manifest import ObjectEntry
from darkroom_scene.stop_signal import StopSignal
from darkroom_scene.storage import Storage
from darkroom_scene.transfer import file_sha256, run_all


def upload_files(
    storage: Storage,
    folder: str,
    files: Sequence[tuple[str, Path]],
    stop: StopSignal,
    there: Mapping[str, ObjectEntry] | None = None,
    stored: Callable[[int], None] = lambda _: None,
) -> tuple[ObjectEntry, ...]:
    """Store files below `folder` and return their entries.

    Args:
        storage: where to.
        folder: ends with a slash.
        files: (path below `folder`, file).
        stop: ends it between two files.
        there: what is known to be stored under a path; an equal file is not sent again.
        stored: told the bytes of every file that is dealt with, from several threads.
    """

    def one(job: tuple[str, Path]) -> ObjectEntry:
        path, file = job
        try:
            before = file.stat()
            entry = ObjectEntry(path, before.st_size, file_sha256(file, stop))
            if not there or there.get(path) != entry:
                storage.write_file(folder + path, file)
            after = file.stat()
        except OSError as error:
            raise file_problem(error, "reading", file) from error
        if (before.st_mtime_ns, before.st_size, before.st_ino) != (
            after.st_mtime_ns,
            after.st_size,
            after.st_ino,
        ):
            raise StageError("storage/changing", f"{file} was changed while it was being stored", "run again")
        stored(entry.size)
        return entry

    return tuple(run_all(files, one, storage.workers, stop))
