from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from darkroom_scene.errors import StageError
from darkroom_scene.stop_signal import Stopped, StopSignal
from darkroom_scene.train_options import TrainOptions
from tests.small_scene import OPTIONS, Made, bench, make_scene, write_model
from train.checkpoint import read_state, write_state
from train.ply import read_ply
from train.recipe import Recipe
from train.scene import first_state, load_scene
from train.training import Trainer
from train.work import work


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make_scene(tmp_path_factory.mktemp("scene"))


class StopAfter(StopSignal):
    """Requests the stop at the given check."""

    def __init__(self, checks: int) -> None:
        super().__init__()
        self.left = checks

    def check(self) -> None:
        """One check less to go."""
        self.left -= 1
        if self.left < 0:
            self.request("test")
        super().check()


def as_dict(value: object) -> dict[str, Any]:
    assert isinstance(value, Mapping)
    return dict(value)


def test_a_scene_of_known_shape_is_learnt_and_told_of(made: Made, tmp_path: Path) -> None:
    here = bench(made, tmp_path, options=replace(OPTIONS, steps=250))
    result = as_dict(work(here.context).summary)
    report = json.loads((here.context.output_dir / "train-report.json").read_text())
    assert [view["name"] for view in result["views"]] == [sorted(made.names)[3]]
    assert result["psnr"] > result["psnr_baseline"] + 4
    assert result["psnr_train"] > 24
    assert result["gaussians"] <= 600
    assert (result["width"], result["height"], result["steps"]) == (64, 48, 250)
    first, last = report["losses"]["rows"][0], report["losses"]["rows"][-1]
    assert last[0] == 250
    assert last[1] < first[1] / 2
    assert {"options", "seed", "versions", "peak_mb", "seconds"} <= set(report)
    done = [as_dict(event)["done"] for event in here.events if as_dict(event)["event"] == "progress"]
    assert done == sorted(done)


def test_the_files_are_where_the_next_stage_looks(made: Made, tmp_path: Path) -> None:
    here = bench(made, tmp_path)
    result = as_dict(work(here.context).summary)
    output = here.context.output_dir
    ply = (output / "scene.ply").read_bytes()
    assert ply == (output / "point_cloud/iteration_60/point_cloud.ply").read_bytes()
    assert read_ply(output / "scene.ply").count == result["gaussians"]
    for path in (result["still"], result["views"][0]["photo"], result["views"][0]["render"]):
        with Image.open(output / path) as still:
            assert still.size == (64, 48)
    told = {str(path.relative_to(output)) for path in output.rglob("*") if path.is_file()}
    stills = {result["still"], result["views"][0]["photo"], result["views"][0]["render"]}
    assert told == {"scene.ply", "train-report.json", "point_cloud/iteration_60/point_cloud.ply", *stills}


def test_a_stopped_run_goes_on_to_the_very_same_bytes(made: Made, tmp_path: Path) -> None:
    for name in ("whole", "parts"):
        (tmp_path / name).mkdir()
    whole = bench(made, tmp_path / "whole")
    work(whole.context)
    for _ in range(2):
        with pytest.raises(Stopped):
            work(bench(made, tmp_path / "parts", stop=StopAfter(22)).context)
    last = bench(made, tmp_path / "parts")
    result = as_dict(work(last.context).summary)
    assert result["resumed_from"] > 22  # the second run went on from the first
    expected = (whole.context.output_dir / "scene.ply").read_bytes()
    assert (last.context.output_dir / "scene.ply").read_bytes() == expected


def test_a_run_that_was_killed_goes_on_from_its_last_checkpoint(made: Made, tmp_path: Path) -> None:
    class Killed(Exception):
        """Stands for a process that is no more."""

    class KillAt(StopSignal):
        def check(self) -> None:
            steps.append(1)
            if len(steps) > 40:
                raise Killed

    steps: list[int] = []
    with pytest.raises(Killed):
        work(bench(made, tmp_path, stop=KillAt()).context, checkpoint_seconds=0)
    last = bench(made, tmp_path)
    assert as_dict(work(last.context).summary)["resumed_from"] == 40


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(made: Made, tmp_path: Path) -> None:
    outputs = []
    for seed in (1, 1, 2):
        here = bench(made, tmp_path, options=replace(OPTIONS, steps=20), seed=seed)
        work(here.context)
        outputs.append((here.context.output_dir / "scene.ply").read_bytes())
        for path in (tmp_path / "storage").rglob("manifest.json"):
            path.unlink()
    assert outputs[0] == outputs[1]
    assert outputs[0] != outputs[2]


def test_a_graphics_card_is_refused_as_bad_input(made: Made, tmp_path: Path) -> None:
    here = bench(made, tmp_path, options=TrainOptions.preset("standard"))
    with pytest.raises(StageError, match="for a graphics card") as caught:
        work(here.context)
    assert caught.value.exit_code == 2


def test_every_photograph_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    made = make_scene(tmp_path)
    (tmp_path / "images" / made.names[1]).unlink()
    (tmp_path / "images" / made.names[2]).write_bytes(b"no picture")
    with pytest.raises(StageError) as caught:
        work(bench(made, tmp_path).context)
    assert caught.value.code == "train/missing-photo"
    assert all(name in caught.value.message for name in made.names[1:3])


def test_cameras_that_see_no_points_are_refused(tmp_path: Path) -> None:
    made = make_scene(tmp_path, photographs=4)
    write_model(tmp_path / "sparse/0", made.names, np.zeros((1, 3), np.float32), np.zeros(0, np.int64))
    with pytest.raises(StageError) as caught:
        work(bench(made, tmp_path).context)
    assert caught.value.code == "train/no-points"


def test_a_model_without_photographs_is_refused(tmp_path: Path) -> None:
    made = make_scene(tmp_path, photographs=1)
    write_model(tmp_path / "sparse/0", [], np.zeros((1, 3), np.float32), np.zeros(0, np.int64))
    with pytest.raises(StageError) as caught:
        work(bench(made, tmp_path).context)
    assert caught.value.code == "train/no-photographs"


def test_fewer_than_four_photographs_train_without_held_out_ones(tmp_path: Path) -> None:
    made = make_scene(tmp_path, photographs=3)
    result = as_dict(work(bench(made, tmp_path, options=replace(OPTIONS, steps=5)).context).summary)
    assert result["views"] == []
    assert result["psnr"] is None
    assert result["psnr_train"] > 5


def test_a_step_that_is_no_number_is_named_with_its_photograph(made: Made) -> None:
    scene = load_scene(made.folder, 64, Recipe())
    state = first_state(scene, 1, 600, 1, Recipe())
    state.gaussians.harmonics[:] = np.nan
    trainer = Trainer(scene.trained, scene.scale, 60, 600, 1, Recipe())
    with pytest.raises(StageError, match=r'step 1 on the photograph "side .*": the loss is not a number'):
        trainer.step(state)


def test_a_checkpoint_holds_everything_and_a_broken_one_says_so(made: Made, tmp_path: Path) -> None:
    scene = load_scene(made.folder, 64, Recipe())
    state = first_state(scene, 1, 600, 1, Recipe())
    trainer = Trainer(scene.trained, scene.scale, 60, 600, 1, Recipe())
    for _ in range(3):
        trainer.step(state)
    write_state(state, tmp_path / "c")
    again = read_state(tmp_path / "c")
    assert again.step == 3
    assert again.queue == state.queue
    assert again.random.bit_generator.state == state.random.bit_generator.state
    for one, other in zip((state.gaussians, *state.moments), (again.gaussians, *again.moments), strict=True):
        assert all(np.array_equal(a, b) for (_, a), (_, b) in zip(one.groups(), other.groups(), strict=True))
    (tmp_path / "c/arrays.npz").write_bytes(b"PK")
    with pytest.raises(StageError) as caught:
        read_state(tmp_path / "c")
    assert caught.value.code == "train/checkpoint"
