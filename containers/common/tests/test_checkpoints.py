from __future__ import annotations

import os
from pathlib import Path

import pytest

from darkroom_scene.checkpoints import Checkpoints
from darkroom_scene.progress import Event, Progress
from darkroom_scene.stop_signal import StopSignal
from darkroom_scene.storage import Storage

FOLDER = "outputs/lund/checkpoints/"
KEY = "a" * 64


@pytest.fixture
def checkpoints(storage: Storage, progress: Progress) -> Checkpoints:
    return Checkpoints(storage, FOLDER, "train", KEY, progress, StopSignal())


def folder(tmp_path: Path, **files: bytes) -> Path:
    made = tmp_path / f"made-{os.urandom(4).hex()}"
    for name, data in files.items():
        (made / "sub dir").mkdir(parents=True, exist_ok=True)
        (made / "sub dir" / name).write_bytes(data)
    return made


def names(storage: Storage) -> list[str]:
    return [one.path.removeprefix(FOLDER) for one in storage.objects(FOLDER)]


def test_the_newest_checkpoint_comes_back_with_its_state(
    checkpoints: Checkpoints, storage: Storage, tmp_path: Path
) -> None:
    assert checkpoints.load(tmp_path / "in") is None
    checkpoints.save("step-100", folder(tmp_path, model=b"100"), {"step": 100})
    checkpoints.save("step-200", folder(tmp_path, model=b"200"), {"step": 200, "loss": [0.5]})
    loaded = checkpoints.load(tmp_path / "in")
    assert loaded is not None
    assert (loaded.name, loaded.state) == ("step-200", {"step": 200, "loss": [0.5]})
    assert (tmp_path / "in/sub dir/model").read_bytes() == b"200"
    assert names(storage) == ["train-step-200/manifest.json", "train-step-200/sub dir/model"]


def test_a_name_may_be_used_again(checkpoints: Checkpoints, storage: Storage, tmp_path: Path) -> None:
    for content in (b"1", b"2", b"3"):
        checkpoints.save("latest", folder(tmp_path, model=content))
        assert checkpoints.load(tmp_path / "in") is not None
        assert (tmp_path / "in/sub dir/model").read_bytes() == content
        assert len(names(storage)) == 2


def test_a_checkpoint_of_another_key_or_stage_is_not_used_and_not_removed(
    checkpoints: Checkpoints, storage: Storage, progress: Progress, tmp_path: Path
) -> None:
    others = [
        Checkpoints(storage, FOLDER, "train", "b" * 64, progress, StopSignal()),
        Checkpoints(storage, FOLDER, "view", KEY, progress, StopSignal()),
    ]
    for other in others:
        other.save("one", folder(tmp_path, model=b"other"))
    assert checkpoints.load(tmp_path / "in") is None
    checkpoints.save("one", folder(tmp_path, model=b"mine"))
    for other in others:
        assert other.load(tmp_path / "in") is not None
        assert (tmp_path / "in/sub dir/model").read_bytes() == b"other"


def test_success_removes_the_checkpoints_of_the_stage_alone(
    checkpoints: Checkpoints, storage: Storage, progress: Progress, tmp_path: Path
) -> None:
    view = Checkpoints(storage, FOLDER, "view", KEY, progress, StopSignal())
    view.save("one", folder(tmp_path, model=b"view"))
    checkpoints.save("one", folder(tmp_path, model=b"train"))
    checkpoints.clear()
    assert names(storage) == ["view-one/manifest.json", "view-one/sub dir/model"]


def test_half_a_checkpoint_is_none_and_the_one_before_it_counts(
    checkpoints: Checkpoints, storage: Storage, tmp_path: Path
) -> None:
    checkpoints.save("step-100", folder(tmp_path, model=b"100"), {"step": 100})
    storage.write_document(f"{FOLDER}train-step-200/sub dir/model", b"2")
    loaded = checkpoints.load(tmp_path / "in")
    assert loaded is not None
    assert loaded.state == {"step": 100}


@pytest.mark.parametrize("damage", ["altered", "short", "gone", "manifest"])
def test_a_damaged_checkpoint_is_named_and_the_one_before_it_is_used(
    storage: Storage, progress: Progress, events: list[Event], tmp_path: Path, damage: str
) -> None:
    checkpoints = Checkpoints(storage, FOLDER, "train", KEY, progress, StopSignal())
    checkpoints.save("old", folder(tmp_path, model=b"old"))
    kept = {path: storage.read_document(FOLDER + path) for path in names(storage)}
    checkpoints.save("new", folder(tmp_path, model=b"new", more=b"more"))
    for path, document in kept.items():
        assert document is not None
        storage.write_document(FOLDER + path, document.data)
    place = f"{FOLDER}train-new/"
    if damage == "gone":
        storage.delete([f"{place}sub dir/model"])
    elif damage == "manifest":
        storage.write_document(f"{place}manifest.json", b'{"version":1}')
    else:
        storage.write_document(f"{place}sub dir/model", b"neW" if damage == "altered" else b"n")
    loaded = checkpoints.load(tmp_path / "in")
    assert loaded is not None
    assert loaded.name == "old"
    assert sorted(path.name for path in (tmp_path / "in/sub dir").iterdir()) == ["model"]
    warnings = [str(event["message"]) for event in events if event["event"] == "warning"]
    assert any("train-new/" in text for text in warnings)


def test_a_checkpoint_is_saved_after_a_stop_was_requested(
    storage: Storage, progress: Progress, tmp_path: Path
) -> None:
    stop = StopSignal()
    stop.request("SIGTERM")
    Checkpoints(storage, FOLDER, "train", KEY, progress, stop).save("one", folder(tmp_path, model=b"1"))
    assert len(names(storage)) == 2


@pytest.mark.parametrize("name", ["", "a/b", "../x", ".hidden", "a b", "x" * 65])
def test_a_name_that_is_no_name_is_refused(checkpoints: Checkpoints, tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="cannot name"):
        checkpoints.save(name, tmp_path)
