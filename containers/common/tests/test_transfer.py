from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from darkroom_scene.errors import StageError
from darkroom_scene.manifest import ObjectEntry
from darkroom_scene.stop_signal import Stopped, StopSignal
from darkroom_scene.storage import Storage, open_storage
from darkroom_scene.transfer import Wanted, download_all, part_of, run_all
from darkroom_scene.upload import hash_files, upload_files
from tests.conftest import Bucket
from tests.fault_proxy import Fault, Kind

MB = 1 << 20


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def stored(bucket: Bucket, name: str, data: bytes) -> Wanted:
    """Put an object past the proxy; what its manifest would say of it."""
    bucket.client.put_object(Bucket=bucket.name, Key=f"library/o/{name}", Body=data)
    return Wanted(f"o/{name}", Path(), len(data), sha(data))


def upload(storage: Storage, **files: Path) -> list[ObjectEntry]:
    hashed = hash_files(list(files.items()), 2, StopSignal())
    upload_files(storage, "o/", hashed, StopSignal())
    return [one.entry for one in hashed]


def into(folder: Path, *wanted: Wanted) -> list[Wanted]:
    return [Wanted(one.path, folder / one.path, one.size, one.sha256) for one in wanted]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("kind", ["reset", "cut"])
def test_a_download_that_breaks_goes_on_where_it_broke(bucket: Bucket, tmp_path: Path, kind: Kind) -> None:
    data = os.urandom(5 * MB)
    wanted = into(tmp_path, stored(bucket, "a.jpg", data))
    bucket.proxy.faults = [Fault(kind, "GET", "a.jpg", times=3, after=MB + 17)]
    assert download_all(open_storage(bucket.url), wanted, StopSignal()) == [sha(data)]
    assert wanted[0].target.read_bytes() == data
    spans = bucket.proxy.asked("GET", "a.jpg")
    starts = [int(span.removeprefix("bytes=").rstrip("-") or 0) for span in spans]
    assert len(starts) == 4
    assert starts == sorted(set(starts))
    assert names(tmp_path) == ["a.jpg"]


def test_a_download_that_breaks_without_a_byte_is_given_up_and_named(bucket: Bucket, tmp_path: Path) -> None:
    wanted = into(tmp_path, stored(bucket, "a.jpg", b"x" * 1000), stored(bucket, "b.jpg", b"fine"))
    bucket.proxy.faults = [Fault("cut", "GET", "a.jpg", times=1000)]
    with pytest.raises(StageError) as caught:
        download_all(open_storage(bucket.url), wanted, StopSignal())
    assert caught.value.code == "storage/unreachable"
    assert '"o/a.jpg"' in caught.value.message
    assert not wanted[0].target.exists()


def test_a_busy_server_is_asked_again(bucket: Bucket, tmp_path: Path) -> None:
    wanted = into(tmp_path, stored(bucket, "a.jpg", b"data"))
    bucket.proxy.faults = [
        Fault("slow-down", "GET", "a.jpg", times=2),
        Fault("slow-down", "PUT", "o/up", times=2),
        Fault("slow-down", "GET", "list-type", times=2),
    ]
    storage = open_storage(bucket.url)
    download_all(storage, wanted, StopSignal())
    upload(storage, up=wanted[0].target)
    assert [one.path for one in storage.objects("o/")] == ["o/a.jpg", "o/up"]


def test_a_part_of_an_earlier_run_is_continued(bucket: Bucket, tmp_path: Path) -> None:
    data = os.urandom(3 * MB)
    wanted = into(tmp_path, stored(bucket, "a.jpg", data))
    part = part_of(wanted[0].target)
    part.parent.mkdir()
    part.write_bytes(data[: 2 * MB])
    download_all(open_storage(bucket.url), wanted, StopSignal())
    assert wanted[0].target.read_bytes() == data
    assert bucket.proxy.asked("GET", "a.jpg") == [f"bytes={2 * MB}-"]


@pytest.mark.parametrize("left", [b"wrong bytes", b"x" * 5000, b"x" * 3000])
def test_a_part_that_is_something_else_is_fetched_anew(bucket: Bucket, tmp_path: Path, left: bytes) -> None:
    data = os.urandom(3000)
    wanted = into(tmp_path, stored(bucket, "a.jpg", data))
    part = part_of(wanted[0].target)
    part.parent.mkdir()
    part.write_bytes(left)
    download_all(open_storage(bucket.url), wanted, StopSignal())
    assert wanted[0].target.read_bytes() == data


def test_an_object_without_a_known_sha256_is_never_continued_from_an_earlier_run(
    bucket: Bucket, tmp_path: Path
) -> None:
    data = os.urandom(3000)
    one = stored(bucket, "a.jpg", data)
    wanted = [Wanted(one.path, tmp_path / "a.jpg", one.size, None)]
    part_of(wanted[0].target).write_bytes(b"other" * 100)
    assert download_all(open_storage(bucket.url), wanted, StopSignal()) == [sha(data)]


@pytest.mark.parametrize("known", [True, False])
def test_a_byte_altered_on_the_way_is_fetched_again(bucket: Bucket, tmp_path: Path, known: bool) -> None:
    data = os.urandom(2 * MB)
    one = stored(bucket, "a.jpg", data)
    wanted = [Wanted(one.path, tmp_path / "a.jpg", one.size, one.sha256 if known else None)]
    bucket.proxy.faults = [Fault("alter", "GET", "a.jpg", after=77)]
    assert download_all(open_storage(bucket.url), wanted, StopSignal()) == [sha(data)]
    assert wanted[0].target.read_bytes() == data


def test_altered_truncated_and_missing_objects_are_all_named_and_not_used(
    bucket: Bucket, tmp_path: Path
) -> None:
    data = os.urandom(3000)
    wanted = into(
        tmp_path, *(stored(bucket, f"{name}.jpg", data) for name in ("altered", "short", "gone", "good"))
    )
    put = bucket.client.put_object
    put(Bucket=bucket.name, Key="library/o/altered.jpg", Body=data[:-1] + bytes([data[-1] ^ 1]))
    put(Bucket=bucket.name, Key="library/o/short.jpg", Body=data[:1000])
    bucket.client.delete_object(Bucket=bucket.name, Key="library/o/gone.jpg")
    with pytest.raises(StageError) as caught:
        download_all(open_storage(bucket.url), wanted, StopSignal())
    told = {problem.code: problem.message for problem in caught.value.problems}
    assert set(told) == {"storage/altered", "storage/missing"}
    messages = " ".join(problem.message for problem in caught.value.problems)
    assert all(f"o/{name}.jpg" in messages for name in ("altered", "short", "gone"))
    assert "good.jpg" not in messages
    assert not [name for name in names(tmp_path) if name in ("altered.jpg", "short.jpg", "gone.jpg")]


def test_a_part_longer_than_the_object_has_become_is_not_used(bucket: Bucket, tmp_path: Path) -> None:
    data = os.urandom(3000)
    wanted = into(tmp_path, stored(bucket, "a.jpg", data))
    part_of(wanted[0].target).parent.mkdir()
    part_of(wanted[0].target).write_bytes(data[:2000])
    bucket.client.put_object(Bucket=bucket.name, Key="library/o/a.jpg", Body=data[:1000])
    with pytest.raises(StageError) as caught:
        download_all(open_storage(bucket.url), wanted, StopSignal())
    assert caught.value.code == "storage/altered"
    assert "has 1000 bytes, expected 3000" in caught.value.message


def test_an_upload_whose_connection_breaks_is_sent_again(bucket: Bucket, tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(os.urandom(9 * MB))
    bucket.proxy.faults = [Fault("lose-answer", "PUT", "o/a", times=2)]
    (entry,) = upload(open_storage(bucket.url), a=file)
    body = bucket.client.get_object(Bucket=bucket.name, Key="library/o/a")["Body"].read()
    assert sha(body) == entry.sha256 == sha(file.read_bytes())


def test_a_file_that_changes_while_it_is_stored_is_named(storage: Storage, tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"before")
    hashed = hash_files([("a", file)], 1, StopSignal())
    file.write_bytes(b"after")
    with pytest.raises(StageError) as caught:
        upload_files(storage, "o/", hashed, StopSignal())
    assert caught.value.code == "storage/changing"
    assert str(file) in caught.value.message


def test_names_that_meet_in_one_file_are_refused(storage: Storage, tmp_path: Path) -> None:
    for name in ("o/a", "o/b"):
        storage.write_document(name, name.encode())
    (tmp_path / "in").mkdir()
    (tmp_path / "alias").symlink_to("in")
    # Two spellings of one folder stand in for a file system that folds upper and lower case.
    wanted = [Wanted("o/a", tmp_path / "in/x", 3, None), Wanted("o/b", tmp_path / "alias/x", 3, None)]
    with pytest.raises(StageError) as caught:
        download_all(storage, wanted, StopSignal())
    assert caught.value.code == "storage/collision"


def test_a_stop_ends_a_download_soon(bucket: Bucket, tmp_path: Path) -> None:
    stop = StopSignal()
    wanted = into(tmp_path, *(stored(bucket, f"{index}", b"x" * 100) for index in range(200)))
    bucket.proxy.faults = [Fault("cut", "GET", "/o/", times=10_000)]
    threading.Timer(0.5, lambda: stop.request("SIGTERM")).start()
    started = time.monotonic()
    with pytest.raises(Stopped):
        download_all(open_storage(bucket.url), wanted, stop)
    assert time.monotonic() - started < 3


def test_jobs_run_some_at_a_time_and_keep_their_order() -> None:
    running = [0, 0]
    lock = threading.Lock()

    def work(job: int) -> int:
        with lock:
            running[0] += 1
            running[1] = max(running)
        time.sleep(0.01)
        with lock:
            running[0] -= 1
        return job * 2

    assert run_all(range(40), work, 3, StopSignal()) == [2 * job for job in range(40)]
    assert running[1] == 3


MEMORY = """
import resource, sys
from pathlib import Path
from darkroom_scene.storage import open_storage
from darkroom_scene.stop_signal import StopSignal
from darkroom_scene.transfer import Wanted, download_all
from darkroom_scene.upload import hash_files, upload_files
storage, folder, size = open_storage(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
list(storage.objects("o/"))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with (folder / "big").open("wb") as file:
    file.truncate(size)
files = hash_files([("big", folder / "big")], 1, StopSignal())
upload_files(storage, "o/", files, StopSignal())
download_all(storage, [Wanted("o/big", folder / "back", size, files[0].entry.sha256)], StopSignal())
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


def test_the_memory_of_a_transfer_does_not_grow_with_the_object(storage: Storage, tmp_path: Path) -> None:
    command = [sys.executable, "-c", MEMORY, storage.url, str(tmp_path), str(100 * MB)]
    grown = float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert grown < 40
