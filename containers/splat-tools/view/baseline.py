"""An earlier report, and what has changed since."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from darkroom_scene.errors import BAD_INPUT, StageError
from darkroom_scene.json_value import JsonValue
from view.checks import Figures
from view.report_schema import ReportProblem, check_report

Trend = Literal["better", "worse", "same", "changed"]


@dataclass(frozen=True)
class Measure:
    """A figure of two reports: where it stands, its name, which direction is better (0: neither)."""

    section: str
    field: str
    name: str
    unit: str
    better: Literal[-1, 0, 1]


MEASURES = (
    Measure("sfm", "registered", "registered photographs", "", 1),
    Measure("sfm", "points", "points", "", 0),
    Measure("sfm", "reprojection_px", "reprojection error", "px", -1),
    Measure("sfm", "track_length", "track length", "photographs", 1),
    Measure("train", "psnr", "held-out PSNR", "dB", 1),
    Measure("train", "ssim", "held-out SSIM", "", 1),
    Measure("train", "psnr_train", "PSNR of the training photographs", "dB", 1),
    Measure("train", "gaussians", "Gaussians", "", 0),
    Measure("train", "steps", "steps", "", 0),
)


@dataclass(frozen=True)
class Baseline:
    """A report that was read: its content and its sha256."""

    report: Mapping[str, Any]
    sha256: str

    @property
    def figures(self) -> Figures:
        """What is judged of it."""
        return report_figures(self.report)


def report_figures(report: Mapping[str, Any]) -> Figures:
    """What is judged of a report."""
    return Figures(report["train"]["psnr"], report["sfm"]["registered"], report["sfm"]["images"])


def read_baseline(path: Path) -> Baseline:
    """The report at `path`.

    Raises:
        StageError: `view/bad-baseline`, exit code 2, when it cannot be read or is no report of this kind.
    """
    try:
        data = path.read_bytes()
        report = json.loads(data)
        check_report(report)
    except (OSError, ValueError, RecursionError, ReportProblem) as error:
        raise StageError(
            "view/bad-baseline",
            f'the baseline "{path.name}" is not a report of a scene: {error}',
            "expected the report.json of an earlier run: outputs/<scene>/report.json in its storage",
            exit_code=BAD_INPUT,
        ) from error
    return Baseline(report, hashlib.sha256(data).hexdigest())


def compare(report: Mapping[str, Any], baseline: Baseline) -> dict[str, JsonValue]:
    """What changed between the baseline and `report`; the `comparison` of a report."""
    before = baseline.report
    return {
        "scene": before["scene"],
        "sha256": baseline.sha256,
        "values": [*_measured(report, before), *_stage_costs(report, before)],
        "views": _views(report, before),
        "lost": sorted(_names(before) - _names(report)),
        "gained": sorted(_names(report) - _names(before)),
        "options": _changed_options(report, before),
    }


def _measured(report: Mapping[str, Any], before: Mapping[str, Any]) -> list[JsonValue]:
    values = []
    for one in MEASURES:
        old, new = before[one.section].get(one.field), report[one.section].get(one.field)
        if old is not None and new is not None:
            values.append(_value(one, old, new))
    return values


def _stage_costs(report: Mapping[str, Any], before: Mapping[str, Any]) -> list[JsonValue]:
    old_stages = {stage["stage"]: stage for stage in before["stages"]}
    values = []
    for stage in report["stages"]:
        old = old_stages.get(stage["stage"])
        if old is not None:
            name = stage["stage"]
            time = Measure("stages", "seconds", f"time of {name}", "s", -1)
            memory = Measure("stages", "peak_mb", f"memory of {name}", "MB", -1)
            values += [_value(one, old[one.field], stage[one.field]) for one in (time, memory)]
    return values


def _value(measure: Measure, old: float, new: float) -> JsonValue:
    change = round(new - old, 6)
    trend: Trend = "same"
    if change:
        trend = "changed" if measure.better == 0 else "better" if change * measure.better > 0 else "worse"
    return {
        "name": measure.name,
        "unit": measure.unit,
        "baseline": old,
        "now": new,
        "change": change,
        "trend": trend,
    }


def _views(report: Mapping[str, Any], before: Mapping[str, Any]) -> list[JsonValue]:
    old = {view["name"]: view["psnr"] for view in before["train"]["views"]}
    return [
        {"name": view["name"], "baseline": old[view["name"]], "now": view["psnr"]}
        for view in report["train"]["views"]
        if view["name"] in old
    ]


def _names(report: Mapping[str, Any]) -> set[str]:
    return {photo["name"] for photo in report["photographs"] if photo["registered"]}


def _changed_options(report: Mapping[str, Any], before: Mapping[str, Any]) -> list[JsonValue]:
    def options(one: Mapping[str, Any]) -> dict[str, JsonValue]:
        return {name: value for stage in one["stages"] for name, value in stage["options"].items()}

    old, new = options(before), options(report)
    return [
        {"name": name, "baseline": old.get(name), "now": new.get(name)}
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    ]
