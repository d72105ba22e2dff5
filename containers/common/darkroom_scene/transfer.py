"""Objects to files: many at a time, in pieces, continued after an interruption, checked by sha256."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from darkroom_scene.errors import Problem, StageError
from darkroom_scene.file_problem import file_problem
from darkroom_scene.object_path import RESERVED
from darkroom_scene.stop_signal import Stopped, StopSignal
from darkroom_scene.storage import CHUNK, Interrupted, Storage

ATTEMPTS = 6
"""Interruptions in a row, without a byte in between, after which an object is given up."""

MOST_PROBLEMS = 20

Arrived = Callable[[int], None]
Job = TypeVar("Job")
Done = TypeVar("Done")


@dataclass(frozen=True)
class Wanted:
    """An object to fetch: its path, the file it becomes, and what it must be; no sha256 takes any bytes."""

    path: str
    target: Path
    size: int
    sha256: str | None


def download_all(
    storage: Storage, wanted: Sequence[Wanted], stop: StopSignal, arrived: Arrived = lambda _: None
) -> list[str]:
    """Fetch objects and return their sha256s, in order.

    Args:
        storage: where they are.
        wanted: what to fetch; the targets must differ.
        stop: ends it between two pieces.
        arrived: told the number of bytes after every piece, from several threads.

    Raises:
        StageError: every object that is missing (`storage/missing`), differs from what it must be
            (`storage/altered`) or could not be read; none of these has a file then.
    """
    digests = run_all(wanted, lambda one: _download(storage, one, stop, arrived), storage.workers, stop)
    files = {(stat.st_dev, stat.st_ino) for stat in (one.target.stat() for one in wanted)}
    if len(files) < len(wanted):
        raise StageError(
            "storage/collision",
            f"{len(wanted)} objects of {storage.url} became {len(files)} files: "
            "names that differ only in upper and lower case, or in Unicode form, are one name here",
            "use a file system that tells them apart, or rename the files",
        )
    return digests


def run_all(jobs: Sequence[Job], work: Callable[[Job], Done], workers: int, stop: StopSignal) -> list[Done]:
    """What `work` returns for every job, in order; some at a time.

    After a failure the jobs that have begun are finished, so that all their problems are told at once.
    """
    results: dict[Future[Done], int] = {}
    failed: list[Problem] = []
    done: dict[int, Done] = {}
    waiting = list(enumerate(jobs))[::-1]
    with ThreadPoolExecutor(max(1, min(workers, len(jobs)))) as pool:
        while waiting or results:
            while (
                waiting and len(results) < 2 * workers and len(failed) < MOST_PROBLEMS and not stop.requested
            ):
                index, job = waiting.pop()
                results[pool.submit(work, job)] = index
            if not results:
                break
            for future in wait(results, return_when=FIRST_COMPLETED).done:
                index = results.pop(future)
                try:
                    done[index] = future.result()
                except StageError as error:
                    failed.extend(error.problems)
                except Stopped:
                    continue
    if failed:
        raise StageError.of(failed)
    stop.check()
    return [done[index] for index in range(len(jobs))]


def file_sha256(file: Path, stop: StopSignal) -> str:
    """The sha256 of a file, as 64 hexadecimal digits; read in pieces."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while piece := stream.read(CHUNK):
            stop.check()
            digest.update(piece)
    return digest.hexdigest()


def part_of(target: Path) -> Path:
    """Where the bytes of an unfinished download of `target` lie; a name that no object can have."""
    name = hashlib.sha256(os.fsencode(target)).hexdigest()[:24]
    return target.parent / f"{RESERVED}{name}.part"


def _download(storage: Storage, one: Wanted, stop: StopSignal, arrived: Arrived) -> str:
    part = part_of(one.target)
    try:
        one.target.parent.mkdir(parents=True, exist_ok=True)
        if one.sha256 is None:
            part.unlink(missing_ok=True)
        for fresh in (False, True):
            digest = _fetch(storage, one, part, stop, arrived)
            if one.sha256 in (None, digest):
                os.replace(part, one.target)
                return digest
            part.unlink()
            if fresh:
                break
    except OSError as error:
        raise file_problem(error, "writing", one.target) from error
    raise _altered(storage, one, f"has the sha256 {digest}, expected {one.sha256}")


def _fetch(storage: Storage, one: Wanted, part: Path, stop: StopSignal, arrived: Arrived) -> str:
    """Append to `part` until it has every byte; the sha256 of the whole."""
    digest = hashlib.sha256()
    idle = 0
    with part.open("a+b") as file:
        have = _take_in(file.fileno(), digest.update, one.size, stop)
        arrived(have)
        finished = 0 < one.size == have
        while not finished:
            before = have
            try:
                with storage.read(one.path, have) as stream:
                    if stream.size != one.size:
                        part.unlink()
                        raise _altered(storage, one, f"has {stream.size} bytes, expected {one.size}")
                    for piece in stream.chunks:
                        stop.check()
                        file.write(piece)
                        digest.update(piece)
                        have += len(piece)
                        arrived(len(piece))
                finished = have >= one.size
                if not finished:
                    raise Interrupted(f"it ended after {have} of {one.size} bytes")
            except Interrupted as error:
                idle = 0 if before < have < one.size else idle + 1
                if have >= one.size:  # every byte came, and they are not what was sent
                    file.truncate(0)
                    digest, have = hashlib.sha256(), 0
                if idle >= ATTEMPTS:
                    raise _unreachable(storage, one, error) from error
                stop.wait(min(8.0, 0.2 * 2**idle))
    return digest.hexdigest()


def _take_in(descriptor: int, update: Callable[[bytes], None], size: int, stop: StopSignal) -> int:
    """Read what an earlier attempt left; more than `size` bytes cannot be of this object and are dropped."""
    have = os.fstat(descriptor).st_size
    if have > size:
        os.ftruncate(descriptor, 0)
        return 0
    os.lseek(descriptor, 0, os.SEEK_SET)
    while piece := os.read(descriptor, CHUNK):
        stop.check()
        update(piece)
    return have


def _altered(storage: Storage, one: Wanted, reason: str) -> StageError:
    return StageError(
        "storage/altered",
        f'"{one.path}" in {storage.url} {reason}; it was not used',
        "delete that object: the stage that made it then makes it again (a photograph: import it again)",
    )


def _unreachable(storage: Storage, one: Wanted, error: Interrupted) -> StageError:
    return StageError(
        "storage/unreachable",
        f'"{one.path}" in {storage.url} could not be read in {ATTEMPTS} attempts: {error}',
        "run again: what has arrived is kept in the storage",
    )
