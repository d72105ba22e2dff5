"""A stage, what it is given, and what it returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from darkroom_scene.checkpoints import Checkpoints
from darkroom_scene.json_value import JsonValue
from darkroom_scene.progress import Progress
from darkroom_scene.scene_layout import StageName
from darkroom_scene.stop_signal import StopSignal

Options = TypeVar("Options")


@dataclass(frozen=True)
class StageContext(Generic[Options]):
    """What a stage's work is given.

    Attributes:
        scene: the scene's id.
        options: the stage's own, fully resolved.
        seed: for everything random.
        input_dir: what the stage reads, checked; the README lists what lies where.
        output_dir: empty; what lies there in the end is stored.
        work_dir: empty; for anything else, removed afterwards.
        checkpoints: of this stage and key.
        progress: 0 to 1 of the work.
        stop: to be checked at least every two seconds; after `Stopped`, save a checkpoint and let it pass.
        baseline: a report to compare with.
    """

    scene: str
    options: Options
    seed: int
    input_dir: Path
    output_dir: Path
    work_dir: Path
    checkpoints: Checkpoints
    progress: Progress
    stop: StopSignal
    baseline: Path | None


@dataclass(frozen=True)
class StageResult:
    """The figures of a stage for people and the next tools, and the versions of what made it."""

    summary: Mapping[str, JsonValue]
    versions: Mapping[str, str]


@dataclass(frozen=True)
class Stage(Generic[Options]):
    """A stage: its name, the type of its options, and its work."""

    name: StageName
    options: type[Options]
    work: Callable[[StageContext[Options]], StageResult]
