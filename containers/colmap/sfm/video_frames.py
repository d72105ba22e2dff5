"""Frames of a video: the sharpest of each slot of time, by the ffmpeg program."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from darkroom_scene.errors import StageError
from darkroom_scene.progress import Progress
from darkroom_scene.stop_signal import StopSignal
from sfm.measure_photo import grey_values, sharpness

SLOTS_PER_SECOND = 2.0
CANDIDATES = 4
"""Frames of a slot that are compared."""
BROKEN = "play it to see whether it is whole, and convert it: ffmpeg -i IN -c:v libx264 OUT.mp4"


@dataclass(frozen=True)
class Sampling:
    """How a video is looked at: candidates a second, and how many of them make a slot."""

    rate: float
    slot: int = CANDIDATES


def sampling(seconds: float, most: int) -> Sampling:
    """The sampling of a video of `seconds` that gives at most `most` frames, two a second or fewer."""
    slots = max(1.0, min(float(most), seconds * SLOTS_PER_SECOND))
    return Sampling(slots * CANDIDATES / max(seconds, 0.001))


def sharpest(candidates: Sequence[float], slot: int, most: int) -> list[int]:
    """The index of the sharpest candidate of each slot, in order, at most `most`; the first one of equals."""
    starts = range(0, len(candidates), slot)
    best = [
        max(range(at, min(at + slot, len(candidates))), key=lambda i: (candidates[i], -i)) for at in starts
    ]
    return best[:most]


def extract_frames(
    video: Path, folder: Path, most: int, longest_px: int, progress: Progress, stop: StopSignal
) -> list[Path]:
    """Write the chosen frames of `video` into `folder` as `00001.jpg`, …; the files in order.

    Args:
        video: the file; its rotation is followed.
        folder: made; must not hold anything.
        most: most frames.
        longest_px: longest side of the frames, never made larger.
        progress: told how far it is.
        stop: asked all the time.

    Raises:
        StageError: `sfm/video`: it cannot be read, or holds no picture.
    """
    seconds = _seconds(video)
    sampled = sampling(seconds, most)
    folder.mkdir(parents=True)
    size = f"scale='min({longest_px},iw)':'min({longest_px},ih)':force_original_aspect_ratio=decrease"
    command = ["ffmpeg", "-nostdin", "-v", "error", "-i", str(video), "-map", "0:v:0", "-an"]
    command += ["-vf", f"fps={sampled.rate:.6f},{size}", "-fps_mode", "passthrough", "-q:v", "2"]
    command += ["-progress", "pipe:1", f"{folder}/c%07d.jpg"]
    chooser = _Chooser(folder, sampled.slot, most)
    # A file, because a damaged video fills a pipe with errors, and nobody reads it before the end.
    with (
        tempfile.TemporaryFile("w+", errors="replace") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        try:
            assert process.stdout is not None
            for line in process.stdout:
                stop.check()
                if line.startswith("out_time_us=") and line[12:].strip().isdecimal():
                    done = int(line[12:]) / 1e6 / max(seconds, 0.001)
                    progress.update(done, f"frames of {video.name}: {min(done, 1):.0%}")
                if line.startswith("frame=") and line[6:].strip().isdecimal():
                    chooser.choose(int(line[6:]) - 1)
            process.wait()
        except BaseException:
            process.kill()
            raise
        log.seek(0)
        errors = log.read()
    frames = chooser.finish()
    if not frames:
        raise StageError(
            "sfm/video", f'"{video.name}" holds no picture that can be read: {_last(errors)}', BROKEN
        )
    return frames


class _Chooser:
    """Measures candidates as they come and keeps one of each slot, so that the disk holds few of them."""

    def __init__(self, folder: Path, slot: int, most: int) -> None:
        self._folder = folder
        self._slot = slot
        self._most = most
        self._values: list[float] = []
        self._kept: list[Path] = []

    def choose(self, written: int) -> None:
        """Take note that the first `written` candidates are whole."""
        while len(self._values) < written:
            with Image.open(self._candidate(len(self._values))) as image:
                self._values.append(sharpness(grey_values(image)))
            if len(self._values) % self._slot == 0:
                self._keep()

    def finish(self) -> list[Path]:
        """The frames, renamed to what they are in the end."""
        self.choose(len(list(self._folder.glob("c*.jpg"))) + len(self._values) - self._waiting())
        if len(self._values) % self._slot:
            self._keep()
        for late in self._folder.glob("c*.jpg"):
            late.unlink()
        return self._kept

    def _waiting(self) -> int:
        return len(self._values) % self._slot

    def _keep(self) -> None:
        start = (len(self._values) - 1) // self._slot * self._slot
        chosen = start + sharpest(self._values[start:], self._slot, 1)[0]
        for index in range(start, len(self._values)):
            if index == chosen and len(self._kept) < self._most:
                self._kept.append(
                    self._candidate(index).rename(self._folder / f"{len(self._kept) + 1:05}.jpg")
                )
            else:
                self._candidate(index).unlink()

    def _candidate(self, index: int) -> Path:
        return self._folder / f"c{index + 1:07}.jpg"


def _seconds(video: Path) -> float:
    """The length; a recording of a browser says none, then the last packet does."""
    told = _probe(video, "-show_entries", "format=duration").get("format", {}).get("duration")
    if told is not None:
        return float(told)
    packets = _probe(video, "-select_streams", "v:0", "-show_entries", "packet=pts_time").get("packets", [])
    times = [float(packet["pts_time"]) for packet in packets if "pts_time" in packet]
    return max(times, default=1.0)


def _probe(video: Path, *what: str) -> dict[str, Any]:
    command = ["ffprobe", "-v", "error", *what, "-of", "json", str(video)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise StageError("sfm/video", f'"{video.name}" cannot be read: {_last(done.stderr)}', BROKEN)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _last(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1][:200] if lines else "ffmpeg says nothing"
