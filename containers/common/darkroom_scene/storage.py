"""Where scenes live: what every storage can do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from darkroom_scene.errors import BAD_INPUT, StageError

CHUNK = 1 << 20
"""Bytes that are held of an object at a time."""


@dataclass(frozen=True)
class StoredObject:
    """An object of a listing; `version` changes whenever the object is written again."""

    path: str
    size: int
    version: str


@dataclass(frozen=True)
class Document:
    """A small object read at once; `age` is seconds since it was written, by the clock of the storage."""

    data: bytes
    version: str
    age: float


@dataclass(frozen=True)
class ObjectStream:
    """The bytes of an object from where reading was started; `size` is that of the whole object."""

    size: int
    chunks: Iterator[bytes]


class Interrupted(Exception):
    """The bytes stopped coming; the same again, from where they stopped, may well succeed."""


class Storage(Protocol):
    """Objects by path: relative, `/`-separated and checked (`checked_path`). Safe to use from threads.

    Methods raise `StageError` with a code `storage/…` that names the object.
    """

    @property
    def url(self) -> str:
        """Where it is, for people; holds no credential."""

    @property
    def workers(self) -> int:
        """How many transfers at a time it takes well."""

    def objects(self, prefix: str) -> Iterator[StoredObject]:
        """Every object whose path begins with `prefix`, which ends with a slash or is empty."""

    def read(self, path: str, start: int = 0) -> AbstractContextManager[ObjectStream]:
        """The bytes of an object from `start` on, in pieces; `Interrupted` when they stop coming."""

    def write_file(self, path: str, source: Path) -> None:
        """Store a file whole, or not at all: the name holds what it held before until every byte is there."""

    def read_document(self, path: str) -> Document | None:
        """A small object, or nothing when there is none."""

    def write_document(self, path: str, data: bytes) -> None:
        """Store a small object whole, or not at all."""

    def write_if(self, path: str, data: bytes, version: str | None) -> str | None:
        """Store a small object only if its version is still `version` (None: only if there is none).

        Returns:
            Its version then; None when somebody else was first.
        """

    def delete(self, paths: Iterable[str]) -> None:
        """Remove objects; those that are not there are no problem."""

    def sweep(self, prefix: str) -> None:
        """Remove what writers that were killed left unfinished below `prefix`."""


def open_storage(url: str, *, create: bool = True) -> Storage:
    """The storage at `file:///absolute/path` or `s3://bucket[/prefix]`.

    Args:
        url: where it is.
        create: whether a folder that is missing is made (storage) or is a mistake (photographs to import).

    Raises:
        StageError: `storage/bad-url`, exit code 2; `storage/missing-folder` when it must exist and does not.
    """
    parts = urlsplit(url)
    if parts.scheme == "file" and parts.netloc in ("", "localhost") and parts.path.startswith("/"):
        from darkroom_scene.file_storage import FileStorage

        return FileStorage(Path(unquote(url.split("://", 1)[1].removeprefix("localhost"))), create=create)
    if parts.scheme == "s3" and re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", parts.netloc):
        from darkroom_scene.s3_storage import S3Storage

        return S3Storage(parts.netloc, url.split("://", 1)[1].partition("/")[2].strip("/"))
    raise StageError(
        "storage/bad-url",
        f'"{url}" is no storage; expected file:///absolute/path or s3://bucket/prefix',
        "set STORAGE (--storage)",
        exit_code=BAD_INPUT,
    )
