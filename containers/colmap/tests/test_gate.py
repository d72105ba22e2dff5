from __future__ import annotations

import pytest

from darkroom_scene.sfm_options import SfmOptions
from sfm.gate import ModelFigures, gate_problems, passes_gate
from sfm.left_out import reasons_left_out
from sfm.scene_database import MatchedPair

OPTIONS = SfmOptions()
WELL = ModelFigures(10, 9, 5000, 0.7)


def codes(figures: ModelFigures) -> list[str]:
    return [problem.code for problem in gate_problems(figures, {"x y.jpg": "no overlap"}, OPTIONS)]


def test_a_good_model_passes() -> None:
    assert codes(WELL) == []


def test_every_limit_that_is_not_met_is_told_at_once() -> None:
    assert codes(ModelFigures(10, 5, 50, 2.5)) == ["sfm/few-registered", "sfm/few-points", "sfm/reprojection"]


@pytest.mark.parametrize(
    ("figures", "passed"),
    [
        (WELL, True),
        (ModelFigures(10, 6, 100, 2.0), True),
        (ModelFigures(10, 5, 100, 2.0), False),
        (ModelFigures(10, 6, 99, 2.0), False),
        (ModelFigures(10, 6, 100, 2.01), False),
        (ModelFigures(10, 0, 0, 0.0), False),
    ],
)
def test_a_model_passes_that_meets_every_limit(figures: ModelFigures, passed: bool) -> None:
    assert passes_gate(figures, OPTIONS) == passed


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (SfmOptions(max_photo_px=320, features=300), "--set max_photo_px=2400 --set features=8192"),
        (SfmOptions(), "--set max_photo_px=4800 --set features=16384"),
        (SfmOptions(max_photo_px=16384, features=32768), "--set max_photo_px=16384 --set features=32768"),
    ],
)
def test_few_points_say_which_options_may_be_too_low(options: SfmOptions, words: str) -> None:
    (problem,) = gate_problems(ModelFigures(10, 10, 50, 1.0), {}, options)
    assert (
        f"max_photo_px={options.max_photo_px} or features={options.features} may be set too low"
        in problem.hint
    )
    assert problem.hint.endswith(words)


def test_the_photographs_without_a_place_are_named_with_their_reason() -> None:
    left = {"x y.jpg": "no overlap", "b.jpg": "blurred", "c.jpg": "no overlap"}
    (problem,) = gate_problems(ModelFigures(10, 5, 500, 1.0), left, OPTIONS)
    assert "5 of 10 photographs have a place in the model; at least 6 are needed" in problem.message
    assert problem.message.endswith('Without a place: "x y.jpg", "c.jpg" (no overlap); "b.jpg" (blurred)')
    assert problem.hint


def test_a_long_list_of_names_is_cut() -> None:
    left = {f"{i}.jpg": "no overlap" for i in range(100)}
    (problem,) = gate_problems(ModelFigures(110, 10, 500, 1.0), left, OPTIONS)
    assert problem.message.endswith("and 70 more")


def test_a_model_of_three_photographs_is_not_enough_whatever_the_share() -> None:
    assert codes(ModelFigures(4, 3, 500, 1.0)) == ["sfm/few-registered"]


def test_each_photograph_without_a_place_gets_the_reason_its_figures_give() -> None:
    features = {"in": 900, "plain": 12, "alone": 900, "far": 900, "weak": 900, "odd": 900}
    matches = [
        MatchedPair("in", "odd", 60),
        MatchedPair("in", "weak", 20),
        MatchedPair("far", "other", 200),
    ]
    reasons = reasons_left_out(features, matches, ["in"], [["far", "other"]])
    assert list(reasons) == ["plain", "alone", "far", "weak", "odd"]
    assert reasons["plain"].startswith("only 12 features")
    assert reasons["alone"].startswith("no overlap")
    assert reasons["far"].startswith("it belongs to 2 photographs")
    assert reasons["weak"].startswith("few matches: at most 20")
    assert reasons["odd"] == "its 60 matches fit no place in the model"
