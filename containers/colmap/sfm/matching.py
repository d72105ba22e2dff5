"""Matches of pairs of photographs; run in a process of its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pycolmap

from sfm.cores import usable_cores
from sfm.native_process import Say
from sfm.pairs import Pair

CHUNK = 200
"""Pairs that are given to COLMAP at a time: seconds of work, so that progress and checkpoints stay close."""


def match_pairs(say: Say, database: Path, pairs: Sequence[Pair], seed: int) -> None:
    """Match those of `pairs` that are not matched yet, and keep what agrees on one geometry.

    Args:
        say: told after every chunk.
        database: with the features.
        pairs: of names without spaces.
        seed: of the search for the geometry, which then is the same for the same pair.
    """
    pycolmap.logging.minloglevel = pycolmap.logging.Level.WARNING.value
    todo = _unmatched(database, pairs)
    listed = database.with_suffix(".pairs.txt")
    options = pycolmap.FeatureMatchingOptions(num_threads=usable_cores())
    pairing = pycolmap.ImportedPairingOptions(match_list_path=listed)
    verification = pycolmap.TwoViewGeometryOptions()
    verification.ransac.random_seed = seed
    for at in range(0, len(todo), CHUNK):
        done = len(pairs) - len(todo) + at
        say(done / len(pairs), f"matching: {done} of {len(pairs)} pairs")
        listed.write_text("".join(f"{one} {other}\n" for one, other in todo[at : at + CHUNK]))
        pycolmap.match_image_pairs(
            database,
            matching_options=options,
            pairing_options=pairing,
            verification_options=verification,
            device=pycolmap.Device.cpu,
        )
    listed.unlink(missing_ok=True)


def _unmatched(database: Path, pairs: Sequence[Pair]) -> list[Pair]:
    with pycolmap.Database.open(database) as opened:
        numbers = {image.name: image.image_id for image in opened.read_all_images()}
        return [
            pair for pair in pairs if not opened.exists_two_view_geometry(numbers[pair[0]], numbers[pair[1]])
        ]
