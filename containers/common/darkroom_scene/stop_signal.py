"""A request to stop: SIGTERM, SIGINT, or a lease that was lost."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Stopped(Exception):
    """Raised by `StopSignal.check` once a stop was requested; save a checkpoint and let it pass."""


class StopSignal:
    """Tells a stage that it must end; may be asked from every thread."""

    def __init__(self) -> None:
        """Make a signal that nobody has given yet."""
        self._event = threading.Event()
        self.reason = ""

    @property
    def requested(self) -> bool:
        """Whether a stop was requested."""
        return self._event.is_set()

    def request(self, reason: str) -> None:
        """Ask for the stop; only the first reason is kept."""
        if not self._event.is_set():
            self.reason = reason
            self._event.set()

    def check(self) -> None:
        """Do nothing, or raise `Stopped` when a stop was requested."""
        if self._event.is_set():
            raise Stopped(self.reason)

    def wait(self, seconds: float) -> None:
        """Sleep, but no longer than until a stop is requested, and then raise `Stopped`."""
        self._event.wait(seconds)
        self.check()


@contextmanager
def stop_on_signals(stop: StopSignal, grace: float, overdue: Callable[[], None]) -> Iterator[None]:
    """Request the stop when SIGTERM or SIGINT comes while the block runs.

    Signals are read by a thread of their own (`signal.set_wakeup_fd`): a handler of Python's would wait for
    as long as the main thread is inside native code, and a mapping of COLMAP can be there for minutes.

    Args:
        stop: what to request it from.
        grace: seconds after which a stage that has not ended is given up.
        overdue: called then, from the thread; expected to end the process.
    """
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    before_fd = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    before = {number: signal.signal(number, _leave_to_the_thread) for number in SIGNALS}
    ended = threading.Event()
    numbers = {int(number) for number in SIGNALS}

    def watch() -> None:
        while number := os.read(reading, 1):
            if number[0] in numbers:
                stop.request(signal.Signals(number[0]).name)
                break
        if stop.requested and not ended.wait(grace):
            overdue()

    thread = threading.Thread(target=watch, name="signals", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(before_fd)
        os.close(writing)
        thread.join()
        os.close(reading)


def _leave_to_the_thread(_number: int, _frame: FrameType | None) -> None:
    """Keep the default action away; the byte in the wake-up pipe is what counts."""
