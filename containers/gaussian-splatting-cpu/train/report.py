"""What training tells of itself: `train-report.json`, and the summary of the manifest."""

from __future__ import annotations

import json
import os
import platform
import resource
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import PIL

from darkroom_scene.json_value import JsonValue
from darkroom_scene.train_options import TrainOptions
from train.evaluation import Evaluation, ViewQuality, mean
from train.rasteriser import library_name
from train.training import TrainingState


@dataclass(frozen=True)
class Timing:
    """Seconds of the parts of this run."""

    load: float = 0
    train: float = 0
    results: float = 0


@dataclass(frozen=True)
class Made:
    """A finished training.

    Attributes:
        state: The last one.
        evaluation: Its quality.
        stills: "photo" and "render" of each held-out photograph by its name.
        initial_view: The photograph that sees most points.
        still: The scene from there.
        width, height: Size of the initial view in training.
        steps: All that were made.
        resumed_from: The step that this run began with, None when it was the first.
        timing: Of this run.
    """

    state: TrainingState
    evaluation: Evaluation
    stills: Mapping[str, Mapping[str, str]]
    initial_view: str
    still: str
    width: int
    height: int
    steps: int
    resumed_from: int | None = None
    timing: Timing = Timing()


def versions() -> dict[str, str]:
    """Of everything that the result depends on."""
    python, library = platform.python_version(), f"{library_name()}, {platform.machine()}"
    return {"python": python, "numpy": np.__version__, "pillow": PIL.__version__, "rasteriser": library}


def summary(made: Made) -> dict[str, JsonValue]:
    """The figures for the manifest; None where no photograph is held out."""
    evaluation = made.evaluation
    views: list[JsonValue] = [
        {**_view(view), **made.stills.get(view.name, {})} for view in evaluation.held_out
    ]
    return {
        "steps": made.steps,
        "gaussians": made.state.gaussians.count,
        "psnr": _rounded(mean([view.psnr for view in evaluation.held_out])),
        "ssim": _rounded(mean([view.ssim for view in evaluation.held_out])),
        "psnr_train": _rounded(mean([view.psnr for view in evaluation.trained])),
        "psnr_baseline": _rounded(evaluation.baseline),
        "width": made.width,
        "height": made.height,
        "views": views,
        "initial_view": made.initial_view,
        "still": made.still,
        "resumed_from": made.resumed_from,
    }


def write_report(path: Path, made: Made, options: TrainOptions, seed: int) -> None:
    """Everything in the summary, and what only a closer look needs."""
    losses: list[JsonValue] = [list(entry) for entry in made.state.losses]
    report = {
        **summary(made),
        "training_views": [_view(view) for view in made.evaluation.trained],
        "losses": {"columns": ["step", "loss", "psnr"], "rows": losses},
        "seconds": {name: round(value, 2) for name, value in asdict(made.timing).items()},
        "cpu_seconds": round(sum(os.times()[:2]), 1),
        "threads": len(os.sched_getaffinity(0)),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        "versions": versions(),
        "options": asdict(options),
        "seed": seed,
    }
    path.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")


def _view(view: ViewQuality) -> dict[str, JsonValue]:
    return {"name": view.name, "psnr": _rounded(view.psnr), "ssim": _rounded(view.ssim)}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
