"""A stage for tests, `python -m tests.stage_program sfm|train|view`; MODE says how it ends."""

from __future__ import annotations

import errno
import os
import sys
import time
from pathlib import Path
from typing import Any

from darkroom_scene.errors import StageError
from darkroom_scene.json_value import JsonValue
from darkroom_scene.sfm_options import SfmOptions
from darkroom_scene.stage import Stage, StageContext, StageResult, run_stage
from darkroom_scene.stop_signal import Stopped
from darkroom_scene.train_options import TrainOptions
from darkroom_scene.view_options import ViewOptions


def work(context: StageContext[Any]) -> StageResult:
    """Writes the list of its inputs, in ten steps, each with a checkpoint."""
    print("noise of Python")
    os.system("echo noise of a native library")
    mode = os.environ.get("MODE", "")
    loaded = context.checkpoints.load(context.work_dir / "loaded")
    first = int(str(loaded.state["step"])) if loaded else 0
    kept = context.work_dir / "kept"
    kept.mkdir()
    for step in range(first, 10):
        context.progress.update(step / 10, f"step {step}")
        try:
            context.stop.wait(float(os.environ.get("STEP_SECONDS", "0")))
        except Stopped:
            (kept / "model").write_text(str(step))
            context.checkpoints.save(f"step-{step}", kept, {"step": step})
            raise
    end(mode)
    names = sorted(
        path.relative_to(context.input_dir).as_posix()
        for path in context.input_dir.rglob("*")
        if path.is_file()
    )
    for path in {
        "sfm": ["images/a ü.jpg", "sparse/0/cameras.bin", "report.json", "database.db"],
        "train": ["scene.ply", "train-report.json"],
        "view": ["viewer.html", "report.json"],
    }[STAGE]:
        (context.output_dir / path).parent.mkdir(parents=True, exist_ok=True)
        (context.output_dir / path).write_text(f"{STAGE} {path} {context.seed}")
    summary: dict[str, JsonValue] = {"inputs": names, "from": first}
    if mode == "gate":
        summary |= {
            "verdict": "fail",
            "checks": [{"name": "psnr", "value": 9.0, "limit": 16.5, "passed": False}],
        }
    return StageResult(summary, {"python": sys.version.split()[0]})


def end(mode: str) -> None:
    """The ways in which a stage can go wrong."""
    if mode == "fail":
        raise StageError("sfm/too-few-photos", "1 photograph", "take more")
    if mode == "gate-before":
        raise StageError("sfm/unregistered", "2 of 9 photographs", exit_code=3)
    if mode == "bug":
        raise KeyError("oops")
    if mode == "full":
        raise OSError(errno.ENOSPC, "No space left on device", "/tmp/work/model")
    while mode == "wait" and not Path(os.environ["UNTIL"]).exists():
        time.sleep(0.05)
    if mode == "hang":
        time.sleep(float(os.environ.get("HANG_SECONDS", "60")))


STAGE: Any = sys.argv[1] if len(sys.argv) > 1 else "sfm"
OPTIONS = {"sfm": SfmOptions, "train": TrainOptions, "view": ViewOptions}

if __name__ == "__main__":
    sys.exit(run_stage(Stage(STAGE, OPTIONS[STAGE], work)))
