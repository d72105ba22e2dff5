"""Stage `sfm`: from photographs to cameras and points."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

import pycolmap

from darkroom_scene.errors import GATE, StageError
from darkroom_scene.json_value import JsonValue
from darkroom_scene.progress import Progress
from darkroom_scene.sfm_options import SfmOptions
from darkroom_scene.stage import Stage, StageContext, StageResult
from darkroom_scene.stop_signal import Stopped
from sfm.attempts import Mapped, MappingJob, map_until_good
from sfm.camera_groups import CameraGroups, group_cameras
from sfm.collect_photos import Collected, VideoLimits, collect_photos, in_threads
from sfm.database_checkpoint import DatabaseCheckpoint
from sfm.features import extract_features
from sfm.gate import ModelFigures, gate_problems, passes_gate
from sfm.ladder import Attempt, Ladder
from sfm.left_out import reasons_left_out
from sfm.matched_pairs import MatchingJob, match_all, match_strategy
from sfm.more_points import add_points
from sfm.native_process import Meanwhile, Native
from sfm.preflight import Excluded, Preflight, check_count, preflight
from sfm.prepare_photos import Prepared, prepare_photo, prepared_photos
from sfm.scene_database import copy_database, create_database, read_features, read_matches, rename_photos
from sfm.scene_report import attempt_rows, photo_rows, versions
from sfm.strategy import Strategy, choose_strategy
from sfm.undistortion import rename_in_model, undistort
from sfm.view_graph import connected_sets

CHECKPOINT_S = 120.0
MATCHED = "matches"
"""The checkpoint of a database that lacks nothing."""
SEEDS = 2**31 - 1_000
"""COLMAP's seeds are 32-bit numbers, and the attempts count on from the first."""


@dataclass
class _Run:
    """One run of the stage: its places, its helpers, and the seconds of each step."""

    context: StageContext[SfmOptions]
    seconds: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        work = self.context.work_dir
        self.images = work / "photos"
        self.database = work / "database.db"
        self.kept = DatabaseCheckpoint(self.context.checkpoints, self.database, work / "checkpoint")
        self.native = Native(self.context.stop)
        self.seed = self.context.seed % SEEDS

    @contextmanager
    def step(self, name: str, start: float, end: float) -> Iterator[Progress]:
        began = time.monotonic()
        yield self.context.progress.part(start, end)
        self.seconds[name] = round(self.seconds.get(name, 0.0) + time.monotonic() - began, 2)


@dataclass(frozen=True)
class _Plan:
    """What was decided before anything was computed."""

    found: Preflight
    prepared: tuple[Prepared, ...]
    strategy: Strategy
    cameras: CameraGroups

    @property
    def working(self) -> dict[str, str]:
        """Working names by the names of the frames."""
        return {photo.facts.name: photo.working for photo in self.prepared}


def work(context: StageContext[SfmOptions]) -> StageResult:
    """Photographs in `input_dir` become a model, undistorted photographs and a report in `output_dir`."""
    run = _Run(context)
    plan = _prepare(run)
    kept = run.kept.restore()
    if kept is not None:
        context.progress.notice("goes on from the checkpoint of an earlier run")
    try:
        pairs = _match(run, plan, whole=kept == MATCHED)
        mapped = _map(run, plan, pairs)
    except Stopped:
        run.kept.keep(MATCHED if "matching" in run.seconds else "stopped")
        raise
    return _deliver(run, plan, mapped)


STAGE = Stage("sfm", SfmOptions, work)


def _prepare(run: _Run) -> _Plan:
    context, options = run.context, run.context.options
    with run.step("preflight", 0.0, 0.1) as progress:
        limits = VideoLimits(options.video_frames, options.max_photo_px)
        collected = collect_photos(
            context.input_dir, context.work_dir / "videos", limits, progress, context.stop
        )
        found = preflight(collected.photos)
        found = dataclasses.replace(found, excluded=(*collected.left_out, *found.excluded))
        _tell(found, context.progress)
        check_count(found)
        plan = _plan(found, options)
        for reason in (f"{plan.strategy.matching} matching: {plan.strategy.reason}", plan.cameras.reason):
            context.progress.notice(reason)
        _write_photos(run, plan, collected)
    return plan


def _plan(found: Preflight, options: SfmOptions) -> _Plan:
    strategy = choose_strategy(found.kept, options.matching)
    return _Plan(found, prepared_photos(found.kept), strategy, group_cameras(found.kept, options.cameras))


def _write_photos(run: _Run, plan: _Plan, collected: Collected) -> None:
    pieces = [
        partial(prepare_photo, photo, collected.files[photo.facts.name], run.images)
        for photo in plan.prepared
    ]
    in_threads(pieces, lambda done: None, run.context.stop)


def _tell(found: Preflight, progress: Progress) -> None:
    for one in found.excluded:
        progress.warning(f'"{one.name}" is left out: {one.reason}')
    for text in found.warnings:
        progress.warning(text)


def _match(run: _Run, plan: _Plan, *, whole: bool) -> int:
    """Features and matches in the database, `whole` if they were; the number of pairs that are compared."""
    options = run.context.options
    names = sorted(photo.working for photo in plan.prepared)
    working = plan.working
    groups = [[working[name] for name in group] for group in plan.cameras.groups]
    create_database(run.database, run.images, groups, options.camera_model)
    native = Native(run.context.stop, Meanwhile(CHECKPOINT_S, lambda: run.kept.keep("unfinished")))
    with run.step("features", 0.1, 0.35) as progress:
        limits = (options.max_photo_px, options.features)
        native.run(progress, extract_features, run.database, run.images, names, limits)
        if not whole:
            run.kept.keep("features")
    with run.step("matching", 0.35, 0.8) as progress:
        runs = tuple(tuple(working[name] for name in one) for one in plan.strategy.sequences)
        strategy = dataclasses.replace(plan.strategy, sequences=runs)
        pairs = match_strategy(_matching_job(run, plan), strategy, native, progress)
        if not whole:
            run.kept.keep(MATCHED)
    return pairs


def _matching_job(run: _Run, plan: _Plan) -> MatchingJob:
    places = {photo.working: photo.facts.place for photo in plan.prepared if photo.facts.place}
    return MatchingJob(run.database, [photo.working for photo in plan.prepared], places, run.seed)


def _map(run: _Run, plan: _Plan, pairs: int) -> Mapped:
    count = len(plan.prepared)
    names = [photo.working for photo in plan.prepared]
    sets = connected_sets(names, read_matches(run.database))
    if len(sets[0]) < count:
        run.context.progress.warning(
            f"{count - len(sets[0])} of {count} photographs do not overlap enough with the others"
        )
    options = run.context.options
    ladder = Ladder(run.seed, options.attempts, len(sets[0]), count, pairs == count * (count - 1) // 2)
    if len(sets[0]) < options.min_registered * count:
        # No attempt can meet this limit, so trying on for its sake would only take time.
        options = dataclasses.replace(options, min_registered=0.0)

    def passes(one: Attempt) -> bool:
        figures = ModelFigures(count, one.registered, one.points, one.reprojection_px)
        return passes_gate(figures, options)

    with run.step("mapping", 0.8, 0.95) as progress:
        folder = run.context.work_dir / "mapping"
        job = MappingJob(
            run.database,
            run.images,
            folder,
            ladder,
            passes,
            lambda part: match_all(_matching_job(run, plan), run.native, part),
        )
        return map_until_good(job, run.native, progress)


def _deliver(run: _Run, plan: _Plan, mapped: Mapped) -> StageResult:
    """Everything that is kept, once the gate is passed."""
    context = run.context
    names = {photo.working: photo.name for photo in plan.prepared}
    reasons = {
        names[name]: reason
        for name, reason in reasons_left_out(
            read_features(run.database),
            read_matches(run.database),
            mapped.model.registered,
            mapped.model.others,
        ).items()
    }
    for name, reason in reasons.items():
        context.progress.warning(f'"{name}" has no place in the model: {reason}')
    for name in mapped.model.doubtful:
        context.progress.warning(
            f'"{names[name]}" may be in a wrong place: most of its matches contradict it'
        )
    _check_gate(plan, mapped, reasons, context.options)
    filled = context.work_dir / "more-points"
    with run.step("points", 0.95, 0.96) as progress:
        count = run.native.run(
            progress, add_points, run.database, run.images, mapped.folder, filled, run.seed
        )
        context.progress.notice(f"{count} points with those that only two photographs see")
    with run.step("undistortion", 0.96, 1.0) as progress:
        output, largest = context.output_dir, context.options.max_photo_px
        run.native.run(progress, undistort, filled, run.images, output, names, largest)
        rename_in_model(mapped.folder, output / "distorted" / "sparse" / "0", names)
        copy_database(run.database, output / "database.db")
        rename_photos(output / "database.db", names)
    summary = _summary(run, plan, mapped, tuple(reasons))
    made_by = versions(any(photo.facts.video for photo in plan.prepared))
    report = _report(run, plan, mapped, reasons)
    text = json.dumps(
        {**summary, **report, "versions": made_by}, indent=1, ensure_ascii=False, allow_nan=False
    )
    (context.output_dir / "report.json").write_text(text + "\n")
    return StageResult(summary, made_by)


def _check_gate(plan: _Plan, mapped: Mapped, reasons: Mapping[str, str], options: SfmOptions) -> None:
    model = mapped.model
    figures = ModelFigures(len(plan.prepared), len(model.registered), model.points, model.reprojection_px)
    problems = gate_problems(figures, reasons, options)
    if problems:
        raise StageError.of(problems, exit_code=GATE)


def _summary(run: _Run, plan: _Plan, mapped: Mapped, unregistered: Sequence[str]) -> dict[str, JsonValue]:
    model = mapped.model
    cameras = pycolmap.Reconstruction(run.context.output_dir / "sparse" / "0").cameras
    width, height = max((camera.width, camera.height) for camera in cameras.values())
    return {
        "images": len(plan.prepared),
        "registered": len(model.registered),
        "points": model.points,
        "reprojection_px": round(model.reprojection_px, 4),
        "track_length": round(model.track_length, 3),
        "unregistered": list(unregistered),
        "strategy": plan.strategy.matching,
        "reason": plan.strategy.reason,
        "attempts": attempt_rows(mapped.attempts),
        "preflight": {
            "excluded": [_excluded(one) for one in plan.found.excluded],
            "warnings": list(plan.found.warnings),
        },
        "width": width,
        "height": height,
    }


def _excluded(one: Excluded) -> dict[str, JsonValue]:
    return {"name": one.name, "reason": one.reason}


def _report(run: _Run, plan: _Plan, mapped: Mapped, reasons: Mapping[str, str]) -> dict[str, JsonValue]:
    output, working = run.context.output_dir, plan.working
    facts = {photo.name: photo.facts for photo in plan.prepared}
    names = {photo.working: photo.name for photo in plan.prepared}
    return {
        "cameras": {
            "reason": plan.cameras.reason,
            "groups": [[names[working[name]] for name in group] for group in plan.cameras.groups],
        },
        "doubtful": [names[name] for name in mapped.model.doubtful],
        "other_models": [[names[name] for name in group] for group in mapped.model.others],
        "photos": photo_rows(output / "database.db", output / "distorted" / "sparse" / "0", facts, reasons),
        "options": dataclasses.asdict(run.context.options),
        "seed": run.context.seed,
        "seconds": dict(run.seconds),
    }
