"""A run of the stage without its command."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import settings

from darkroom_scene.checkpoints import Checkpoints
from darkroom_scene.file_storage import FileStorage
from darkroom_scene.json_value import JsonValue
from darkroom_scene.progress import Progress
from darkroom_scene.sfm_options import SfmOptions
from darkroom_scene.stage import StageContext, StageResult
from darkroom_scene.stop_signal import StopSignal

# A machine that does other things as well is slow now and then; that is no failure.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

SMALL = dataclasses.replace(SfmOptions.preset("preview"), features=1500, min_points=20, attempts=3)


@dataclass
class Bench:
    """One scene: its folders, what the stage said, and how to stop it."""

    root: Path
    options: SfmOptions = SMALL
    seed: int = 0
    events: list[Mapping[str, JsonValue]] = field(default_factory=list)
    stop: StopSignal = field(default_factory=StopSignal)
    runs: int = 0
    result: StageResult = field(default_factory=lambda: StageResult({}, {}))

    @property
    def frames(self) -> Path:
        """Where the photographs lie."""
        return self.root / "frames"

    @property
    def output(self) -> Path:
        return self.root / f"output-{self.runs}"

    def context(self) -> StageContext[SfmOptions]:
        """A new run on the same frames and the same storage."""
        self.runs += 1
        work = self.root / f"work-{self.runs}"
        for folder in (self.output, work):
            folder.mkdir()
        progress = Progress("sfm", self.events.append)
        storage = FileStorage(self.root / "storage")
        checkpoints = Checkpoints(storage, "colmap/room/checkpoints", "sfm", "0" * 64, progress, self.stop)
        return StageContext(
            "room",
            self.options,
            self.seed,
            self.frames,
            self.output,
            work,
            checkpoints,
            progress,
            self.stop,
            None,
        )

    def texts(self, event: str) -> list[str]:
        """What was said in events of one kind."""
        return [str(one["message"]) for one in self.events if one["event"] == event]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path)
    made.frames.mkdir()
    return made
