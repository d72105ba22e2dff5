from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sfm.pairs import exhaustive_pairs, merged_pairs, nearby_pairs, sequential_pairs
from sfm.photo_facts import PhotoFacts
from sfm.strategy import choose_strategy, is_numbered_run


def photos(count: int, pattern: str = "IMG_{}.jpg", **facts: str) -> list[PhotoFacts]:
    return [PhotoFacts(pattern.format(i), 1000, 800, **facts) for i in range(1, count + 1)]  # type: ignore[arg-type]


def test_few_photographs_are_all_compared() -> None:
    assert choose_strategy(photos(150), "auto").matching == "exhaustive"


def test_many_photographs_are_compared_by_looks() -> None:
    strategy = choose_strategy(photos(151, camera="A 1"), "auto")
    assert strategy.matching == "retrieval"
    assert "151 photographs are too many" in strategy.reason


def test_frames_of_a_video_are_a_sequence_however_few() -> None:
    frames = photos(20, "walk.mp4/{}.jpg", video="walk.mp4")
    strategy = choose_strategy(frames, "auto")
    assert strategy.matching == "sequential"
    assert strategy.sequences == (tuple(f"walk.mp4/{i}.jpg" for i in range(1, 21)),)


def test_numbered_pictures_without_exif_are_frames_when_they_are_many() -> None:
    assert choose_strategy(photos(300, "frame_{}.png"), "auto").matching == "sequential"
    assert not is_numbered_run(photos(300, "frame_{}.png", camera="A 1"))
    assert not is_numbered_run([*photos(300), *photos(2, "other_{}.jpg")])


def test_a_video_with_photographs_keeps_its_sequence_and_is_searched() -> None:
    mixed = [*photos(5, "walk.mp4/{}.jpg", video="walk.mp4"), *photos(3)]
    strategy = choose_strategy(mixed, "auto")
    assert strategy.matching == "retrieval"
    assert [len(run) for run in strategy.sequences] == [5]


def test_what_is_asked_for_is_done() -> None:
    assert choose_strategy(photos(3), "sequential").matching == "sequential"
    assert "asked for" in choose_strategy(photos(300), "exhaustive").reason


def test_each_folder_is_a_sequence_of_its_own() -> None:
    both = [*photos(3, "cam1/{}.jpg"), *photos(3, "cam2/{}.jpg")]
    runs = choose_strategy(both, "sequential").sequences
    assert [run[0] for run in runs] == ["cam1/1.jpg", "cam2/1.jpg"]


@given(st.integers(0, 2000))
def test_matching_a_sequence_is_linear_in_its_frames(count: int) -> None:
    pairs = sequential_pairs([f"{i:05}" for i in range(count)])
    assert len(pairs) <= 16 * count
    assert len(set(pairs)) == len(pairs)
    neighbours = {(f"{i:05}", f"{i + 1:05}") for i in range(count - 1)}
    assert neighbours <= set(pairs)


@given(st.lists(st.text("abc", min_size=1, max_size=3), unique=True, max_size=30))
def test_every_two_are_compared_once(names: list[str]) -> None:
    pairs = exhaustive_pairs(names)
    assert (
        len(merged_pairs(pairs, [(other, one) for one, other in pairs])) == len(names) * (len(names) - 1) // 2
    )


def test_the_nearest_places_are_compared_also_over_the_date_line() -> None:
    places = {"a": (10.0, 179.9999), "b": (10.0, -179.9999), "c": (10.0, 179.0), "d": (11.0, 179.99)}
    assert ("a", "b") in nearby_pairs(places, 1)
    assert len(nearby_pairs(places, 3)) == 6
