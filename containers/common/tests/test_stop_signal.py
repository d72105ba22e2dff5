from __future__ import annotations

import hashlib
import os
import signal
import threading
import time

import pytest

from darkroom_scene.stop_signal import Stopped, StopSignal, stop_on_signals


def test_nothing_happens_until_it_is_given(stop: StopSignal) -> None:
    stop.check()
    stop.wait(0.01)
    assert not stop.requested
    stop.request("first")
    stop.request("second")
    with pytest.raises(Stopped, match="first"):
        stop.check()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_requests_the_stop_and_the_handlers_come_back(
    stop: StopSignal, number: signal.Signals
) -> None:
    before = signal.getsignal(number)
    with stop_on_signals(stop, 60, lambda: None):
        os.kill(os.getpid(), number)
        with pytest.raises(Stopped, match=number.name):
            stop.wait(5)
    assert signal.getsignal(number) is before
    assert signal.set_wakeup_fd(-1) == -1


def test_a_stage_that_does_not_end_is_given_up_and_one_that_does_is_not(stop: StopSignal) -> None:
    overdue = threading.Event()
    with stop_on_signals(stop, 0.2, overdue.set):
        os.kill(os.getpid(), signal.SIGTERM)
        assert overdue.wait(5)
    quick, called = StopSignal(), threading.Event()
    with stop_on_signals(quick, 0.5, called.set):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.1)
    time.sleep(0.7)
    assert quick.requested
    assert not called.is_set()


def test_a_signal_is_seen_while_the_main_thread_is_in_native_code(stop: StopSignal) -> None:
    seen: list[float] = []

    def watch() -> None:
        with pytest.raises(Stopped):
            stop.wait(10)
        seen.append(time.monotonic() - started)

    with stop_on_signals(stop, 60, lambda: None):
        started = time.monotonic()
        watcher = threading.Thread(target=watch)
        watcher.start()
        threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGTERM)).start()
        hashlib.pbkdf2_hmac("sha256", b"", b"", 4_000_000)
        busy = time.monotonic() - started
        watcher.join()
    assert seen[0] < min(1.0, busy)
