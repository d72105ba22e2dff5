from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from darkroom_scene.errors import StageError
from darkroom_scene.file_storage import FileStorage
from darkroom_scene.stop_signal import StopSignal
from darkroom_scene.storage import Storage, open_storage
from darkroom_scene.transfer import Wanted, download_all
from tests.conftest import Bucket
from tests.fault_proxy import Fault, Kind

NAMES = [
    "plain.jpg",
    "a folder/with spaces.JPG",
    "a/same.jpg",
    "b/same.jpg",
    "a/SAME.jpg",
    "composed-\u00e9.jpg",
    "composed-e\u0301.jpg",
    "#1 100% a+b=c&d?.jpg",
    ".hidden/.jpg",
    'it\'s "quoted" <&>.jpg',
    "\u96ea\u5c71 \U0001f3bf.png",
    "a.b.c.jpg",
]


def put(storage: Storage, path: str, data: bytes, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(data)
    storage.write_file(path, source)


def fetched(storage: Storage, path: str, size: int, tmp_path: Path) -> bytes:
    target = tmp_path / "fetched"
    target.unlink(missing_ok=True)
    download_all(storage, [Wanted(path, target, size, None)], StopSignal())
    return target.read_bytes()


def test_every_name_comes_back_byte_for_byte(storage: Storage, tmp_path: Path) -> None:
    for index, name in enumerate(NAMES):
        put(storage, f"frames/x/{name}", b"%d" % index * 3, tmp_path)
    assert {one.path for one in storage.objects("frames/x/")} == {f"frames/x/{name}" for name in NAMES}
    wanted = [
        Wanted(f"frames/x/{name}", tmp_path / "in" / name, 3 if i < 10 else 6, None)
        for i, name in enumerate(NAMES)
    ]
    download_all(storage, wanted, StopSignal())
    for index, one in enumerate(wanted):
        assert one.target.read_bytes() == b"%d" % index * 3


def test_an_object_is_read_from_where_reading_starts(storage: Storage, tmp_path: Path) -> None:
    data = os.urandom(3 << 20)
    put(storage, "o/big", data, tmp_path)
    with storage.read("o/big", 1 << 20) as stream:
        assert stream.size == len(data)
        pieces = list(stream.chunks)
    assert b"".join(pieces) == data[1 << 20 :]
    assert max(len(piece) for piece in pieces) <= 1 << 20
    with storage.read("o/big", len(data) + 5) as stream:
        assert (stream.size, list(stream.chunks)) == (len(data), [])


def test_an_empty_object_is_an_object(storage: Storage, tmp_path: Path) -> None:
    put(storage, "o/empty", b"", tmp_path)
    assert [one.size for one in storage.objects("o/")] == [0]
    assert fetched(storage, "o/empty", 0, tmp_path) == b""


def test_a_listing_keeps_to_its_folder(storage: Storage, tmp_path: Path) -> None:
    for path in ("frames/lund/a", "frames/lund2/b", "frames/lun", "other/frames/lund/c"):
        put(storage, path, b"1", tmp_path)
    assert [one.path for one in storage.objects("frames/lund/")] == ["frames/lund/a"]
    assert list(storage.objects("nothing/")) == []


def test_writing_again_changes_the_version(storage: Storage, tmp_path: Path) -> None:
    put(storage, "o/a", b"one", tmp_path)
    (before,) = storage.objects("o/")
    put(storage, "o/a", b"two", tmp_path)
    (after,) = storage.objects("o/")
    assert before.version != after.version
    assert fetched(storage, "o/a", 3, tmp_path) == b"two"


def test_what_is_deleted_is_gone_and_deleting_nothing_is_fine(storage: Storage, tmp_path: Path) -> None:
    paths = [f"o/deep/{index}" for index in range(30)]
    for path in paths:
        storage.write_document(path, b"x")
    storage.delete([*paths, "o/never"])
    storage.delete([])
    assert list(storage.objects("o/")) == []


def test_a_document_is_written_only_over_the_version_that_was_read(storage: Storage) -> None:
    first = storage.write_if("a/lease.json", b"1", None)
    assert first is not None
    assert storage.write_if("a/lease.json", b"2", None) is None
    second = storage.write_if("a/lease.json", b"2", first)
    assert second is not None
    assert storage.write_if("a/lease.json", b"3", first) is None
    assert storage.write_if("a/other.json", b"3", first) is None
    document = storage.read_document("a/lease.json")
    assert document is not None
    assert (document.data, document.version) == (b"2", second)
    assert document.age < 5
    assert storage.read_document("a/none.json") is None


def test_one_of_many_wins_a_document(storage: Storage) -> None:
    start = storage.write_if("a/lease.json", b"expired", None)
    wins: list[bytes] = []
    gate = threading.Barrier(8)

    def take(name: bytes) -> None:
        gate.wait()
        if storage.write_if("a/lease.json", name, start):
            wins.append(name)

    threads = [threading.Thread(target=take, args=(b"%d" % index,)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    document = storage.read_document("a/lease.json")
    assert document is not None
    assert wins == [document.data]


@pytest.mark.parametrize(
    "path",
    ["../x", "/etc/passwd", "a/../../x", "a//b", "a/./b", "a\\b", "a\0b", "", "a/", "a\nb", ".darkroom-x"],
)
def test_a_path_that_leaves_the_storage_is_refused(storage: Storage, path: str) -> None:
    with pytest.raises(StageError) as caught:
        storage.write_document(path, b"x")
    assert caught.value.code == "storage/bad-name"
    with pytest.raises(StageError), storage.read(path):
        pass


@pytest.mark.parametrize("key", ["frames/x/../y.jpg", "frames/x//y.jpg", "frames/x/a\\b.jpg"])
def test_a_key_that_is_no_path_is_named_and_refused(bucket: Bucket, key: str) -> None:
    bucket.client.put_object(Bucket=bucket.name, Key=f"library/{key}", Body=b"x")
    with pytest.raises(StageError) as caught:
        list(open_storage(bucket.url).objects("frames/x/"))
    assert caught.value.code == "storage/bad-name"
    assert key in caught.value.message


def test_directory_markers_are_no_objects(bucket: Bucket) -> None:
    for key in ("library/frames/x/", "library/frames/x/sub/", "library/frames/x/sub/a.jpg"):
        bucket.client.put_object(Bucket=bucket.name, Key=key, Body=b"")
    assert [one.path for one in open_storage(bucket.url).objects("frames/x/")] == ["frames/x/sub/a.jpg"]


def test_a_link_out_of_the_storage_is_refused_and_one_inside_is_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s")
    root = tmp_path / "storage"
    (root / "f").mkdir(parents=True)
    (root / "f" / "real").write_text("r")
    (root / "f" / "link").symlink_to("real")
    storage = open_storage(f"file://{root}")
    assert [one.path for one in storage.objects("f/")] == ["f/link", "f/real"]
    (root / "f" / "out").symlink_to(tmp_path / "secret")
    with pytest.raises(StageError) as caught:
        list(storage.objects("f/"))
    assert f"{root}/f/out" in caught.value.message
    with pytest.raises(StageError), storage.read("f/out"):
        pass


def test_a_name_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    root = tmp_path / "storage"
    root.mkdir()
    Path(os.fsdecode(os.fsencode(root) + b"/bad\xff.jpg")).write_bytes(b"x")
    with pytest.raises(StageError) as caught:
        list(open_storage(f"file://{root}").objects(""))
    assert "is not UTF-8" in caught.value.message
    caught.value.message.encode()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/scenes",
        "http://x/y",
        "file://host/x",
        "s3://",
        "s3://Bad_Bucket/x",
        "file:relative",
        "s3://b/../x",
    ],
)
def test_an_address_that_is_no_storage_is_bad_input(url: str) -> None:
    with pytest.raises(StageError) as caught:
        open_storage(url)
    assert caught.value.code in ("storage/bad-url", "storage/bad-name")


def test_a_folder_with_special_characters_is_a_storage(tmp_path: Path) -> None:
    storage = open_storage(f"file://{tmp_path}/a%20b #1?")
    storage.write_document("x", b"1")
    assert (tmp_path / "a b #1?" / "x").read_bytes() == b"1"


def test_a_missing_bucket_and_wrong_credentials_are_told(bucket: Bucket) -> None:
    with pytest.raises(StageError) as caught:
        list(open_storage("s3://no-such-bucket-here/x").objects(""))
    assert caught.value.code == "storage/no-bucket"
    assert "no-such-bucket-here" in caught.value.message


def test_missing_credentials_are_told(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    with pytest.raises(StageError) as caught:
        list(open_storage(bucket.url).objects(""))
    assert caught.value.code == "storage/forbidden"


def test_unfinished_files_are_not_listed_and_are_swept(tmp_path: Path) -> None:
    storage = open_storage(f"file://{tmp_path}")
    (tmp_path / "f").mkdir()
    (tmp_path / "f" / ".darkroom-0011.tmp").write_text("half")
    assert list(storage.objects("f/")) == []
    storage.sweep("f/")
    assert list((tmp_path / "f").iterdir()) == []


def test_unfinished_uploads_are_swept(bucket: Bucket) -> None:
    for key in ("library/o/a", "library/p/a"):
        bucket.client.create_multipart_upload(Bucket=bucket.name, Key=key)
    open_storage(bucket.url).sweep("o/")
    left = bucket.client.list_multipart_uploads(Bucket=bucket.name)["Uploads"]
    assert [one["Key"] for one in left] == ["library/p/a"]


def test_a_large_file_goes_up_in_parts(bucket: Bucket, tmp_path: Path) -> None:
    data = os.urandom(20 << 20)
    storage = open_storage(bucket.url)
    put(storage, "o/big", data, tmp_path)
    assert len(bucket.proxy.asked("PUT", "partNumber")) == 3
    assert fetched(storage, "o/big", len(data), tmp_path) == data


def test_a_file_keeps_its_old_content_until_the_new_one_is_whole(tmp_path: Path) -> None:
    storage = FileStorage(tmp_path / "s")
    storage.write_document("o/a", b"old")
    with pytest.raises(StageError):
        storage.write_file("o/a", tmp_path / "missing")
    assert (tmp_path / "s/o/a").read_bytes() == b"old"
    assert [path.name for path in (tmp_path / "s/o").iterdir()] == ["a"]


@pytest.mark.parametrize("kind", ["reset", "cut"])
def test_an_answer_that_breaks_in_its_middle_is_asked_for_again(bucket: Bucket, kind: Kind) -> None:
    storage = open_storage(bucket.url)
    storage.write_document("o/a.json", b"0123456789")
    bucket.proxy.faults = [
        Fault(kind, "GET", "list-type", times=2, after=30),
        Fault(kind, "GET", "o/a.json", times=2, after=5),
        Fault(kind, "GET", "o/none.json", times=2, after=5),
    ]
    assert [one.path for one in storage.objects("o/")] == ["o/a.json"]
    document = storage.read_document("o/a.json")
    assert document is not None
    assert document.data == b"0123456789"
    assert storage.read_document("o/none.json") is None
    bucket.proxy.faults = [Fault(kind, "GET", "list-type", times=100, after=30)]
    with pytest.raises(StageError) as caught:
        list(storage.objects("o/"))
    assert caught.value.code == "storage/unreachable"
