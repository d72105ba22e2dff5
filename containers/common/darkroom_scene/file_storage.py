"""Scenes in a folder."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from darkroom_scene.errors import Problem, StageError
from darkroom_scene.file_problem import file_problem
from darkroom_scene.object_path import RESERVED, checked_path
from darkroom_scene.storage import CHUNK, Document, ObjectStream, StoredObject


class FileStorage:
    """Objects are files below `root`; a file appears under its name only when it is whole."""

    workers = 4

    def __init__(self, root: Path, *, create: bool = True) -> None:
        """Use the folder `root`; made when it is missing and `create` is set."""
        if create:
            with _telling("making", root):
                root.mkdir(parents=True, exist_ok=True)
        elif not root.is_dir():
            raise StageError("storage/missing-folder", f"there is no folder {root}")
        self.root = root.resolve()

    @property
    def url(self) -> str:
        """The folder, as a URL for people."""
        return f"file://{self.root}"

    def local(self, path: str) -> Path:
        """Where an object lies.

        Raises:
            StageError: `storage/bad-name`, also for a symbolic link that leads out of the storage.
        """
        place = self.root / checked_path(path)
        if not place.resolve().is_relative_to(self.root):
            raise StageError(
                "storage/bad-name",
                f"{place} is a symbolic link out of {self.root}",
                "put the file itself there",
            )
        return place

    def objects(self, prefix: str) -> Iterator[StoredObject]:
        """Every file below `prefix`, sorted; links to folders are not followed."""
        top = self.local(prefix.rstrip("/")) if prefix else self.root
        problems: list[Problem] = []
        found = list(self._files(top, prefix, problems))
        if problems:
            raise StageError.of(problems)
        yield from sorted(found, key=lambda one: one.path)

    def _files(self, folder: Path, prefix: str, problems: list[Problem]) -> Iterator[StoredObject]:
        try:
            entries = list(os.scandir(folder))
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            raise file_problem(error, "reading", folder) from error
        for entry in entries:
            path = prefix + entry.name
            if entry.name.startswith(RESERVED):
                continue
            try:
                if entry.is_dir(follow_symlinks=False):
                    yield from self._files(Path(entry.path), path + "/", problems)
                elif self.local(path).is_file():
                    stat = entry.stat()
                    yield StoredObject(path, stat.st_size, _version(stat))
            except StageError as error:
                problems.extend(error.problems)

    @contextmanager
    def read(self, path: str, start: int = 0) -> Iterator[ObjectStream]:
        """The bytes of a file from `start` on."""
        place = self.local(path)
        with _telling("reading", place):
            file = place.open("rb")
        with file:
            file.seek(start)
            yield ObjectStream(os.fstat(file.fileno()).st_size, _chunks(file, place))

    def write_file(self, path: str, source: Path) -> None:
        """Copy a file."""

        def copy(target: BinaryIO) -> None:
            with source.open("rb") as file:
                shutil.copyfileobj(file, target, CHUNK)

        self._write(self.local(path), copy)

    def read_document(self, path: str) -> Document | None:
        """A small file, or nothing when there is none."""
        return _document(self.local(path))

    def write_document(self, path: str, data: bytes) -> None:
        """Store a small file."""
        self._write(self.local(path), lambda target: _write_all(target, data))

    def write_if(self, path: str, data: bytes, version: str | None) -> str | None:
        """Store a small file if it is still the one of `version`."""
        place = self.local(path)
        with _telling("making", place.parent):
            place.parent.mkdir(parents=True, exist_ok=True)
        with _locked(place.parent):
            found = _document(place)
            if (found.version if found else None) != version:
                return None
            self._write(place, lambda target: _write_all(target, data))
        return _content_version(data)

    def delete(self, paths: Iterable[str]) -> None:
        """Remove files, and folders that are empty then."""
        for path in paths:
            place = self.local(path)
            with _telling("removing", place):
                place.unlink(missing_ok=True)
            for folder in place.parents:
                if folder == self.root or not _remove_empty(folder):
                    break

    def sweep(self, prefix: str) -> None:
        """Remove unfinished files below `prefix`."""
        for folder, _, names in os.walk(self.local(prefix.rstrip("/"))):
            for name in names:
                if name.startswith(RESERVED) and name.endswith(".tmp"):
                    with suppress(OSError):
                        (Path(folder) / name).unlink()

    def _write(self, place: Path, fill: Callable[[BinaryIO], None]) -> None:
        unfinished = place.parent / f"{RESERVED}{secrets.token_hex(8)}.tmp"
        with _telling("writing", place):
            try:
                with _made(unfinished) as file:
                    fill(file)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(unfinished, place)
            except BaseException:
                with suppress(OSError):
                    unfinished.unlink()
                raise


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keep other processes out of the documents of `folder`; the kernel lets go for a process that died."""
    guard = folder / f"{RESERVED}lock"
    with _telling("locking", guard):
        descriptor = os.open(guard, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


@contextmanager
def _made(path: Path) -> Iterator[BinaryIO]:
    """A new file with the rights that the umask gives; its folder is made first when it is missing."""
    for attempt in (1, 2, 3):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            file = path.open("xb")
            break
        except FileNotFoundError:  # another thread removed the folder, which was empty
            if attempt == 3:
                raise
    with file:
        yield file


@contextmanager
def _telling(doing: str, place: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise StageError("storage/missing", f"there is no {place}") from error
    except OSError as error:
        raise file_problem(error, doing, place) from error


def _chunks(file: BinaryIO, place: Path) -> Iterator[bytes]:
    while True:
        with _telling("reading", place):
            chunk = file.read(CHUNK)
        if not chunk:
            return
        yield chunk


def _write_all(target: BinaryIO, data: bytes) -> None:
    target.write(data)


def _document(place: Path) -> Document | None:
    try:
        with place.open("rb") as file:
            written = os.fstat(file.fileno()).st_mtime
            data = file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise file_problem(error, "reading", place) from error
    return Document(data, _content_version(data), max(0.0, time.time() - written))


def _content_version(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _version(stat: os.stat_result) -> str:
    return f"{stat.st_ino}-{stat.st_mtime_ns}-{stat.st_size}"


def _remove_empty(folder: Path) -> bool:
    try:
        folder.rmdir()
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT, errno.EBUSY, errno.EACCES):
            return False
        raise
    return True
