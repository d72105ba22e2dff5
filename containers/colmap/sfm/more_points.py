"""The points that a splat starts from; run in a process of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pycolmap

from sfm.native_process import Say


def add_points(say: Say, database: Path, images: Path, model: Path, target: Path, seed: int) -> int:
    """Write the model with the points that only two photographs see as well; their number, with the others.

    Mapping leaves these points out: nothing confirms them, and cameras that rest on them may be wrong. With
    the cameras known they are most of what was seen, and tell a trainer how far away things are. No camera
    moves.

    Args:
        say: told what happens.
        database: with the matches.
        images: folder of the photographs, for the colours.
        model: folder of the model as it was solved.
        target: folder of the model, made anew.
        seed: the same gives the same points.
    """
    pycolmap.logging.minloglevel = pycolmap.logging.Level.WARNING.value
    say(0.0, "adding the points that two photographs see")
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    options = pycolmap.IncrementalPipelineOptions(num_threads=1, random_seed=seed)
    options.triangulation.ignore_two_view_tracks = False
    solved = pycolmap.Reconstruction(model)
    return pycolmap.triangulate_points(solved, database, images, target, options=options).num_points3D()
