"""Mapping until every photograph is in, or nothing is left to try."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from darkroom_scene.errors import StageError
from darkroom_scene.progress import Progress
from sfm.ladder import Attempt, Ladder, Passes, best_attempt, next_rung
from sfm.mapping import MappedModel, map_photos
from sfm.native_process import Native
from sfm.pair_geometry import measure_pairs
from sfm.view_graph import choose_start

NO_MODEL = MappedModel((), (), 0, 0.0, 0.0, ())


@dataclass(frozen=True)
class MappingJob:
    """What is mapped, and how.

    `passes` tells which attempts the gate lets through; `match_all` compares every two photographs, when an
    attempt asks for it.
    """

    database: Path
    images: Path
    folder: Path
    ladder: Ladder
    passes: Passes
    match_all: Callable[[Progress], None]


@dataclass(frozen=True)
class Mapped:
    """The best model with its folder, and every attempt."""

    model: MappedModel
    folder: Path
    attempts: tuple[Attempt, ...]


def map_until_good(job: MappingJob, native: Native, progress: Progress) -> Mapped:
    """Make attempts until one is good enough; the best of them.

    Raises:
        StageError: `sfm/no-model`: no attempt gave a model.
    """
    start = choose_start(measure_pairs(job.database))
    progress.notice(f"mapping starts with: {start.reason}")
    attempts: list[Attempt] = []
    models: list[MappedModel] = []
    while rung := next_rung(job.ladder, attempts, job.passes):
        number = len(attempts)
        # Each further attempt gets half of what is left, for nobody knows how many there will be.
        part = progress.part(1 - 0.5**number, 1 - 0.5 ** (number + 1))
        began = time.monotonic()
        if rung.way == "more pairs":
            job.match_all(part)
        folder = job.folder / f"attempt-{number}"
        model = native.run(part, map_photos, job.database, job.images, folder, rung, start) or NO_MODEL
        models.append(model)
        attempts.append(
            Attempt(
                rung,
                len(model.registered),
                len(model.doubtful),
                model.points,
                model.reprojection_px,
                time.monotonic() - began,
            )
        )
        progress.notice(_told(job, attempts[-1]))
    best = best_attempt(attempts, job.passes)
    if not models[best].registered:
        raise StageError(
            "sfm/no-model",
            f"no model could be made in {len(attempts)} attempts: no two photographs have enough in common",
            "take photographs from places a step apart, each showing most of what the one before it shows",
        )
    return Mapped(models[best], job.folder / f"attempt-{best}", tuple(attempts))


def _told(job: MappingJob, attempt: Attempt) -> str:
    doubts = f", {attempt.doubtful} of them against their matches" if attempt.doubtful else ""
    return (
        f"mapping ({attempt.rung.way}, seed {attempt.rung.seed}): {attempt.registered} of "
        f"{job.ladder.photos} photographs{doubts}, {attempt.points} points, {attempt.reprojection_px:.2f} px"
    )
