from __future__ import annotations

import dataclasses

import pytest

from darkroom_scene.errors import BAD_INPUT, StageError
from sfm.photo_facts import PhotoFacts, natural_order
from sfm.preflight import check_count, preflight


def photo(name: str, **facts: object) -> PhotoFacts:
    made = PhotoFacts(name, 1000, 800, sha256=name, sharpness=100.0, contrast=50.0)
    return dataclasses.replace(made, **facts)  # type: ignore[arg-type]


GOOD = [photo(f"{number}.jpg") for number in range(1, 13)]


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"fault": "it is damaged"}, "it is damaged"),
        ({"sha256": "1.jpg"}, 'it is the same file as "1.jpg"'),
        ({"width": 100, "height": 80}, "it is too small (100×80 pixels)"),
        ({"contrast": 1.0}, "it shows next to nothing (one colour all over)"),
        ({"sharpness": 0.1}, "it is too blurred (0.1 % of the usual sharpness)"),
    ],
)
def test_what_cannot_be_used_is_left_out_with_its_reason(facts: dict[str, object], reason: str) -> None:
    found = preflight([*GOOD, photo("x.jpg", **facts)])
    assert [(one.name, one.reason) for one in found.excluded] == [("x.jpg", reason)]
    assert len(found.kept) == 12
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("facts", "warning"),
    [
        ({"sharpness": 5.0}, '"x.jpg" is blurred (5 % of the usual sharpness)'),
        ({"width": 500}, "the photographs have 2 sizes (1000×800, 500×800)"),
        (
            {"width": 600, "height": 600, "sharpness": 40.0},
            '1 photograph is smaller than 640 pixels: "x.jpg"',
        ),
    ],
)
def test_what_is_doubtful_stays_with_a_warning(facts: dict[str, object], warning: str) -> None:
    found = preflight([*GOOD, photo("x.jpg", **facts)])
    assert warning in found.warnings
    assert found.excluded == ()


def test_photographs_that_are_all_soft_are_all_kept() -> None:
    soft = [photo(f"{number}.jpg", sharpness=0.5) for number in range(20)]
    assert len(preflight(soft).kept) == 20


def test_the_order_is_that_of_the_numbers_in_the_names() -> None:
    found = preflight([photo(name) for name in ("b/10.jpg", "b/9.jpg", "a/1.jpg", "b/9a.jpg")])
    assert [one.name for one in found.kept] == ["a/1.jpg", "b/9.jpg", "b/9a.jpg", "b/10.jpg"]
    assert natural_order("frame_2.png") < natural_order("frame_10.png")


@pytest.mark.parametrize(
    ("photos", "start"),
    [
        ([], "there is no usable photograph"),
        (GOOD[:1], "there is only one usable photograph"),
        (GOOD[:2], "there are only 2 usable photographs"),
        ([*GOOD[:3], photo("x.jpg", fault="it is damaged")], "there are only 3 usable photographs"),
    ],
)
def test_too_few_photographs_are_bad_input_and_those_left_out_are_named(
    photos: list[PhotoFacts], start: str
) -> None:
    with pytest.raises(StageError) as caught:
        check_count(preflight(photos))
    assert caught.value.exit_code == BAD_INPUT
    assert caught.value.message.startswith(start)
    assert ('"x.jpg" is left out: it is damaged' in caught.value.message) == (len(photos) == 4)


def test_four_photographs_are_enough_to_begin() -> None:
    check_count(preflight(GOOD[:4]))
