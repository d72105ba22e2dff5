"""The work of stage train: read the scene, train, measure, write."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from darkroom_scene.errors import BAD_INPUT, StageError
from darkroom_scene.stage import StageContext, StageResult
from darkroom_scene.stop_signal import Stopped
from darkroom_scene.train_options import TrainOptions
from train.checkpoint import read_state, write_state
from train.evaluation import drawer, evaluate
from train.ply import ply_bytes
from train.recipe import Recipe
from train.report import Made, Timing, summary, versions, write_report
from train.scene import Scene, first_state, load_scene, without_points
from train.stills import still_names, write_initial, write_pair
from train.training import Trainer, TrainingState

CHECKPOINT_SECONDS = 30.0
LOADED, TRAINED = 0.03, 0.95


def work(
    context: StageContext[TrainOptions],
    recipe: Recipe | None = None,
    checkpoint_seconds: float = CHECKPOINT_SECONDS,
) -> StageResult:
    """Trains the scene in `context.input_dir` and leaves the results in `context.output_dir`.

    Args:
        context: Of the stage.
        recipe: Other numbers than the measured ones.
        checkpoint_seconds: Least time between two checkpoints.

    Raises:
        StageError: With a reason in words; exit code 2 when the options ask for a graphics card.
        Stopped: A stop was requested; a checkpoint was saved.
    """
    options, recipe = context.options, recipe or Recipe()
    _refuse_cuda(options)
    started = time.monotonic()
    scene = load_scene(context.input_dir, options.size, recipe)
    for name in without_points(scene.photographs):
        context.progress.warning(f'"{name}" sees none of the model\'s points: its pose may be wrong')
    state, resumed_from = _resume(context, scene, recipe)
    context.progress.update(
        LOADED, f"{len(scene.trained)} photographs, {state.gaussians.count} Gaussians to start with"
    )
    loaded = time.monotonic()
    _train(context, scene, state, recipe, checkpoint_seconds)
    trained = time.monotonic()
    made = _results(context, scene, state)
    timing = Timing(loaded - started, trained - loaded, time.monotonic() - trained)
    made = replace(made, resumed_from=resumed_from, timing=timing)
    write_report(context.output_dir / "train-report.json", made, options, context.seed)
    return StageResult(summary(made), versions())


def _refuse_cuda(options: TrainOptions) -> None:
    if options.device != "cpu":
        raise StageError(
            "train/no-gpu",
            f'these options are for a graphics card (device "{options.device}", {options.steps} steps at'
            f" {options.size} pixels), and this image trains on a processor",
            "use the preset preview; device=cpu tries it all the same, for hours",
            exit_code=BAD_INPUT,
        )


def _resume(
    context: StageContext[TrainOptions], scene: Scene, recipe: Recipe
) -> tuple[TrainingState, int | None]:
    loaded = context.checkpoints.load(context.work_dir / "resumed")
    if loaded is None:
        options = context.options
        return first_state(scene, context.seed, options.max_gaussians, options.sh_degree, recipe), None
    state = read_state(context.work_dir / "resumed")
    context.progress.notice(f"going on from step {state.step} of {context.options.steps}")
    return state, state.step


def _train(
    context: StageContext[TrainOptions], scene: Scene, state: TrainingState, recipe: Recipe, pause: float
) -> None:
    options = context.options
    trainer = Trainer(
        scene.trained, scene.scale, options.steps, options.max_gaussians, options.sh_degree, recipe
    )
    saved = time.monotonic()
    smooth: tuple[float, float] | None = None
    every = max(1, options.steps // 200)
    while state.step < options.steps:
        try:
            context.stop.check()
        except Stopped:
            _save(context, state)
            raise
        seen = trainer.step(state)
        now = (seen.loss, seen.psnr)
        smooth = (
            now if smooth is None else (0.95 * smooth[0] + 0.05 * now[0], 0.95 * smooth[1] + 0.05 * now[1])
        )
        if state.step % every == 0 or state.step == options.steps:
            state.losses.append((state.step, round(seen.loss, 5), round(seen.psnr, 3)))
        text = f"step {state.step} of {options.steps}: loss {smooth[0]:.3f}, PSNR {smooth[1]:.1f} dB"
        context.progress.update(LOADED + (TRAINED - LOADED) * state.step / options.steps, text)
        if time.monotonic() - saved > pause:
            _save(context, state)
            saved = time.monotonic()


def _save(context: StageContext[TrainOptions], state: TrainingState) -> None:
    folder = context.work_dir / "checkpoint"
    write_state(state, folder)
    context.checkpoints.save(f"step-{state.step}", folder, {"step": state.step})


def _results(context: StageContext[TrainOptions], scene: Scene, state: TrainingState) -> Made:
    """Measures, and writes the Gaussians and the stills."""
    output, options = context.output_dir, context.options
    draw = drawer(state.gaussians, options.sh_degree)
    context.progress.update(TRAINED, "measuring the held-out photographs")
    evaluation = evaluate(scene.photographs, draw)
    context.progress.update(0.97, "writing the results")
    _write_gaussians(state, output, options.steps)
    names = still_names([photograph.name for photograph in scene.photographs])
    images = context.input_dir / "images"
    stills = {}
    for photograph in (p for p in scene.photographs if p.held_out):
        context.stop.check()
        stills[photograph.name] = write_pair(photograph, images, draw, output, names[photograph.name])
    best = scene.best_known
    initial = write_initial(best, draw, output, names[best.name])
    height, width, _ = best.pixels.shape
    return Made(state, evaluation, stills, best.name, initial, width, height, options.steps)


def _write_gaussians(state: TrainingState, output: Path, steps: int) -> None:
    broken = [name for name, values in state.gaussians.groups() if not np.isfinite(values).all()]
    if broken:
        raise StageError(
            "train/diverged", f"after step {state.step}: {', '.join(broken)} hold what is not a number"
        )
    data = ply_bytes(state.gaussians)
    for path in (output / f"point_cloud/iteration_{steps}/point_cloud.ply", output / "scene.ply"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
