from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfm.ladder import Attempt, Ladder, Rung, best_attempt, next_rung


def attempt(registered: int, doubtful: int = 0, points: int = 100) -> Attempt:
    return Attempt(Rung("incremental", 0), registered, doubtful, points, 0.5, 1.0)


def passes(one: Attempt) -> bool:
    return one.points >= 100


LADDER = Ladder(seed=7, seeds=3, reachable=29, photos=30, all_compared=True)


def climbed(ladder: Ladder, outcome: Attempt) -> list[Rung]:
    rungs: list[Rung] = []
    while rung := next_rung(ladder, [outcome] * len(rungs), passes):
        rungs.append(rung)
    return rungs


def test_nothing_more_is_tried_when_every_photograph_that_can_be_is_in() -> None:
    assert next_rung(LADDER, [attempt(29)], passes) is None


def test_seeds_come_first_and_count_on_and_then_other_ways() -> None:
    assert [(rung.way, rung.seed) for rung in climbed(LADDER, attempt(28))] == [
        ("incremental", 7),
        ("incremental", 8),
        ("incremental", 9),
        ("other start", 10),
        ("weak points", 11),
        ("global", 12),
    ]


def test_a_model_against_its_matches_is_not_good_enough() -> None:
    assert next_rung(LADDER, [attempt(29, doubtful=4)], passes) == Rung("incremental", 8)
    assert best_attempt([attempt(29, doubtful=4), attempt(28)], passes) == 1


def test_a_model_that_the_gate_refuses_is_not_good_enough() -> None:
    assert next_rung(LADDER, [attempt(29, points=99)], passes) == Rung("incremental", 8)
    assert next_rung(LADDER, [attempt(29, points=99), attempt(29)], passes) is None
    # Neither of them has all and passes.
    assert next_rung(LADDER, [attempt(29, points=99), attempt(28)], passes) == Rung("incremental", 9)


@pytest.mark.parametrize(
    ("attempts", "best"),
    [
        # One that passes comes before a sounder one that does not.
        ([attempt(8, 1, 69), attempt(8, 2, 346)], 1),
        ([attempt(8, 2, 346), attempt(8, 1, 69)], 0),
        # Of those that pass, the soundest; then the one with most photographs; then most points.
        ([attempt(8, 2, 900), attempt(8, 1, 346)], 1),
        ([attempt(7, 0, 900), attempt(8, 1, 346)], 1),
        ([attempt(8, 1, 346), attempt(8, 1, 347)], 1),
        # Of those that do not pass, likewise.
        ([attempt(8, 2, 90), attempt(8, 1, 10)], 1),
        ([attempt(8, 1, 10), attempt(8, 1, 90)], 1),
        # The first of two alike.
        ([attempt(0, 0, 0), attempt(8), attempt(8)], 1),
    ],
)
def test_the_best_passes_the_gate_if_any_does_and_is_the_soundest(attempts: list[Attempt], best: int) -> None:
    assert best_attempt(attempts, passes) == best


def test_all_pairs_are_compared_at_last_when_they_were_not_and_are_not_too_many() -> None:
    some = Ladder(0, 1, 100, 100, all_compared=False)
    assert climbed(some, attempt(10))[-1].way == "more pairs"
    many = Ladder(0, 1, 1000, 1000, all_compared=False)
    assert all(rung.way != "more pairs" for rung in climbed(many, attempt(10)))


def test_of_many_photographs_a_few_may_stay_out() -> None:
    assert next_rung(Ladder(0, 6, 300, 300, True), [attempt(294)], passes) is None
    assert next_rung(Ladder(0, 6, 100, 100, True), [attempt(99)], passes) is not None


@given(st.lists(st.builds(attempt, st.integers(0, 40), st.integers(0, 5), st.integers(95, 105)), min_size=1))
def test_none_that_passes_like_the_best_places_more_photographs_soundly(attempts: list[Attempt]) -> None:
    best = attempts[best_attempt(attempts, passes)]
    assert passes(best) == any(passes(one) for one in attempts)
    assert all(one.sound <= best.sound for one in attempts if passes(one) == passes(best))


@given(st.integers(1, 50), st.integers(0, 500), st.integers(0, 400), st.booleans())
def test_the_ladder_ends(seeds: int, photos: int, placed: int, all_compared: bool) -> None:
    assert len(climbed(Ladder(0, seeds, photos, photos, all_compared), attempt(placed))) <= seeds + 4
