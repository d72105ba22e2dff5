from __future__ import annotations

from sfm.scene_database import MatchedPair
from sfm.view_graph import COLMAPS_START, PairGeometry, choose_start, connected_sets


def pair(matches: int, angle: float, forward: float) -> PairGeometry:
    return PairGeometry("a", "b", matches, angle, forward)


def test_wide_pairs_with_many_matches_are_a_start_as_colmap_wants_it() -> None:
    start = choose_start([pair(300, 17, 0.3), pair(200, 20, 0.1), pair(900, 3, 1.0)])
    assert (start.matches, start.angle, start.forward) == (100, 16.0, 0.95)


def test_smaller_angles_come_before_fewer_matches() -> None:
    start = choose_start([pair(300, 9, 0.3), pair(200, 8.5, 0.1), pair(40, 30, 0.1)])
    assert (start.matches, start.angle, start.forward) == (100, 8.0, 0.95)


def test_a_walk_along_the_view_starts_where_the_matches_are() -> None:
    start = choose_start([pair(990, 3.1, 1.0), pair(671, 1.8, 0.999), pair(33, 18, 0.5), pair(40, 17, 0.5)])
    assert (start.matches, start.angle, start.forward) == (100, 2.0, 1.0)
    assert "along its view in 100%" in start.reason


def test_without_a_strong_pair_colmaps_own_rule_stays() -> None:
    assert choose_start([pair(40, 20, 0.1)]) == COLMAPS_START
    assert choose_start([]) == COLMAPS_START


def test_sets_hang_together_by_firm_pairs_and_the_largest_is_first() -> None:
    pairs = [
        MatchedPair("a", "b", 30),
        MatchedPair("c", "d", 500),
        MatchedPair("d", "e", 31),
        MatchedPair("a", "c", 29),
    ]
    assert connected_sets(["a", "b", "c", "d", "e", "f"], pairs) == (("c", "d", "e"), ("a", "b"), ("f",))
