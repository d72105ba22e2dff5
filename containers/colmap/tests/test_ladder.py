from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sfm.ladder import Attempt, Ladder, Rung, best_attempt, next_rung


def attempt(registered: int, doubtful: int = 0, points: int = 100) -> Attempt:
    return Attempt(Rung("incremental", 0), registered, doubtful, points, 0.5, 1.0)


LADDER = Ladder(seed=7, seeds=3, reachable=29, photos=30, all_compared=True)


def climbed(ladder: Ladder, outcome: Attempt) -> list[Rung]:
    rungs: list[Rung] = []
    while rung := next_rung(ladder, [outcome] * len(rungs)):
        rungs.append(rung)
    return rungs


def test_nothing_more_is_tried_when_every_photograph_that_can_be_is_in() -> None:
    assert next_rung(LADDER, [attempt(29)]) is None


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
    assert next_rung(LADDER, [attempt(29, doubtful=4)]) == Rung("incremental", 8)
    assert best_attempt([attempt(29, doubtful=4), attempt(28)]) == 1


def test_all_pairs_are_compared_at_last_when_they_were_not_and_are_not_too_many() -> None:
    some = Ladder(0, 1, 100, 100, all_compared=False)
    assert climbed(some, attempt(10))[-1].way == "more pairs"
    many = Ladder(0, 1, 1000, 1000, all_compared=False)
    assert all(rung.way != "more pairs" for rung in climbed(many, attempt(10)))


def test_of_many_photographs_a_few_may_stay_out() -> None:
    assert next_rung(Ladder(0, 6, 300, 300, True), [attempt(294)]) is None
    assert next_rung(Ladder(0, 6, 100, 100, True), [attempt(99)]) is not None


@given(st.lists(st.builds(attempt, st.integers(0, 40), st.integers(0, 5), st.integers(0, 9)), min_size=1))
def test_no_attempt_places_more_photographs_soundly_than_the_best(attempts: list[Attempt]) -> None:
    best = attempts[best_attempt(attempts)]
    assert all(one.sound <= best.sound for one in attempts)


@given(st.integers(1, 50), st.integers(0, 500), st.integers(0, 400), st.booleans())
def test_the_ladder_ends(seeds: int, photos: int, placed: int, all_compared: bool) -> None:
    assert len(climbed(Ladder(0, seeds, photos, photos, all_compared), attempt(placed))) <= seeds + 4
