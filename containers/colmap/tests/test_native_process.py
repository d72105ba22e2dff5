from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from darkroom_scene.errors import StageError
from darkroom_scene.progress import Progress
from darkroom_scene.stop_signal import Stopped, StopSignal
from sfm.native_process import Meanwhile, Native, Say

Events = list[object]


def twice(say: Say, number: int) -> int:
    say(0.5, "half")
    return 2 * number


def fails(say: Say, how: str) -> None:
    if how == "stage":
        raise StageError("sfm/some", "a reason", "a way out")
    if how == "bug":
        raise ValueError("a bug")
    os.kill(os.getpid(), signal.SIGKILL if how == "memory" else signal.SIGABRT)


def sleeps(say: Say) -> None:
    time.sleep(60)


def quiet() -> Progress:
    return Progress("sfm", lambda event: None)


def test_the_result_comes_back_and_what_was_said() -> None:
    events: Events = []
    assert Native(StopSignal()).run(Progress("sfm", events.append), twice, 21) == 42
    assert events == [{"event": "progress", "stage": "sfm", "done": 0.5, "message": "half"}]


@pytest.mark.parametrize(
    ("how", "code", "part"),
    [
        ("stage", "sfm/some", "a reason"),
        ("bug", "sfm/native", "fails: ValueError: a bug"),
        ("memory", "sfm/out-of-memory", "COLMAP was killed in fails"),
        ("abort", "sfm/native", "COLMAP ended in fails with SIGABRT"),
    ],
)
def test_an_end_without_a_result_is_told_in_words(how: str, code: str, part: str) -> None:
    with pytest.raises(StageError) as caught:
        Native(StopSignal()).run(quiet(), fails, how)
    assert caught.value.code == code
    assert part in caught.value.message
    assert caught.value.hint


def test_a_stop_ends_the_process_at_once_and_meanwhile_something_is_done() -> None:
    stop, done = StopSignal(), list[float]()

    def work() -> None:
        done.append(time.monotonic())
        if len(done) == 2:
            # Not from within, where it would be seen whether or not somebody looks for it.
            threading.Timer(0, stop.request, ["SIGTERM"]).start()

    with pytest.raises(Stopped):
        Native(stop, Meanwhile(0.4, work)).run(quiet(), sleeps)
    assert len(done) >= 2
    assert time.monotonic() - done[1] < 10
