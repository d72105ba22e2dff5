from __future__ import annotations

from pathlib import Path

import pytest

from darkroom_scene.errors import StageError
from darkroom_scene.frames import FrameImport, import_frames, is_photo, is_video
from darkroom_scene.inputs import find_inputs, with_known_hashes
from darkroom_scene.manifest import read_manifest
from darkroom_scene.progress import Event, Progress
from darkroom_scene.stop_signal import Stopped, StopSignal
from darkroom_scene.storage import Storage, open_storage
from tests.conftest import Bucket

NAMES = ["cam1/0001.JPG", "cam2/0001.jpg", "cam2/0001.Png", "a ü#1.jpeg", "clip.MOV", ".hidden.jpg"]


def photos(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def imported(storage: Storage, source: str, tmp_path: Path, progress: Progress) -> list[str]:
    import_frames(FrameImport(source, storage, "lund", tmp_path / "scratch"), progress, StopSignal())
    manifest = read_manifest(storage, "frames/lund/manifest.json")
    assert manifest is not None
    return [one.path for one in manifest.objects]


def stored(storage: Storage) -> list[str]:
    return [one.path.removeprefix("frames/lund/") for one in storage.objects("frames/lund/")]


def test_folders_endings_and_equal_base_names_are_kept(
    storage: Storage, progress: Progress, events: list[Event], tmp_path: Path
) -> None:
    source = photos(tmp_path / "in", *NAMES, "notes.txt", "__MACOSX/._a.jpg", "cam1/._0001.JPG", ".DS_Store")
    assert imported(storage, f"file://{source}", tmp_path, progress) == sorted(NAMES)
    assert sorted(stored(storage)) == sorted([*NAMES, "manifest.json"])
    (notice,) = [str(event["message"]) for event in events if event["event"] == "notice"]
    assert '"notes.txt"' in notice


def test_an_import_from_s3_is_the_same(bucket: Bucket, progress: Progress, tmp_path: Path) -> None:
    for name in NAMES:
        bucket.client.put_object(Bucket=bucket.name, Key=f"uploads/x/{name}", Body=name.encode())
    bucket.client.put_object(Bucket=bucket.name, Key="uploads/x/cam1/", Body=b"")
    for index, target in enumerate((open_storage(bucket.url), open_storage(f"file://{tmp_path}/s"))):
        names = imported(target, f"s3://{bucket.name}/uploads/x", tmp_path / str(index), progress)
        assert names == sorted(NAMES)


def test_a_second_import_replaces_the_first_and_sends_only_what_changed(
    bucket: Bucket, progress: Progress, tmp_path: Path
) -> None:
    storage = open_storage(bucket.url)
    source = photos(tmp_path / "in", "a.jpg", "b.jpg", "c.jpg")
    imported(storage, f"file://{source}", tmp_path, progress)
    (source / "b.jpg").write_text("B.JPG")
    (source / "c.jpg").unlink()
    photos(source, "d.jpg")
    assert imported(storage, f"file://{source}", tmp_path, progress) == ["a.jpg", "b.jpg", "d.jpg"]
    assert stored(storage) == ["a.jpg", "b.jpg", "d.jpg", "manifest.json"]
    puts = {name: len(bucket.proxy.asked("PUT", name)) for name in ("a.jpg", "b.jpg", "c.jpg", "d.jpg")}
    assert puts == {"a.jpg": 1, "b.jpg": 2, "c.jpg": 1, "d.jpg": 1}


def test_an_import_of_the_same_writes_nothing(bucket: Bucket, progress: Progress, tmp_path: Path) -> None:
    source = photos(tmp_path / "in", "a.jpg", "b.jpg")
    imported(open_storage(bucket.url), f"file://{source}", tmp_path, progress)
    bucket.proxy.requests.clear()
    imported(open_storage(bucket.url), f"file://{source}", tmp_path, progress)
    assert {verb for verb, _, _ in bucket.proxy.requests} == {"GET"}


def test_an_unchanged_import_from_s3_fetches_nothing(
    bucket: Bucket, progress: Progress, tmp_path: Path
) -> None:
    source = f"s3://{bucket.name}/uploads"
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        bucket.client.put_object(Bucket=bucket.name, Key=f"uploads/{name}", Body=b"1")
    imported(open_storage(bucket.url), source, tmp_path, progress)
    bucket.proxy.requests.clear()
    imported(open_storage(bucket.url), source, tmp_path, progress)
    assert bucket.proxy.asked("GET", "uploads/a.jpg") == []
    assert bucket.proxy.asked("GET", "frames/lund/a.jpg") == []
    bucket.client.put_object(Bucket=bucket.name, Key="uploads/a.jpg", Body=b"2")
    imported(open_storage(bucket.url), source, tmp_path, progress)
    assert (
        bucket.client.get_object(Bucket=bucket.name, Key="library/frames/lund/a.jpg")["Body"].read() == b"2"
    )


def test_what_an_interrupted_import_left_is_removed_by_the_next(
    storage: Storage, progress: Progress, tmp_path: Path
) -> None:
    source = photos(tmp_path / "in", "a.jpg", "b.jpg", "c.jpg", "e.jpg")
    imported(storage, f"file://{source}", tmp_path, progress)
    (source / "a.jpg").unlink()
    photos(source, "d.jpg")
    stop = StopSignal()
    while_storing = Progress(
        "sfm", lambda event: stop.request("SIGTERM") if event["event"] == "progress" else None
    )
    with pytest.raises(Stopped):
        import_frames(
            FrameImport(f"file://{source}", storage, "lund", tmp_path / "scratch"), while_storing, stop
        )
    assert "manifest.json" not in stored(storage)
    (source / "d.jpg").unlink()
    (source / "b.jpg").write_text("changed")
    assert imported(storage, f"file://{source}", tmp_path, progress) == ["b.jpg", "c.jpg", "e.jpg"]
    assert stored(storage) == ["b.jpg", "c.jpg", "e.jpg", "manifest.json"]


def test_a_link_out_of_the_folder_is_refused(storage: Storage, progress: Progress, tmp_path: Path) -> None:
    source = photos(tmp_path / "in", "a.jpg")
    (tmp_path / "secret.jpg").write_text("s")
    (source / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    with pytest.raises(StageError) as caught:
        imported(storage, f"file://{source}", tmp_path, progress)
    assert "link.jpg" in caught.value.message
    assert stored(storage) == []


def test_no_photograph_and_no_folder_are_told(storage: Storage, progress: Progress, tmp_path: Path) -> None:
    source = photos(tmp_path / "in", "notes.txt")
    with pytest.raises(StageError) as caught:
        imported(storage, f"file://{source}", tmp_path, progress)
    assert caught.value.code == "frames/none"
    with pytest.raises(StageError) as caught:
        imported(storage, f"file://{tmp_path}/nothing", tmp_path, progress)
    assert caught.value.code == "storage/missing-folder"


def test_frames_that_lie_where_they_belong_are_not_imported(
    storage: Storage, progress: Progress, tmp_path: Path
) -> None:
    storage.write_document("frames/lund/a.jpg", b"1")
    source = FrameImport(f"{storage.url}/frames/lund/", storage, "lund", tmp_path / "scratch")
    import_frames(source, progress, StopSignal())
    assert stored(storage) == ["a.jpg"]


def test_frames_that_others_uploaded_are_listed_and_hashed(
    storage: Storage, progress: Progress, tmp_path: Path
) -> None:
    for name in ("b/1.jpg", "a.jpg", "readme.txt"):
        storage.write_document(f"frames/lund/{name}", name.encode())
    inputs = find_inputs("sfm", "lund", storage, progress, StopSignal())
    known = with_known_hashes(inputs, tmp_path / "in", storage, progress, StopSignal())
    assert [path for path, _ in known.pairs()] == ["a.jpg", "b/1.jpg"]
    assert all(len(sha256) == 64 for _, sha256 in known.pairs())
    assert (tmp_path / "in/b/1.jpg").read_text() == "b/1.jpg"


def test_files_that_a_person_put_there_are_not_overwritten(
    storage: Storage, progress: Progress, tmp_path: Path
) -> None:
    source = photos(tmp_path / "in", *(f"{name}.jpg" for name in "abcdefgh"))
    storage.write_document("frames/lund/a.jpg", b"a.jpg")
    for name in "bcdefg":
        storage.write_document(f"frames/lund/{name}.jpg", b"m.jpg" if name < "d" else b"mine")
    before = list(storage.objects(""))
    with pytest.raises(StageError) as caught:
        imported(storage, f"file://{source}", tmp_path, progress)
    assert (caught.value.code, caught.value.exit_code) == ("frames/not-imported", 2)
    names = ", ".join(f'"frames/lund/{name}.jpg"' for name in "bcdef") + " and 1 more"
    assert f"{names}; nothing was changed" in caught.value.message
    assert list(storage.objects("")) == before
    storage.delete(f"frames/lund/{name}.jpg" for name in "bcdefg")
    assert len(imported(storage, f"file://{source}", tmp_path, progress)) == 8
    (source / "a.jpg").write_text("another")
    assert len(imported(storage, f"file://{source}", tmp_path, progress)) == 8
    document = storage.read_document("frames/lund/a.jpg")
    assert document is not None
    assert document.data == b"another"


def test_a_file_that_came_after_an_import_is_not_overwritten(
    storage: Storage, progress: Progress, tmp_path: Path
) -> None:
    source = photos(tmp_path / "in", "a.jpg", "b.jpg", "c.jpg")
    imported(storage, f"file://{source}", tmp_path, progress)
    storage.write_document("frames/lund/late.jpg", b"mine")
    (photos(source, "late.jpg") / "a.jpg").write_text("changed")
    with pytest.raises(StageError, match=r'has stored: "frames/lund/late\.jpg"; nothing'):
        imported(storage, f"file://{source}", tmp_path, progress)


@pytest.mark.parametrize("names", [("x.jpg",), ("x.jpg", "y.png", "notes.txt")])
def test_too_few_photographs_do_not_replace_those_of_a_scene(
    storage: Storage, progress: Progress, tmp_path: Path, names: tuple[str, ...]
) -> None:
    imported(storage, f"file://{photos(tmp_path / 'in', *NAMES)}", tmp_path, progress)
    before = list(storage.objects(""))
    wrong = photos(tmp_path / "wrong", *names)
    with pytest.raises(StageError) as caught:
        imported(storage, f"file://{wrong}", tmp_path, progress)
    assert (caught.value.code, caught.value.exit_code) == ("frames/too-few", 2)
    assert list(storage.objects("")) == before
    assert imported(storage, f"file://{photos(wrong, 'z.mp4')}", tmp_path, progress)[-1] == "z.mp4"


def test_a_stored_photograph_that_was_altered_is_named_and_imported_again(
    progress: Progress, events: list[Event], tmp_path: Path
) -> None:
    storage = open_storage(f"file://{tmp_path}/storage")
    source = photos(tmp_path / "in", "a.jpg", "b.jpg", "c.jpg")
    imported(storage, f"file://{source}", tmp_path, progress)
    (tmp_path / "storage/frames/lund/b.jpg").write_text("X.jpg")
    with pytest.raises(StageError, match=r'"frames/lund/b\.jpg" was altered'):
        find_inputs("sfm", "lund", storage, progress, StopSignal())
    imported(storage, f"file://{source}", tmp_path, progress)
    assert any('"frames/lund/b.jpg" was altered' in str(event.get("message")) for event in events)
    assert (tmp_path / "storage/frames/lund/b.jpg").read_text() == "b.jpg"
    find_inputs("sfm", "lund", storage, progress, StopSignal())


def test_frames_beside_the_manifest_are_told_and_left_out(
    storage: Storage, progress: Progress, events: list[Event], tmp_path: Path
) -> None:
    imported(storage, f"file://{photos(tmp_path / 'in', 'a.jpg')}", tmp_path, progress)
    storage.write_document("frames/lund/late.jpg", b"x")
    inputs = find_inputs("sfm", "lund", storage, progress, StopSignal())
    assert [one.target for one in inputs.objects] == ["a.jpg"]
    assert '"late.jpg"' in str(events[-1]["message"])
    storage.delete(["frames/lund/a.jpg"])
    with pytest.raises(StageError) as caught:
        find_inputs("sfm", "lund", storage, progress, StopSignal())
    assert caught.value.code == "storage/not-whole"
    assert "frames/lund/a.jpg" in caught.value.message


@pytest.mark.parametrize(
    ("name", "photo", "video"),
    [
        ("a.JPG", True, False),
        ("a.heic", True, False),
        ("a/b.Mp4", False, True),
        ("a", False, False),
        (".jpg", True, False),
        ("a.jpg.txt", False, False),
        ("._a.jpg", False, False),
    ],
)
def test_names_tell_photographs_and_videos(name: str, photo: bool, video: bool) -> None:
    assert (is_photo(name), is_video(name)) == (photo, video)
