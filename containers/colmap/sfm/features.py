"""Features of the photographs; run in a process of its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pycolmap

from sfm.cores import threads_for
from sfm.native_process import Say
from sfm.scene_database import read_features

CHUNK = 4
"""Photographs for each thread that are given to COLMAP at a time."""


def extract_features(
    say: Say, database: Path, images: Path, names: Sequence[str], limits: tuple[int, int]
) -> None:
    """Extract the features of those photographs of `names` that have none yet.

    Args:
        say: told after every few photographs.
        database: where they are in and the features go.
        images: folder of the photographs.
        names: all photographs.
        limits: longest side in pixels at which a photograph is looked at, and most features of one.
    """
    pycolmap.logging.minloglevel = pycolmap.logging.Level.WARNING.value
    longest_px, most = limits
    threads = threads_for(longest_px)
    options = pycolmap.FeatureExtractionOptions(max_image_size=longest_px, num_threads=threads)
    options.sift.max_num_features = most
    chunk = threads * CHUNK
    known = read_features(database)
    missing = [name for name in names if not known.get(name)]
    for at in range(0, len(missing), chunk):
        say(
            (len(names) - len(missing) + at) / len(names),
            f"features: {len(names) - len(missing) + at} of {len(names)}",
        )
        pycolmap.extract_features(
            database,
            images,
            image_names=missing[at : at + chunk],
            extraction_options=options,
            device=pycolmap.Device.cpu,
        )
