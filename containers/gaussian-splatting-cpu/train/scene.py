"""What training is given: the sparse model and its photographs; and the state it begins with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from darkroom_scene.errors import StageError
from darkroom_scene.sparse_model import SparseModel, read_sparse_model
from train.initial import pixel_gaussians, sky_gaussians, sparse_gaussians
from train.photographs import Photograph, load_photographs
from train.recipe import Recipe
from train.training import TrainingState


@dataclass(frozen=True)
class Scene:
    """A sparse model and its photographs; `scale`, the points' median depth, is the unit of the recipe."""

    model: SparseModel
    photographs: tuple[Photograph, ...]
    scale: float

    @property
    def trained(self) -> list[Photograph]:
        """The photographs that are not held out."""
        return [photograph for photograph in self.photographs if not photograph.held_out]

    @property
    def best_known(self) -> Photograph:
        """The photograph that sees most points; the first by name of several."""
        return max(self.photographs, key=lambda photograph: len(photograph.points))


def load_scene(folder: Path, longest: int, recipe: Recipe) -> Scene:
    """Reads `images/**` and `sparse/0` below `folder`.

    Raises:
        StageError: `train/no-photographs`, `train/no-points`, `train/missing-photo`, or the reader's own.
    """
    model = read_sparse_model(folder / "sparse/0")
    if not model.images:
        raise StageError(
            "train/no-photographs", "the model has no registered photograph", "run the stage sfm again"
        )
    photographs = load_photographs(folder / "images", model, longest)
    depths = [np.median(_depths(model, photograph)) for photograph in photographs if len(photograph.points)]
    scale = float(np.median(depths)) if depths else 0.0
    if not (np.isfinite(scale) and scale > 0):
        raise StageError(
            "train/no-points",
            f"{len(photographs)} photographs see none of the {len(model.xyz)} points in front of them",
            "there is nothing to start from: run the stage sfm again",
        )
    near = recipe.near * scale
    return Scene(model, tuple(replace(p, view=replace(p.view, near=near)) for p in photographs), scale)


def first_state(scene: Scene, seed: int, most: int, degree: int, recipe: Recipe) -> TrainingState:
    """Gaussians at the sparse points, at pixels of the training photographs and on a shell behind all."""
    random = np.random.default_rng(seed)
    trained = [photograph for photograph in scene.trained if len(photograph.points)]
    seen = np.unique(np.concatenate([np.zeros(0, np.int64), *(p.points for p in trained)]))
    rows = seen if len(seen) <= most // 2 else np.sort(random.choice(seen, most // 2, replace=False))
    parts = [sparse_gaussians(scene.model, rows, opacity=0.5, degree=degree)]
    parts.append(
        sky_gaussians(scene.trained, *_shell(scene), recipe.sky_gaussians * most // 30_000, degree=degree)
    )
    left = int((most - sum(part.count for part in parts)) * recipe.pixel_gaussians)
    each = max(0, left // max(1, len(trained)))
    for photograph, visible in zip(trained, _likely_visible(trained, len(scene.model.xyz)), strict=True):
        points = scene.model.xyz[visible]
        parts.append(pixel_gaussians(photograph, points, random, each, opacity=0.3, degree=degree))
    gaussians = parts[0]
    for part in parts[1:]:
        gaussians = gaussians.join(part)
    return TrainingState(0, gaussians, (gaussians.zeros(), gaussians.zeros()), random, [], [])


def _likely_visible(photographs: Sequence[Photograph], points: int) -> Iterator[NDArray[np.int64]]:
    """For each photograph the points that it sees, and those of the two others that share most with it."""
    owner = np.repeat(np.arange(len(photographs)), [len(photograph.points) for photograph in photographs])
    every = np.concatenate([np.zeros(0, np.int64), *(photograph.points for photograph in photographs)])
    for photograph in photographs:
        own = np.zeros(points, bool)
        own[photograph.points] = True
        shared = np.bincount(owner[own[every]], minlength=len(photographs))
        best = np.argsort(-shared, kind="stable")[:3]  # itself is among them
        yield np.unique(every[np.isin(owner, best)])


def _shell(scene: Scene) -> tuple[NDArray[np.float64], float]:
    """Centre and radius of the sky: ten times as far as the cameras and most points reach."""
    centres = np.array([photograph.view.centre for photograph in scene.photographs])
    centre = centres.mean(axis=0)
    reach = np.linalg.norm(centres - centre, axis=1).max()
    return centre, 10 * float(
        max(reach, np.median(np.linalg.norm(scene.model.xyz - centre, axis=1)), scene.scale)
    )


def _depths(model: SparseModel, photograph: Photograph) -> NDArray[np.float64]:
    return (model.xyz[photograph.points] @ photograph.view.rotation.T + photograph.view.translation)[:, 2]


def without_points(photographs: Sequence[Photograph]) -> list[str]:
    """Names of the photographs that see no point."""
    return [photograph.name for photograph in photographs if not len(photograph.points)]
