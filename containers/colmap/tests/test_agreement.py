from __future__ import annotations

import numpy as np

from sfm.agreement import doubtful, epipolar_distances


def seen(
    points: np.ndarray[tuple[int, int], np.dtype[np.float64]],
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return points[:, :2] / points[:, 2:]


POINTS = np.random.default_rng(0).uniform([-2, -2, 4], [2, 2, 9], (50, 3))
STEP = np.array([0.7, 0.1, 0.4])
CROSS = np.array([[0, -STEP[2], STEP[1]], [STEP[2], 0, -STEP[0]], [-STEP[1], STEP[0], 0]])


def test_matches_lie_on_the_geometry_they_come_from() -> None:
    assert epipolar_distances(seen(POINTS), seen(POINTS + STEP), CROSS).max() < 1e-12


def test_a_small_error_across_the_line_is_its_distance() -> None:
    one, other = seen(POINTS), seen(POINTS + STEP)
    lines = np.column_stack([one, np.ones(50)]) @ CROSS.T
    across = lines[:, :2] / np.linalg.norm(lines[:, :2], axis=1, keepdims=True)
    distances = epipolar_distances(one, other + 1e-3 * across, CROSS)
    # Sampson's distance shares the error between the two photographs.
    assert np.all(distances < 1e-3)
    assert np.all(distances > 4e-4)


def test_matches_of_another_movement_do_not_fit() -> None:
    turned = CROSS[[1, 0, 2]]
    assert np.median(epipolar_distances(seen(POINTS), seen(POINTS + STEP), turned)) > 0.01


def test_a_photograph_that_most_of_its_matches_contradict_is_doubtful() -> None:
    assert doubtful({"b": 0.2, "a": 0.5, "c": 0.9, "d": 1.0}) == ("a", "b")
