from __future__ import annotations

import dataclasses
import hashlib
import json
import threading
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pycolmap
import pytest
from PIL import Image

from darkroom_scene.errors import BAD_INPUT, GATE, StageError
from darkroom_scene.sparse_model import read_sparse_model
from darkroom_scene.stop_signal import Stopped, StopSignal
from sfm.agreement import agreement_by_photo, doubtful
from sfm.ladder import Rung
from sfm.mapping import map_photos
from sfm.matching import match_pairs
from sfm.pair_geometry import measure_pairs
from sfm.retrieval import similar_pairs
from sfm.scene_database import copy_database, read_features, rename_photos
from sfm.sfm_stage import work
from sfm.view_graph import choose_start
from tests.conftest import SMALL, Bench
from tests.rendered_room import photograph, room_textures, save, sideways, walk

NAMES = (
    "cam 1/0001.JPG",
    "cam 1/0002.jpeg",
    "cam 1/0003.JPG",
    "cam2/0001.JPG",
    "cam2/straße_2.png",
    "cam2/3.webp",
)


def silent(done: float, message: str) -> None:
    pass


def hashes(folder: Path) -> dict[str, str]:
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return {str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """A finished run on photographs in two folders with every trouble that names and files can make."""
    bench = Bench(tmp_path_factory.mktemp("room"), dataclasses.replace(SMALL, cameras="single"))
    for picture, name in zip(sideways(len(NAMES)), NAMES, strict=True):
        file = bench.frames / name
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(file, quality=95)
    (bench.frames / "cam2" / "broken.jpg").write_bytes(b"\xff\xd8\xff nothing")
    (bench.frames / "again.jpg").write_bytes((bench.frames / NAMES[0]).read_bytes())
    bench.result = work(bench.context())
    return bench


def test_names_folders_and_equal_base_names_are_kept_all_the_way(room: Bench) -> None:
    expected = {*NAMES[1:5], "again.jpg", "cam2/3.webp.jpg"}
    images = room.output / "images"
    assert {str(file.relative_to(images)) for file in images.rglob("*.*")} == expected
    model = read_sparse_model(room.output / "sparse" / "0")
    assert {image.name for image in model.images} == expected
    assert read_features(room.output / "database.db").keys() == expected
    solved = pycolmap.Reconstruction(room.output / "distorted" / "sparse" / "0")
    assert {image.name for image in solved.images.values()} == expected
    (camera,) = model.cameras.values()
    with Image.open(images / "cam2/straße_2.png") as photo:
        assert photo.size == (camera.width, camera.height)


def test_the_summary_and_the_report_say_what_was_found(room: Bench) -> None:
    summary: Any = room.result.summary
    assert (summary["images"], summary["registered"], summary["unregistered"]) == (6, 6, [])
    assert summary["strategy"] == "exhaustive"
    excluded = {one["name"]: one["reason"] for one in summary["preflight"]["excluded"]}
    assert excluded["cam 1/0001.JPG"] == 'it is the same file as "again.jpg"'
    assert "damaged" in excluded["cam2/broken.jpg"]
    report = json.loads((room.output / "report.json").read_text())
    rows = {row["name"]: row for row in report["photos"]}
    assert len(rows) == 6
    for row in rows.values():
        assert row["registered"]
        assert row["features"] > 300
        assert row["observations"] > 50
        assert 0 < row["reprojection_px"] < 1
        assert row["agreement"] > 0.8
    steps = {"preflight", "features", "matching", "mapping", "points", "undistortion"}
    assert report["seconds"].keys() == steps
    assert report["versions"]["pycolmap"] == "4.1.1"


def test_the_cameras_are_where_the_photographs_were_taken(room: Bench) -> None:
    centres = {
        image.name: -image.rotation.T @ image.translation
        for image in read_sparse_model(room.output / "sparse" / "0").images
    }
    order = ["again.jpg", *NAMES[1:5], "cam2/3.webp.jpg"]
    found = np.array([centres[name] for name in order])
    x = np.linspace(-1.2, 1.2, 6)
    truth = np.column_stack([x, 0.1 * np.sin(3 * x), np.full(6, 3.0)])
    transform = pycolmap.estimate_sim3d(found, truth)
    assert transform is not None
    assert np.abs(transform * found - truth).max() < 0.03


def test_a_trainer_gets_the_points_of_two_photographs_too_and_the_same_cameras(room: Bench) -> None:
    solved = pycolmap.Reconstruction(room.output / "distorted" / "sparse" / "0")
    given = pycolmap.Reconstruction(room.output / "sparse" / "0")
    lengths = [[point.track.length() for point in model.points3D.values()] for model in (solved, given)]
    assert lengths[1].count(2) > 3 * max(lengths[0].count(2), 1)
    assert len(lengths[1]) > len(lengths[0])
    for image in solved.images.values():
        same = given.find_image_with_name(image.name)
        assert same is not None
        assert same.cam_from_world().matrix() == pytest.approx(image.cam_from_world().matrix())
    (told,) = (text for text in room.texts("notice") if "only two photographs" in text)
    assert told.startswith(f"{len(lengths[1])} points")
    assert given.compute_mean_reprojection_error() < 1


def test_the_same_photographs_and_seed_give_the_same_bytes(room: Bench, tmp_path: Path) -> None:
    again = Bench(tmp_path, room.options)
    again.frames.symlink_to(room.frames)
    work(again.context())
    for part in ("sparse", "distorted", "images"):
        assert hashes(again.output / part) == hashes(room.output / part)


def test_the_search_for_a_geometry_follows_the_seed(room: Bench, tmp_path: Path) -> None:
    found = []
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        database = tmp_path / f"{name}.db"
        copy_database(room.output / "database.db", database)
        with pycolmap.Database.open(database) as opened:
            opened.clear_two_view_geometries()
            numbered = {image.name: f"{image.image_id}.jpg" for image in opened.read_all_images()}
        rename_photos(database, numbered)
        match_pairs(silent, database, list(combinations(numbered.values(), 2)), seed)
        with pycolmap.Database.open(database) as opened:
            found.append([np.array(one.F).tolist() for one in opened.read_two_view_geometries()[1]])
    same, again, another = found
    assert same == again
    assert same != another


def test_the_same_database_and_seed_give_the_same_model_and_another_seed_another(
    room: Bench, tmp_path: Path
) -> None:
    database = room.output / "database.db"
    start = choose_start(measure_pairs(database))
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        made = map_photos(silent, database, room.frames, tmp_path / name, Rung("incremental", seed), start)
        assert made is not None
        assert len(made.registered) == 6
    assert hashes(tmp_path / "a") == hashes(tmp_path / "b")
    assert hashes(tmp_path / "a") != hashes(tmp_path / "c")


def test_a_photograph_in_a_wrong_place_is_contradicted_by_its_matches(room: Bench) -> None:
    model = pycolmap.Reconstruction(room.output / "distorted" / "sparse" / "0")
    assert doubtful(agreement_by_photo(room.output / "database.db", model)) == ()
    wrong = model.find_image_with_name("cam2/0001.JPG")
    assert wrong is not None
    pose = wrong.cam_from_world()
    turn = pycolmap.Rigid3d()
    turn.rotation = pycolmap.Rotation3d(np.array([[0.0], [0.0], [0.1]]))
    assert wrong.frame is not None
    wrong.frame.rig_from_world = turn * pose
    assert doubtful(agreement_by_photo(room.output / "database.db", model)) == ("cam2/0001.JPG",)


def test_photographs_that_look_alike_are_found_and_always_the_same(room: Bench) -> None:
    first = similar_pairs(silent, room.output / "database.db", ["again.jpg"], 2)
    assert first == similar_pairs(silent, room.output / "database.db", ["again.jpg"], 2)
    partners = [one if other == "again.jpg" else other for one, other in first]
    assert len(partners) == 2
    assert "cam 1/0002.jpeg" in partners


def test_a_walk_along_the_view_is_mapped_whole(bench: Bench) -> None:
    save(walk(6), bench.frames, "frame_{}.png")
    bench.options = dataclasses.replace(SMALL, matching="sequential")
    assert work(bench.context()).summary["registered"] == 6
    assert any("along its view" in text for text in bench.texts("notice"))


def test_two_rooms_give_the_larger_one_and_name_the_other_and_the_gate_can_refuse(bench: Bench) -> None:
    save(sideways(5, seed=1), bench.frames, "a{}.jpg")
    save(sideways(3, seed=2), bench.frames, "b{}.jpg")
    bench.options = dataclasses.replace(SMALL, min_registered=0.9, attempts=1)
    with pytest.raises(StageError) as caught:
        work(bench.context())
    assert caught.value.exit_code == GATE
    assert caught.value.code == "sfm/few-registered"
    for name in ("b1.jpg", "b2.jpg", "b3.jpg"):
        assert f'"{name}"' in caught.value.message
    assert '"a' not in caught.value.message
    bench.options = dataclasses.replace(bench.options, min_registered=0.5)
    bench.events.clear()
    result = work(bench.context())
    assert result.summary["unregistered"] == ["b1.jpg", "b2.jpg", "b3.jpg"]
    assert "goes on from the checkpoint of an earlier run" in bench.texts("notice")
    assert not any("features: 0" in text for text in bench.texts("progress"))


def test_a_run_that_is_stopped_while_mapping_goes_on_there(room: Bench, tmp_path: Path) -> None:
    bench = Bench(tmp_path, room.options)
    bench.frames.symlink_to(room.frames)
    bench.events = Alarm("mapping: ", bench.stop)
    with pytest.raises(Stopped):
        work(bench.context())
    bench.stop = StopSignal()
    bench.events = []
    work(bench.context())
    assert "goes on from the checkpoint of an earlier run" in bench.texts("notice")
    assert hashes(bench.output / "sparse") == hashes(room.output / "sparse")


class Alarm(list):  # type: ignore[type-arg]
    """Events; requests a stop shortly after the first that tells of `moment`."""

    def __init__(self, moment: str, stop: StopSignal) -> None:
        super().__init__()
        self._moment = moment
        self._stop = stop

    def append(self, event: dict[str, str]) -> None:
        super().append(event)
        if event["event"] == "progress" and event["message"].startswith(self._moment):
            threading.Timer(0.05, self._stop.request, ["SIGTERM"]).start()


@pytest.mark.parametrize("count", [0, 1, 2])
def test_too_few_photographs_are_bad_input(bench: Bench, count: int) -> None:
    save(sideways(count) if count else [], bench.frames)
    with pytest.raises(StageError) as caught:
        work(bench.context())
    assert (caught.value.code, caught.value.exit_code) == ("sfm/too-few-photos", BAD_INPUT)


def test_photographs_of_different_places_give_no_model_and_say_why(bench: Bench) -> None:
    pictures = [photograph(room_textures(seed), (0.0, 0.0, 3.0)) for seed in range(20, 24)]
    save(pictures, bench.frames)
    with pytest.raises(StageError) as caught:
        work(bench.context())
    assert caught.value.code in ("sfm/no-model", "sfm/few-registered")
    assert caught.value.hint
