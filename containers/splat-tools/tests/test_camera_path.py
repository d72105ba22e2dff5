from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from view.camera_path import LONGEST_PASS, MOST_PLACES, plan_tour


def line(count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.column_stack([np.arange(count, dtype=float), np.zeros(count)])


def test_a_walk_is_followed_by_name_and_back() -> None:
    tour = plan_tour(line(4), start=1)
    assert tour.rule == "file names"
    assert not tour.closed
    assert tour.stops == (1, 2, 3, 2, 1, 0)


def test_names_without_order_give_way_to_places() -> None:
    shuffled = line(8)[[5, 0, 7, 2, 4, 1, 6, 3]]
    tour = plan_tour(shuffled, start=0)
    assert tour.rule == "nearest next"
    visited = shuffled[[*tour.stops, tour.stops[0]], 0]
    assert np.abs(np.diff(visited)).max() == 1


def test_a_ring_is_closed_instead_of_turned_at() -> None:
    angles = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    tour = plan_tour(np.column_stack([np.cos(angles), np.sin(angles)]), start=5)
    assert tour.closed
    assert tour.stops == (5, 6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 4)


def test_a_long_video_becomes_a_tour_of_bounded_length() -> None:
    tour = plan_tour(line(3000), start=1234)
    assert len(set(tour.stops)) <= MOST_PLACES
    assert tour.stops[0] == 1234
    assert tour.duration == pytest.approx(2 * LONGEST_PASS)


def test_photographs_from_one_place_still_take_time() -> None:
    tour = plan_tour(np.zeros((3, 6)), start=0)
    assert np.diff(tour.seconds).min() > 0


@given(
    count=st.integers(2, 30),
    seed=st.integers(0, 1000),
    data=st.data(),
)
def test_a_tour_begins_at_its_start_visits_all_and_never_stands_still(
    count: int, seed: int, data: st.DataObject
) -> None:
    places = np.random.default_rng(seed).normal(size=(count, 6))
    start = data.draw(st.integers(0, count - 1))
    tour = plan_tour(places, start)
    assert tour.stops[0] == start
    assert set(tour.stops) == set(range(count))
    assert tour.seconds[0] == 0
    assert np.diff([*tour.seconds, tour.duration]).min() > 0
    assert all(one != two for one, two in zip(tour.stops, tour.stops[1:], strict=False))
