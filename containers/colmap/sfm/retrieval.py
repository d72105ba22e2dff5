"""Photographs that look alike, by a vocabulary tree of the scene's own features; nothing is downloaded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pycolmap
from numpy.typing import NDArray

from sfm.native_process import Say
from sfm.pairs import Pair, merged_pairs

SAMPLE = 100_000
"""Features that the words are made from."""
WORDS = (256, 4096)
"""Fewest and most visual words; 39 features to each at least, which is what their clustering asks for."""
LOOKED_UP = 1000
"""Features of a photograph by which it is looked for: the largest ones."""


def similar_pairs(say: Say, database: Path, queries: Sequence[str], count: int) -> tuple[Pair, ...]:
    """Pairs of each photograph of `queries` with the `count` of all that look most like it.

    Run in a process of its own; one thread, for the words depend on their number.

    Args:
        say: told what happens.
        database: with the features of every photograph.
        queries: names.
        count: of neighbours, itself not counted.
    """
    pycolmap.logging.minloglevel = pycolmap.logging.Level.WARNING.value
    with pycolmap.Database.open(database) as opened:
        images = sorted(opened.read_all_images(), key=lambda image: image.image_id)
        names = {image.image_id: image.name for image in images}
        say(0.0, "looking for photographs that look alike: words")
        tree = database.with_suffix(".words.bin")
        _build_words(_sample(opened, [image.image_id for image in images]), tree)
        say(0.5, "looking for photographs that look alike: neighbours")
        options = pycolmap.VocabTreePairingOptions(
            num_images=count + 1, max_num_features=LOOKED_UP, vocab_tree_path=tree, num_threads=1
        )
        wanted = set(queries)
        ids = [image.image_id for image in images if image.name in wanted]
        found = pycolmap.VocabTreePairGenerator(options, opened, ids).all_pairs()
    tree.unlink()
    return merged_pairs((names[one], names[other]) for one, other in found)


def _sample(database: pycolmap.Database, ids: Sequence[int]) -> NDArray[np.float32]:
    """Features of every photograph, the same number of each, as (n, 128)."""
    share = max(1, SAMPLE // len(ids))
    picked = []
    for number in ids:
        features = database.read_descriptors(number).data
        step = max(1, -(-len(features) // share))
        picked.append(features[::step])
    return np.concatenate(picked).astype(np.float32)


def _build_words(features: NDArray[np.float32], tree: Path) -> None:
    words = min(max(len(features) // 39, WORDS[0]), WORDS[1])
    options = pycolmap.VisualIndex.BuildOptions(
        num_visual_words=min(words, len(features)), num_iterations=10, num_rounds=1, num_threads=1
    )
    pycolmap.set_random_seed(0)
    index = pycolmap.VisualIndex.create(features.shape[1], 64)
    index.build(
        options, pycolmap.FeatureDescriptorsFloat(type=pycolmap.FeatureExtractorType.SIFT, data=features)
    )
    index.prepare()
    index.write(tree)
