from __future__ import annotations

from pathlib import Path

import pytest

from darkroom_scene.errors import StageError
from darkroom_scene.manifest import Image, Manifest, ObjectEntry, read_manifest
from darkroom_scene.progress import Progress
from darkroom_scene.publication import publish
from darkroom_scene.scene_layout import Place, stage_place
from darkroom_scene.stop_signal import Stopped, StopSignal
from darkroom_scene.storage import Storage, open_storage
from tests.conftest import Bucket

TRAIN = stage_place("train", "lund")
VIEW = stage_place("view", "lund")


def put(
    storage: Storage, place: Place, tmp_path: Path, progress: Progress, stop: StopSignal, **files: str
) -> Manifest:
    tmp_path.joinpath("out").mkdir(exist_ok=True)
    pairs = []
    for name, text in files.items():
        (tmp_path / "out" / name).write_text(text)
        pairs.append((name, tmp_path / "out" / name))

    def describe(entries: tuple[ObjectEntry, ...]) -> Manifest:
        assert storage.read_document(place.manifest) is None
        return Manifest("train", "lund", "a" * 64, entries, {}, 0, {}, Image(None, None), 1, 1, {})

    return publish(storage, place, pairs, describe, progress, stop)


def stored(storage: Storage) -> list[str]:
    return [one.path.removeprefix("outputs/lund/") for one in storage.objects("outputs/lund/")]


def test_results_replace_those_before_and_leave_others_alone(
    storage: Storage, progress: Progress, tmp_path: Path
) -> None:
    storage.write_document("outputs/lund/of-a-person.txt", b"mine")
    put(storage, TRAIN, tmp_path, progress, StopSignal(), ply="1", old="1")
    put(storage, VIEW, tmp_path, progress, StopSignal(), page="1")
    manifest = put(storage, TRAIN, tmp_path, progress, StopSignal(), ply="2", new="1")
    assert stored(storage) == [
        "manifest.json",
        "new",
        "of-a-person.txt",
        "page",
        "ply",
        "train-manifest.json",
    ]
    assert read_manifest(storage, "outputs/lund/train-manifest.json") == manifest


def test_an_interruption_leaves_no_manifest_and_the_next_one_tidies_up(
    storage: Storage, progress: Progress, tmp_path: Path
) -> None:
    put(storage, TRAIN, tmp_path, progress, StopSignal(), ply="1", old="1")
    stop = StopSignal()
    with pytest.raises(Stopped):
        put(
            storage,
            TRAIN,
            tmp_path,
            Progress("train", lambda _: stop.request("SIGTERM")),
            stop,
            ply="2",
            new="1",
        )
    assert "train-manifest.json" not in stored(storage)
    put(storage, TRAIN, tmp_path, progress, StopSignal(), ply="3")
    assert stored(storage) == ["ply", "train-manifest.json"]


def test_what_an_interrupted_publication_has_sent_is_not_sent_again(
    bucket: Bucket, progress: Progress, tmp_path: Path
) -> None:
    storage = open_storage(bucket.url)
    files = {f"f{index:02}": f"{index:04}" for index in range(40)}
    put(storage, TRAIN, tmp_path, progress, StopSignal(), **dict.fromkeys(files, "old!"))
    sent = [0, 0, 0]
    for attempt in range(2):
        stop = StopSignal()
        bucket.proxy.requests.clear()

        def stop_after_eight(method: str, path: str, stop: StopSignal = stop) -> None:
            if len(bucket.proxy.asked("PUT", "lund/f")) >= 8:
                stop.request("SIGTERM")

        bucket.proxy.passed_on = stop_after_eight
        with pytest.raises(Stopped):
            put(storage, TRAIN, tmp_path, progress, stop, **files)
        sent[attempt] = len(bucket.proxy.asked("PUT", "lund/f"))
        assert sent[attempt] >= 8
    bucket.proxy.requests.clear()
    manifest = put(storage, TRAIN, tmp_path, progress, StopSignal(), **files)
    sent[2] = len(bucket.proxy.asked("PUT", "lund/f"))
    assert sum(sent) == len(files)
    for entry in manifest.objects:
        document = storage.read_document(f"outputs/lund/{entry.path}")
        assert document is not None
        assert document.data.decode() == files[entry.path]


def test_a_damaged_record_of_an_interruption_is_no_trouble(
    storage: Storage, progress: Progress, tmp_path: Path
) -> None:
    for damaged in (b"", b"[[1]]", b"{}", b'[["../x", 0, "", ""], ["lease.json", 0, "", ""]]'):
        storage.write_document(TRAIN.lease, b"held")
        storage.write_document(TRAIN.unfinished, damaged)
        put(storage, TRAIN, tmp_path, progress, StopSignal(), ply="1")
        assert stored(storage) == ["lease.json", "ply", "train-manifest.json"]


def test_a_stop_before_it_begins_changes_nothing(
    storage: Storage, progress: Progress, tmp_path: Path
) -> None:
    made = put(storage, TRAIN, tmp_path, progress, StopSignal(), ply="1")
    stop = StopSignal()
    stop.request("SIGTERM")
    with pytest.raises(Stopped):
        put(storage, TRAIN, tmp_path, progress, stop, ply="2")
    assert read_manifest(storage, TRAIN.manifest) == made


@pytest.mark.parametrize(
    "name", ["manifest.json", "train-manifest.json", "lease.json", "checkpoints", "page"]
)
def test_a_result_may_not_take_the_name_of_anything_else(
    storage: Storage, progress: Progress, tmp_path: Path, name: str
) -> None:
    put(storage, VIEW, tmp_path, progress, StopSignal(), page="1")
    before = stored(storage)
    with pytest.raises(StageError) as caught:
        put(storage, TRAIN, tmp_path, progress, StopSignal(), **{name: "1"})
    assert name in caught.value.message
    assert stored(storage) == before


def test_an_equal_object_is_not_sent_again_and_a_missing_one_is(
    bucket: Bucket, progress: Progress, tmp_path: Path
) -> None:
    storage = open_storage(bucket.url)
    put(storage, TRAIN, tmp_path, progress, StopSignal(), ply="1", other="1")
    storage.delete(["outputs/lund/other"])
    put(storage, TRAIN, tmp_path, progress, StopSignal(), ply="1", other="1")
    assert len(bucket.proxy.asked("PUT", "lund/ply")) == 1
    assert len(bucket.proxy.asked("PUT", "lund/other")) == 2


@pytest.mark.parametrize("interrupted", [False, True])
def test_an_object_that_was_altered_in_a_folder_is_stored_again(
    progress: Progress, tmp_path: Path, interrupted: bool
) -> None:
    storage = open_storage(f"file://{tmp_path}/storage")
    put(storage, TRAIN, tmp_path, progress, StopSignal(), ply="1", other="1")
    if interrupted:
        stop = StopSignal()
        stopping = Progress("train", lambda _: stop.request("SIGTERM"))
        with pytest.raises(Stopped):
            put(storage, TRAIN, tmp_path, stopping, stop, ply="2", other="2")
    (tmp_path / "storage/outputs/lund/ply").write_text("X")
    (tmp_path / "storage/outputs/lund/other").write_text("X")
    text = "2" if interrupted else "1"
    put(storage, TRAIN, tmp_path, progress, StopSignal(), ply=text, other=text)
    for name in ("ply", "other"):
        assert (tmp_path / "storage/outputs/lund" / name).read_text() == text


def test_a_damaged_manifest_is_replaced(storage: Storage, progress: Progress, tmp_path: Path) -> None:
    put(storage, TRAIN, tmp_path, progress, StopSignal(), ply="1")
    storage.write_document(TRAIN.manifest, b"half a mani")
    put(storage, TRAIN, tmp_path, progress, StopSignal(), ply="2")
    assert read_manifest(storage, TRAIN.manifest) is not None
