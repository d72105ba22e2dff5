from __future__ import annotations

from typing import Any

import pytest

from sfm.camera_groups import group_cameras
from sfm.photo_facts import PhotoFacts

PHONE: dict[str, Any] = {"camera": "A 1", "focal_35mm": 28.0}


def photo(name: str, **facts: Any) -> PhotoFacts:  # noqa: ANN401
    return PhotoFacts(name, **{"width": 1000, "height": 800, **facts})


@pytest.mark.parametrize(
    ("photos", "groups"),
    [
        ([photo("1.jpg", **PHONE), photo("b/2.jpg", **PHONE)], [["1.jpg", "b/2.jpg"]]),
        ([photo("1.jpg"), photo("2.jpg")], [["1.jpg", "2.jpg"]]),
        ([photo("a/1.jpg"), photo("b/1.jpg")], [["a/1.jpg"], ["b/1.jpg"]]),
        ([photo("1.jpg"), photo("2.jpg", width=999)], [["1.jpg"], ["2.jpg"]]),
        ([photo("1.jpg", **PHONE), photo("2.jpg", camera="A 1", focal_35mm=50.0)], [["1.jpg"], ["2.jpg"]]),
        ([photo("1.jpg", **PHONE), photo("2.jpg")], [["1.jpg"], ["2.jpg"]]),
    ],
)
def test_a_camera_is_shared_when_nothing_speaks_against_it(
    photos: list[PhotoFacts], groups: list[list[str]]
) -> None:
    assert [list(group) for group in group_cameras(photos, "auto").groups] == groups


@pytest.mark.parametrize(("wanted", "count"), [("single", 1), ("folder", 2), ("image", 3)])
def test_the_option_decides_among_photographs_of_one_size(wanted: str, count: int) -> None:
    photos = [photo("a/1.jpg"), photo("a/2.jpg", **PHONE), photo("b/1.jpg")]
    assert len(group_cameras(photos, wanted).groups) == count
