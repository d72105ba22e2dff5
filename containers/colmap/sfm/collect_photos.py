"""Finding and measuring the photographs below a folder, frames of videos among them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TypeVar

from darkroom_scene.errors import StageError
from darkroom_scene.frames import is_photo, is_video
from darkroom_scene.local_files import local_files
from darkroom_scene.progress import Progress
from darkroom_scene.stop_signal import StopSignal
from sfm.cores import usable_cores
from sfm.measure_photo import measure_photo
from sfm.photo_facts import PhotoFacts
from sfm.preflight import Excluded
from sfm.video_frames import extract_frames

Done = TypeVar("Done")


@dataclass(frozen=True)
class Collected:
    """The photographs with their files, and files that were left out before they were measured."""

    photos: tuple[PhotoFacts, ...]
    files: dict[str, Path]
    left_out: tuple[Excluded, ...]


@dataclass(frozen=True)
class VideoLimits:
    """Most frames of a video, and the longest side of a frame in pixels."""

    frames: int
    longest_px: int


def collect_photos(
    folder: Path, scratch: Path, limits: VideoLimits, progress: Progress, stop: StopSignal
) -> Collected:
    """Measure every photograph below `folder`; a video becomes frames below `scratch`.

    A video that cannot be read is left out and named; it is an error when nothing else is there.
    """
    found = local_files(folder)
    photos = [(name, file, "") for name, file in found if is_photo(name)]
    videos, left_out = _real_videos([name for name, _ in found])
    share = 0.9 / len(videos) if videos else 0.0
    for index, name in enumerate(videos):
        part = progress.part(index * share, (index + 1) * share)
        try:
            frames = extract_frames(
                folder / name, scratch / str(index), limits.frames, limits.longest_px, part, stop
            )
        except StageError as error:
            if len(videos) + len(photos) == 1:
                raise
            left_out.append(Excluded(name, error.message))
            continue
        photos.extend((f"{name}/{frame.name}", frame, name) for frame in frames)
    part = progress.part(share * len(videos), 1.0)
    facts = in_threads(
        [partial(measure_photo, name, file, video) for name, file, video in photos],
        lambda done: part.update(done / len(photos), f"looking at photographs: {done} of {len(photos)}"),
        stop,
    )
    return Collected(tuple(facts), {name: file for name, file, _ in photos}, tuple(left_out))


def in_threads(
    work: Sequence[Callable[[], Done]], tell: Callable[[int], None], stop: StopSignal
) -> list[Done]:
    """The results of `work`, in order; a stop request ends it within one piece."""
    results: list[Done] = []
    with ThreadPoolExecutor(usable_cores()) as pool:
        try:
            for future in [pool.submit(piece) for piece in work]:
                results.append(future.result())
                tell(len(results))
                stop.check()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return results


def _real_videos(names: list[str]) -> tuple[list[str], list[Excluded]]:
    """Videos, without the seconds of film that a telephone keeps beside a photograph of the same name."""
    stems = {_stem(name): name for name in names if is_photo(name)}
    videos, left_out = [], []
    for name in names:
        if not is_video(name):
            continue
        if _stem(name) in stems:
            left_out.append(Excluded(name, f'it is the moving part of the photograph "{stems[_stem(name)]}"'))
        else:
            videos.append(name)
    return videos, left_out


def _stem(name: str) -> str:
    return str(PurePosixPath(name).with_suffix("")).lower()
