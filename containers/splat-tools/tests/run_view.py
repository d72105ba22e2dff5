"""Runs the work of stage view without a storage."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from darkroom_scene.checkpoints import Checkpoints
from darkroom_scene.file_storage import FileStorage
from darkroom_scene.progress import Progress
from darkroom_scene.stage import StageContext, StageResult
from darkroom_scene.stop_signal import StopSignal
from darkroom_scene.view_options import ViewOptions
from view.view_stage import make_view


def run_view(
    inputs: Path,
    output: Path,
    options: ViewOptions | None = None,
    baseline: Path | None = None,
    events: list[Any] | None = None,
) -> StageResult:
    """Make the view of `inputs` in `output`; what it says is added to `events`."""
    output.mkdir()
    events = [] if events is None else events
    progress, stop = Progress("view", events.append), StopSignal()
    with TemporaryDirectory() as work:
        folder = Path(work)
        storage = FileStorage(folder / "storage")
        checkpoints = Checkpoints(storage, "outputs/wall/checkpoints/", "view", "ab" * 32, progress, stop)
        (folder / "work").mkdir()
        context = StageContext(
            "wall",
            options or ViewOptions.preset("preview"),
            7,
            inputs,
            output,
            folder / "work",
            checkpoints,
            progress,
            stop,
            baseline,
        )
        return make_view(context)
