"""Files into a storage: many at a time, hashed first, and only those that are wanted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from darkroom_scene.errors import StageError
from darkroom_scene.file_problem import file_problem
from darkroom_scene.manifest import ObjectEntry
from darkroom_scene.stop_signal import StopSignal
from darkroom_scene.storage import Storage
from darkroom_scene.transfer import file_sha256, run_all


@dataclass(frozen=True)
class HashedFile:
    """A file of this machine and what it is; `stamp` tells whether it was changed since."""

    file: Path
    entry: ObjectEntry
    stamp: tuple[int, int, int]


def hash_files(files: Sequence[tuple[str, Path]], workers: int, stop: StopSignal) -> list[HashedFile]:
    """The size and sha256 of files, given as (path, file), in order."""

    def one(job: tuple[str, Path]) -> HashedFile:
        path, file = job
        stamp = _stamp(file)
        try:
            return HashedFile(file, ObjectEntry(path, stamp[0], file_sha256(file, stop)), stamp)
        except OSError as error:
            raise file_problem(error, "reading", file) from error

    return run_all(files, one, workers, stop)


def upload_files(
    storage: Storage,
    folder: str,
    files: Sequence[HashedFile],
    stop: StopSignal,
    stored: Callable[[int], None] = lambda _: None,
) -> None:
    """Store files below `folder`, which ends with a slash.

    Args:
        storage: where to.
        folder: put before the path of every file.
        files: what to store.
        stop: ends it between two files.
        stored: told the bytes of every file that is stored, from several threads.

    Raises:
        StageError: also `storage/changing`, for a file that was written to since it was hashed.
    """

    def one(job: HashedFile) -> None:
        storage.write_file(folder + job.entry.path, job.file)
        if _stamp(job.file) != job.stamp:
            raise StageError(
                "storage/changing",
                f"{job.file} was changed while it was being stored",
                "run again when it is done",
            )
        stored(job.entry.size)

    run_all(files, one, storage.workers, stop)


def _stamp(file: Path) -> tuple[int, int, int]:
    try:
        stat = file.stat()
    except OSError as error:
        raise file_problem(error, "reading", file) from error
    return (stat.st_size, stat.st_mtime_ns, stat.st_ino)
