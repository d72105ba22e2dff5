from __future__ import annotations

import json
import threading
import time

import pytest

from darkroom_scene.errors import StageError
from darkroom_scene.lease import LeaseTimes, leased
from darkroom_scene.progress import Event, Progress
from darkroom_scene.stop_signal import Stopped, StopSignal
from darkroom_scene.storage import Storage
from tests.conftest import Bucket
from tests.fault_proxy import Fault

PATH = "colmap/lund/lease.json"
TIMES = LeaseTimes(beat=0.2, expiry=2.5, look=0.1)


def state(storage: Storage) -> dict[str, object]:
    document = storage.read_document(PATH)
    assert document is not None
    return dict(json.loads(document.data))


def test_a_lease_is_held_by_heartbeats_and_let_go(storage: Storage, progress: Progress) -> None:
    with leased(storage, PATH, "sfm", StopSignal(), progress, TIMES) as lease:
        time.sleep(0.9)
        assert state(storage)["free"] is False
        assert int(str(state(storage)["beats"])) >= 2
        lease.confirm()
    assert state(storage)["free"] is True


def test_the_second_waits_says_for_whom_and_goes_on(
    storage: Storage, progress: Progress, events: list[Event]
) -> None:
    order: list[str] = []
    entered = threading.Event()

    def first() -> None:
        with leased(storage, PATH, "sfm", StopSignal(), Progress("sfm", lambda _: None), TIMES):
            entered.set()
            time.sleep(3.0)
            order.append("first ends")

    thread = threading.Thread(target=first)
    thread.start()
    entered.wait()
    with leased(storage, PATH, "sfm", StopSignal(), progress, TIMES):
        order.append("second begins")
    thread.join()
    assert order == ["first ends", "second begins"]
    messages = [str(event["message"]) for event in events]
    assert len(messages) == 2
    assert "stage sfm on " in messages[0]
    assert "since 20" in messages[0]


def test_only_one_of_many_works_at_a_time(storage: Storage) -> None:
    inside: list[int] = []
    most: list[int] = []

    def run(number: int) -> None:
        with leased(storage, PATH, "sfm", StopSignal(), Progress("sfm", lambda _: None), TIMES):
            inside.append(number)
            most.append(len(inside))
            time.sleep(0.1)
            inside.remove(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 5


@pytest.mark.parametrize(
    "left", [b'{"holder":"x","token":"t","since":"s","beats":1,"free":false}', b"", b"no json"]
)
def test_the_lease_of_a_run_that_died_is_taken_over_after_its_expiry(
    storage: Storage, progress: Progress, left: bytes
) -> None:
    storage.write_if(PATH, left, None)
    started = time.monotonic()
    with leased(storage, PATH, "sfm", StopSignal(), progress, TIMES):
        assert time.monotonic() - started > 1.0
        assert state(storage)["token"] != "t"


def test_a_lease_that_was_taken_over_stops_the_work_and_is_left_alone(
    storage: Storage, progress: Progress
) -> None:
    stop = StopSignal()
    with leased(storage, PATH, "sfm", stop, progress, TIMES) as lease:
        document = None
        while document is None:
            found = storage.read_document(PATH)
            assert found is not None
            document = storage.write_if(PATH, b'{"another":"run"}', found.version)
        with pytest.raises(StageError) as caught:
            lease.confirm()
        assert caught.value.code == "lease/lost"
        with pytest.raises(Stopped):
            stop.check()
        assert lease.lost
    assert state(storage) == {"another": "run"}


def test_the_heartbeat_notices_a_takeover_by_itself(storage: Storage, progress: Progress) -> None:
    stop = StopSignal()
    with leased(storage, PATH, "sfm", stop, progress, TIMES):
        while not stop.requested:
            found = storage.read_document(PATH)
            assert found is not None
            if storage.write_if(PATH, b'{"another":"run"}', found.version):
                break
        with pytest.raises(Stopped):
            stop.wait(5)


def test_a_heartbeat_whose_answer_is_lost_keeps_the_lease(bucket: Bucket, progress: Progress) -> None:
    from darkroom_scene.storage import open_storage

    stop = StopSignal()
    with leased(open_storage(bucket.url), PATH, "sfm", stop, progress, TIMES) as lease:
        bucket.proxy.faults = [Fault("lose-answer", "PUT", "lease.json", times=2)]
        lease.confirm()
        time.sleep(0.6)
        lease.confirm()
        assert not stop.requested


def test_a_storage_that_cannot_be_reached_for_too_long_loses_the_lease(
    bucket: Bucket, progress: Progress
) -> None:
    from darkroom_scene.storage import open_storage

    stop = StopSignal()
    with leased(open_storage(bucket.url), PATH, "sfm", stop, progress, TIMES):
        bucket.proxy.faults = [
            Fault("lose-answer", "PUT", "lease.json", 10_000),
            Fault("cut", "GET", "lease.json", 10_000),
        ]
        with pytest.raises(Stopped):
            stop.wait(60)
        assert stop.reason == "lease lost"
        bucket.proxy.faults = []


def test_a_stop_ends_the_waiting(storage: Storage, progress: Progress) -> None:
    stop = StopSignal()
    storage.write_if(PATH, b"held by another", None)
    threading.Timer(0.3, lambda: stop.request("SIGTERM")).start()
    with pytest.raises(Stopped), leased(storage, PATH, "sfm", stop, progress, LeaseTimes()):
        pass
