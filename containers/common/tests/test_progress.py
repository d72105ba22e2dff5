from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time

from darkroom_scene.progress import Event, Progress


def test_progress_never_goes_back_and_comes_a_few_times_a_second(
    progress: Progress, events: list[Event]
) -> None:
    started = time.monotonic()
    while time.monotonic() - started < 1:
        progress.update(abs(0.5 - (time.monotonic() - started)), "turning")
    for _ in range(5):
        progress.update(1, "done")
    done = [float(str(event["done"])) for event in events]
    assert done == sorted(done)
    assert 3 <= len(done) <= 7
    assert (done[-1], done.count(1.0)) == (1.0, 1)


def test_a_part_of_the_progress_stays_inside_it(progress: Progress, events: list[Event]) -> None:
    part = progress.part(0.2, 0.6).part(0.5, 1)
    part.update(-3, "before")
    time.sleep(0.3)
    part.update(7, "after")
    assert [event["done"] for event in events] == [0.4, 0.6]


def test_threads_do_not_mix_their_lines() -> None:
    script = """
import threading
from darkroom_scene.progress import event_stream, Progress
with event_stream() as emit:
    progress = Progress("sfm", emit)
    many = lambda: [progress.notice("x" * 3000) for _ in range(50)]
    threads = [threading.Thread(target=many) for _ in range(4)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert len([json.loads(line) for line in ran.stdout.splitlines()]) == 200


def test_only_events_reach_standard_output_and_afterwards_it_is_as_before() -> None:
    script = """
import os
from darkroom_scene.progress import event_stream
with event_stream() as emit:
    print("python"); os.write(1, b"native\\n"); os.system("echo child")
    emit({"event": "notice", "message": "\\udcff\\u00e9"})
print("after")
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    event, after = ran.stdout.splitlines()
    assert (json.loads(event)["message"], after) == ("\udcff\u00e9", "after")
    assert sorted(ran.stderr.split()) == ["child", "native", "python"]


def test_events_are_whole_when_the_pipe_is_slow() -> None:
    script = """
from darkroom_scene.progress import event_stream
with event_stream() as emit:
    emit({"event": "notice", "message": "x" * 1_000_000})
"""
    reading, writing = os.pipe()
    process = subprocess.Popen([sys.executable, "-c", script], stdout=writing)
    os.close(writing)
    data = bytearray()
    done = threading.Event()

    def read() -> None:
        while piece := os.read(reading, 4096):
            data.extend(piece)
        done.set()

    threading.Timer(0.5, read).start()
    assert process.wait(30) == 0
    assert done.wait(30)
    assert len(json.loads(data)["message"]) == 1_000_000
