"""The events of a stage: JSON lines on standard output."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from darkroom_scene.json_value import JsonValue

Event = Mapping[str, JsonValue]
Emit = Callable[[Event], None]

INTERVAL = 0.25
"""Seconds between two progress events."""


class Progress:
    """How far a stage is, and what a person should know meanwhile. Safe to use from several threads."""

    def __init__(self, stage: str, emit: Emit) -> None:
        """Report on `stage` through `emit`, which gets one event at a time (a list's `append` will do)."""
        self._state = _State(stage, emit)
        self._start = 0.0
        self._end = 1.0

    def part(self, start: float, end: float) -> Progress:
        """A view of this progress whose 0 to 1 are `start` to `end` of it."""
        part = Progress.__new__(Progress)
        part._state = self._state
        part._start = self._start + (self._end - self._start) * start
        part._end = self._start + (self._end - self._start) * end
        return part

    def update(self, done: float, message: str) -> None:
        """Say that the share `done` (0 to 1) is reached; never goes back, dropped when too often."""
        inside = min(max(done, 0.0), 1.0)
        self._state.update(self._start + (self._end - self._start) * inside, message)

    def notice(self, text: str) -> None:
        """Say something worth knowing."""
        self._state.send({"event": "notice", "message": text})

    def warning(self, text: str) -> None:
        """Say something that should be looked at."""
        self._state.send({"event": "warning", "message": text})


class _State:
    """What the parts of one progress share."""

    def __init__(self, stage: str, emit: Emit) -> None:
        self._stage = stage
        self._emit = emit
        self._lock = threading.Lock()
        self._done = 0.0
        self._last = -INTERVAL

    def update(self, done: float, message: str) -> None:
        with self._lock:
            ends = done >= 1.0 > self._done
            self._done = max(self._done, round(done, 4))
            now = time.monotonic()
            if now - self._last < INTERVAL and not ends:
                return
            self._last = now
            self._emit({"event": "progress", "stage": self._stage, "done": self._done, "message": message})

    def send(self, event: Event) -> None:
        with self._lock:
            self._emit(event)


@contextmanager
def event_stream() -> Iterator[Emit]:
    """Standard output for events alone: what anything else prints meanwhile goes to standard error.

    Native libraries write to descriptor 1 themselves, so the descriptor is what is turned round. A reader
    that went away does not stop the stage: its work is in the storage, not in the pipe.
    """
    sys.stdout.flush()
    events = os.dup(1)
    os.dup2(2, 1)
    lock = threading.Lock()

    def emit(event: Event) -> None:
        line = (
            json.dumps(event, ensure_ascii=False, allow_nan=False).encode(errors="backslashreplace") + b"\n"
        )
        with lock:
            _write_whole(events, line)

    try:
        yield emit
    finally:
        sys.stdout.flush()
        os.dup2(events, 1)
        os.close(events)


def _write_whole(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    try:
        while view:
            view = view[os.write(descriptor, view) :]
    except BrokenPipeError:
        return
