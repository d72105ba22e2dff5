"""Matching by a strategy: from its sequences and what looks alike to matched pairs in the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from darkroom_scene.progress import Progress
from sfm.matching import match_pairs
from sfm.native_process import Native
from sfm.pairs import Pair, exhaustive_pairs, merged_pairs, nearby_pairs, sequential_pairs
from sfm.retrieval import similar_pairs
from sfm.strategy import Strategy

ALIKE = 30
"""Photographs that each is compared with because they look alike."""
NEARBY = 10
LOOP_FROM = 30
"""Frames of a sequence from which it may come back to where it was."""
LOOP_STEP = 5
LOOP_ALIKE = 12


@dataclass(frozen=True)
class MatchingJob:
    """What is matched: the database, all names in it, where photographs were taken, and the seed."""

    database: Path
    names: Sequence[str]
    places: Mapping[str, tuple[float, float]]
    seed: int


def match_strategy(job: MatchingJob, strategy: Strategy, native: Native, progress: Progress) -> int:
    """Match what `strategy` says; the number of pairs. Its sequences hold names of the database."""
    pairs = _pairs(job, strategy, native, progress.part(0.0, 0.15))
    native.run(progress.part(0.15, 1.0), match_pairs, job.database, pairs, job.seed)
    return len(pairs)


def match_all(job: MatchingJob, native: Native, progress: Progress) -> None:
    """Match every two photographs."""
    native.run(progress, match_pairs, job.database, exhaustive_pairs(sorted(job.names)), job.seed)


def loop_queries(sequences: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The frames for which a sequence is searched for an earlier visit of the same place: every fifth."""
    return tuple(name for run in sequences if len(run) >= LOOP_FROM for name in run[::LOOP_STEP])


def _pairs(job: MatchingJob, strategy: Strategy, native: Native, progress: Progress) -> tuple[Pair, ...]:
    if strategy.matching == "exhaustive":
        return exhaustive_pairs(sorted(job.names))
    neighbours = [sequential_pairs(run) for run in strategy.sequences]
    queries: Sequence[str] = job.names
    count = ALIKE
    if strategy.matching == "sequential":
        queries = loop_queries(strategy.sequences)
        count = LOOP_ALIKE
    alike = native.run(progress, similar_pairs, job.database, queries, count) if queries else ()
    places = job.places if strategy.matching == "retrieval" else {}
    return merged_pairs(*neighbours, alike, nearby_pairs(places, NEARBY))
