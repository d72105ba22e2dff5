"""Little-endian numbers out of a file that may be cut off or made up."""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray


class BrokenFile(Exception):
    """The bytes cannot be what the file is said to be; the message says why."""


class BinaryReader:
    """Reads one value after another and never past the end."""

    def __init__(self, data: bytes) -> None:
        """Start at the first byte of `data`."""
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        """Bytes that were not read yet."""
        return len(self._data) - self._at

    def take(self, count: int) -> bytes:
        """The next `count` bytes."""
        if count > self.left:
            raise BrokenFile(f"it ends {count - self.left} bytes too early")
        self._at += count
        return self._data[self._at - count : self._at]

    def count(self, least_bytes_each: int) -> int:
        """A 64-bit number of things that follow; refused when the rest of the file cannot hold them."""
        number = int(struct.unpack("<Q", self.take(8))[0])
        if number * least_bytes_each > self.left:
            raise BrokenFile(f"it announces {number} entries and has {self.left} bytes left")
        return number

    def ints(self, form: str) -> tuple[int, ...]:
        """Integers in `struct` notation, without the byte order."""
        return struct.unpack(f"<{form}", self.take(struct.calcsize(f"<{form}")))

    def doubles(self, count: int) -> NDArray[np.float64]:
        """`count` finite 64-bit floating point numbers."""
        values = np.frombuffer(self.take(8 * count), "<f8").astype(np.float64)
        if not np.isfinite(values).all():
            raise BrokenFile("it holds a number that is not finite")
        return values

    def records(self, kind: np.dtype[np.void], count: int) -> NDArray[np.void]:
        """`count` packed records; a view of the file's bytes."""
        return np.frombuffer(self.take(kind.itemsize * count), kind)

    def text(self) -> str:
        """UTF-8 up to the next zero byte."""
        end = self._data.find(b"\0", self._at)
        if end < 0:
            raise BrokenFile("a name has no end")
        raw = self.take(end - self._at)
        self._at += 1
        try:
            return raw.decode()
        except UnicodeDecodeError as error:
            raise BrokenFile(f"the name {raw!r} is not UTF-8") from error
