"""One scene, one runner: a lease in the storage, kept alive by a heartbeat."""

from __future__ import annotations

import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

from darkroom_scene.errors import StageError
from darkroom_scene.progress import Progress
from darkroom_scene.stop_signal import StopSignal
from darkroom_scene.storage import Document, Storage


@dataclass(frozen=True)
class LeaseTimes:
    """Seconds between heartbeats, without one until the lease is anybody's, and between two looks at it."""

    beat: float = 8.0
    expiry: float = 30.0
    look: float = 2.0


@dataclass(frozen=True)
class Holding:
    """What the lease says: who holds it (and a random token of that run), since when, heartbeats so far."""

    holder: str
    token: str
    since: str
    beats: int
    free: bool


class Lease:
    """A lease of this run; made by `leased`."""

    def __init__(self, storage: Storage, path: str, stage: str, stop: StopSignal, times: LeaseTimes) -> None:
        """Prepare the lease at `path`; nothing is written yet."""
        self._storage = storage
        self._path = path
        self._stop = stop
        self._times = times
        holder = f"stage {stage} on {socket.gethostname()}, process {os.getpid()}"
        self._holding = Holding(holder, secrets.token_hex(16), "", 0, free=False)
        self._version: str | None = None
        self._alive_until = 0.0
        self._lock = threading.Lock()
        self._ended = threading.Event()

    def acquire(self, progress: Progress) -> None:
        """Take the lease; while another run holds it, say so once and wait."""
        told = ""
        while True:
            document = self._storage.read_document(self._path)
            other = _parse(document.data) if document else None
            if document is None or _expired(document, other, self._times.expiry):
                since = datetime.now(UTC).isoformat(timespec="seconds")
                if self._write(replace(self._holding, since=since), document.version if document else None):
                    break
                continue
            holder = f"{other.holder}, since {other.since}" if other else "another run"
            if holder != told:
                told = holder
                progress.notice(
                    f"this scene is being worked on by {holder}; waiting until that run has ended"
                )
            self._stop.wait(self._times.look)
        if told:
            progress.notice("the other run has ended; going on")

    def keep(self) -> None:
        """Send heartbeats until `release`; a lost lease requests the stop."""
        while not self._ended.wait(self._times.beat):
            with self._lock:
                if self._ended.is_set():
                    return
                try:
                    kept = self._write(replace(self._holding, beats=self._holding.beats + 1), self._version)
                except StageError:
                    kept = time.monotonic() < self._alive_until
            if not kept:
                self._stop.request("lease lost")
                return

    @property
    def lost(self) -> bool:
        """Whether another run may have the scene by now."""
        return self._stop.reason == "lease lost" or time.monotonic() > self._alive_until

    def confirm(self) -> None:
        """Make sure, by a heartbeat, that the scene is still this run's; called before results are replaced.

        Raises:
            StageError: `lease/lost`.
        """
        with self._lock:
            kept = self._write(replace(self._holding, beats=self._holding.beats + 1), self._version)
        if not kept:
            self._stop.request("lease lost")
            raise lost_lease(self._path)

    def release(self) -> None:
        """Let others have the scene; does nothing when it is another's already."""
        self._ended.set()
        with self._lock, suppress(StageError):
            if self._version:
                self._write(replace(self._holding, free=True), self._version)
            self._version = None

    def _write(self, holding: Holding, version: str | None) -> bool:
        """Replace the lease if nobody else did; after an answer that was lost, reading tells."""
        asked = time.monotonic()
        data = json.dumps(asdict(holding), ensure_ascii=False).encode()
        written = self._storage.write_if(self._path, data, version)
        if written is None:
            found = self._storage.read_document(self._path)
            if found is None or found.data != data:
                return False
            written = found.version
        self._version = written
        self._holding = holding
        self._alive_until = asked + self._times.expiry
        return True


@contextmanager
def leased(
    storage: Storage, path: str, stage: str, stop: StopSignal, progress: Progress, times: LeaseTimes
) -> Iterator[Lease]:
    """Hold the lease at `path` while the block runs.

    Raises:
        Stopped: a stop was requested while another run held it.
    """
    lease = Lease(storage, path, stage, stop, times)
    lease.acquire(progress)
    thread = threading.Thread(target=lease.keep, name="lease", daemon=True)
    thread.start()
    try:
        yield lease
    finally:
        lease.release()
        thread.join()


def lost_lease(path: str) -> StageError:
    """The error of a run whose scene was taken over."""
    return StageError(
        "lease/lost",
        f"the lease {path} was taken over by another run, because no heartbeat reached the storage in time",
        "nothing was replaced; run again: the next run waits for the other one",
    )


def _expired(document: Document, holding: Holding | None, expiry: float) -> bool:
    return document.age > expiry or (holding is not None and holding.free)


def _parse(data: bytes) -> Holding | None:
    try:
        return Holding(**json.loads(data))
    except (ValueError, TypeError):
        return None
