from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from darkroom_scene.errors import StageError
from darkroom_scene.progress import Progress
from darkroom_scene.stop_signal import Stopped, StopSignal
from sfm.collect_photos import VideoLimits, collect_photos
from sfm.video_frames import extract_frames, sampling, sharpest
from tests.rendered_room import save, walk

QUIET = Progress("sfm", lambda event: None)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve pictures, all blurred but the third of every four."""
    folder = tmp_path_factory.mktemp("pictures")
    for number, file in enumerate(save(walk(12), folder, "{:03}.png")):
        if number % 4 != 2:
            with Image.open(file) as image:
                image.filter(ImageFilter.GaussianBlur(2)).save(file)
    return folder


def film(pictures: Path, target: Path, *more: str) -> Path:
    command = ["ffmpeg", "-v", "error", "-framerate", "8", "-i", f"{pictures}/%03d.png", *more, str(target)]
    subprocess.run(command, check=True)
    return target


@pytest.mark.parametrize("name", ["walk.mp4", "walk.mov", "walk.mkv", "walk.webm", "walk.avi"])
def test_the_sharpest_frame_of_each_half_second_is_kept(pictures: Path, tmp_path: Path, name: str) -> None:
    codec = ["-c:v", "libvpx", "-b:v", "2M"] if name.endswith("webm") else ["-q:v", "2"]
    frames = extract_frames(
        film(pictures, tmp_path / name, *codec), tmp_path / "out", 100, 1600, QUIET, StopSignal()
    )
    assert [frame.name for frame in frames] == ["00001.jpg", "00002.jpg", "00003.jpg"]
    assert sorted((tmp_path / "out").iterdir()) == frames
    for number, frame in enumerate(frames):
        with Image.open(frame) as got, Image.open(pictures / f"{number * 4 + 3:03}.png") as sharp:
            assert got.size == (320, 240)
            difference = [
                abs(a - b)
                for a, b in zip(got.convert("L").tobytes(), sharp.convert("L").tobytes(), strict=True)
            ]
            assert sum(difference) / len(difference) < 12


def test_frames_are_capped_and_made_smaller(pictures: Path, tmp_path: Path) -> None:
    video = film(pictures, tmp_path / "walk.mp4")
    frames = extract_frames(video, tmp_path / "out", 2, 160, QUIET, StopSignal())
    assert len(frames) == 2
    with Image.open(frames[0]) as got:
        assert got.size == (160, 120)


def test_a_damaged_video_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "x.mp4").write_bytes(b"nothing of a film" * 100)
    with pytest.raises(StageError, match=r'"x\.mp4" cannot be read'):
        extract_frames(tmp_path / "x.mp4", tmp_path / "out", 10, 1600, QUIET, StopSignal())


def test_a_stop_ends_the_extraction(pictures: Path, tmp_path: Path) -> None:
    stop = StopSignal()
    stop.request("SIGTERM")
    with pytest.raises(Stopped):
        extract_frames(film(pictures, tmp_path / "w.mp4"), tmp_path / "out", 10, 1600, QUIET, stop)


def test_a_video_is_a_folder_of_frames_and_a_damaged_one_is_left_out(pictures: Path, tmp_path: Path) -> None:
    frames = tmp_path / "frames"
    save(walk(2), frames)
    film(pictures, frames / "walk.mp4")
    film(pictures, frames / "02.MOV")
    (frames / "broken.avi").write_bytes(b"RIFF")
    found = collect_photos(frames, tmp_path / "videos", VideoLimits(100, 1600), QUIET, StopSignal())
    assert [(photo.name, photo.video) for photo in found.photos] == [
        ("01.jpg", ""),
        ("02.jpg", ""),
        ("walk.mp4/00001.jpg", "walk.mp4"),
        ("walk.mp4/00002.jpg", "walk.mp4"),
        ("walk.mp4/00003.jpg", "walk.mp4"),
    ]
    assert {one.name: one.reason.split(" ")[0] for one in found.left_out} == {
        "02.MOV": "it",
        "broken.avi": '"broken.avi"',
    }


@given(st.floats(0.04, 20_000), st.integers(8, 2000))
def test_no_more_slots_than_asked_for_and_no_more_than_two_a_second(seconds: float, most: int) -> None:
    sampled = sampling(seconds, most)
    slots = seconds * sampled.rate / sampled.slot
    assert slots <= max(1.0, min(most, seconds * 2)) * 1.0001
    assert slots >= min(most, seconds * 2) * 0.9999


@given(st.lists(st.floats(0, 1000), max_size=60), st.integers(1, 8), st.integers(1, 20))
def test_each_chosen_frame_is_the_sharpest_of_its_slot(values: list[float], slot: int, most: int) -> None:
    chosen = sharpest(values, slot, most)
    assert len(chosen) == min(most, -(-len(values) // slot))
    for number, index in enumerate(chosen):
        assert index // slot == number
        assert values[index] == max(values[number * slot : number * slot + slot])
