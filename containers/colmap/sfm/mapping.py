"""One attempt at a model; run in a process of its own."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pycolmap

from sfm.agreement import agreement_by_photo, doubtful
from sfm.ladder import Rung
from sfm.native_process import Say
from sfm.view_graph import COLMAPS_START, FORWARD_START, SIDEWAYS, Start

LEAST_MODEL = 3
RELAXED_INLIERS = 15
RELAXED_TRIALS = 10


@dataclass(frozen=True)
class MappedModel:
    """The largest model of an attempt.

    Attributes:
        registered: names of the photographs in it.
        doubtful: those of them whose matches contradict their place.
        points: number of points.
        reprojection_px: mean distance of a point from where it is seen.
        track_length: mean number of photographs that see a point.
        others: names in each of the other models, largest first.
    """

    registered: tuple[str, ...]
    doubtful: tuple[str, ...]
    points: int
    reprojection_px: float
    track_length: float
    others: tuple[tuple[str, ...], ...]


def map_photos(
    say: Say, database: Path, images: Path, folder: Path, rung: Rung, start: Start
) -> MappedModel | None:
    """Make a model and write it into `folder`; nothing when there is none.

    The same database, rung and start give the same files, byte for byte: everything runs in one thread.
    First the photographs are placed that COLMAP is sure of. Then the others are tried against the finished
    model with fewer matches; doing that from the beginning would build on guesses.

    Args:
        say: told after every photograph.
        database: with the matches.
        images: folder of the photographs.
        folder: made anew.
        rung: way and seed.
        start: what the first two photographs must have.
    """
    pycolmap.logging.minloglevel = pycolmap.logging.Level.ERROR.value
    shutil.rmtree(folder, ignore_errors=True)
    scratch = folder.with_name(f"{folder.name}-models")
    shutil.rmtree(scratch, ignore_errors=True)
    for place in (folder, scratch / "first", scratch / "second"):
        place.mkdir(parents=True)
    models = _map(_Teller(say, database), database, images, scratch, rung, start)
    if not models:
        return None
    best = models[0]
    best.write(folder)
    shutil.rmtree(scratch)
    registered = _names(best)
    return MappedModel(
        registered,
        doubtful(agreement_by_photo(database, best)),
        best.num_points3D(),
        best.compute_mean_reprojection_error(),
        best.compute_mean_track_length(),
        tuple(left for other in models[1:] if (left := tuple(sorted(set(_names(other)) - set(registered))))),
    )


def _map(
    teller: _Teller, database: Path, images: Path, scratch: Path, rung: Rung, start: Start
) -> list[pycolmap.Reconstruction]:
    if rung.way == "global":
        options = pycolmap.GlobalPipelineOptions(num_threads=1, random_seed=rung.seed)
        return _by_size(pycolmap.global_mapping(database, images, scratch / "first", options=options))
    first = pycolmap.incremental_mapping(
        database,
        images,
        scratch / "first",
        options=_options(rung, start),
        initial_image_pair_callback=teller.again,
        next_image_callback=teller.placed,
    )
    models = _by_size(first)
    if not models or models[0].num_reg_images() == teller.total:
        return models
    largest = next(number for number, model in first.items() if model is models[0])
    relaxed = _options(rung, start)
    relaxed.multiple_models = False
    relaxed.mapper.abs_pose_min_num_inliers = RELAXED_INLIERS
    relaxed.mapper.max_reg_trials = RELAXED_TRIALS
    second = pycolmap.incremental_mapping(
        database,
        images,
        scratch / "second",
        options=relaxed,
        input_path=scratch / "first" / str(largest),
        next_image_callback=teller.placed,
    )
    return _by_size({**dict(enumerate([*second.values(), *models[1:]]))}) if second else models


def _options(rung: Rung, start: Start) -> pycolmap.IncrementalPipelineOptions:
    options = pycolmap.IncrementalPipelineOptions(
        num_threads=1, random_seed=rung.seed, min_model_size=LEAST_MODEL
    )
    if rung.way == "other start":
        start = FORWARD_START if start.forward <= SIDEWAYS else COLMAPS_START
    options.mapper.init_min_num_inliers = start.matches
    options.mapper.init_min_tri_angle = start.angle
    options.mapper.init_max_forward_motion = start.forward
    options.triangulation.ignore_two_view_tracks = rung.way != "weak points"
    return options


class _Teller:
    """Says how many photographs have a place."""

    def __init__(self, say: Say, database: Path) -> None:
        with pycolmap.Database.open(database) as opened:
            self.total = opened.num_images()
        self._say = say
        self._placed = 0

    def again(self) -> None:
        self._placed = 2
        self._tell()

    def placed(self) -> None:
        self._placed = min(self._placed + 1, self.total)
        self._tell()

    def _tell(self) -> None:
        self._say(self._placed / self.total, f"mapping: {self._placed} of {self.total} photographs")


def _by_size(models: dict[int, pycolmap.Reconstruction]) -> list[pycolmap.Reconstruction]:
    """Largest first; COLMAP numbers them in the order they were made."""
    return sorted(models.values(), key=lambda model: (-model.num_reg_images(), -model.num_points3D()))


def _names(model: pycolmap.Reconstruction) -> tuple[str, ...]:
    return tuple(sorted(image.name for image in model.images.values() if image.has_pose))
