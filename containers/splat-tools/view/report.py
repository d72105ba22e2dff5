"""The report of a scene as data (report.json; its schema is report.schema.json)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from darkroom_scene.errors import StageError
from darkroom_scene.json_value import JsonValue
from darkroom_scene.manifest import Image, Manifest
from darkroom_scene.sparse_model import PosedImage, SparseModel
from darkroom_scene.view_options import ViewOptions
from view.baseline import Baseline, compare, report_figures
from view.camera_path import Tour
from view.checks import check_scene
from view.forms import Form
from view.report_schema import ReportProblem, check_report
from view.viewer_frame import ViewerFrame

VERSION = 1


@dataclass(frozen=True)
class ViewFacts:
    """What stage view itself did."""

    first: PosedImage
    frame: ViewerFrame
    tour: Tour
    forms: Sequence[Form]
    options: ViewOptions
    seed: int
    versions: Mapping[str, str]
    image: Image
    seconds: float
    peak_mb: float


def make_report(
    model: SparseModel,
    sfm: Manifest,
    train: Manifest,
    facts: ViewFacts,
    baseline: Baseline | None,
    reasons: Mapping[str, str],
) -> dict[str, Any]:
    """The report; valid by its schema.

    Args:
        model: the registered photographs and what they see.
        sfm: of the stage before the last.
        train: of the last stage.
        facts: of this one.
        baseline: to compare with.
        reasons: why photographs did not register, by name, where it is known.

    Raises:
        StageError: `view/bad-summary` when the summary of a stage before lacks what a report needs.
    """
    report: dict[str, Any] = {
        "version": VERSION,
        "scene": train.scene,
        "seed": facts.seed,
        "verdict": "pass",
        "checks": [],
        "photographs": photographs(model, sfm.summary, train.summary, reasons),
        "sfm": dict(sfm.summary),
        "train": dict(train.summary),
        "view": _view(facts),
        "stages": [_stage(sfm), _stage(train), _this_stage(facts)],
        "comparison": None,
    }
    try:
        check_report(report)
    except ReportProblem as error:
        raise StageError(
            "view/bad-summary",
            f"the stages before told something that no report can hold: {error}",
            "run them again with the images of this version",
        ) from error
    if baseline is not None:
        report["comparison"] = compare(report, baseline)
    checks = check_scene(facts.options, report_figures(report), baseline.figures if baseline else None)
    report["checks"] = [asdict(check) for check in checks]
    report["verdict"] = "pass" if all(check.passed for check in checks) else "fail"
    check_report(report)
    return report


def photographs(
    model: SparseModel,
    sfm: Mapping[str, JsonValue],
    train: Mapping[str, JsonValue],
    reasons: Mapping[str, str],
) -> list[dict[str, JsonValue]]:
    """Every photograph that was given, by name: registered or why not."""
    views = train.get("views")
    held_out = (
        {view["name"] for view in views if isinstance(view, dict)} if isinstance(views, list) else set()
    )
    rows = [_registered(model, image, image.name in held_out) for image in model.images]
    known = {image.name for image in model.images}
    rows += [_outside(name, reason) for name, reason in _missing(sfm, reasons).items() if name not in known]
    return sorted(rows, key=lambda row: str(row["name"]))


def _registered(model: SparseModel, image: PosedImage, held_out: bool) -> dict[str, JsonValue]:
    errors = model.errors[np.searchsorted(model.point_ids, image.points)]
    return {
        "name": image.name,
        "registered": True,
        "held_out": held_out,
        "points": len(image.points),
        "error_px": round(float(errors.mean()), 3) if len(errors) else None,
        "reason": "",
    }


def _outside(name: str, reason: str) -> dict[str, JsonValue]:
    facts: dict[str, JsonValue] = {"registered": False, "held_out": False, "points": 0, "error_px": None}
    return {"name": name, **facts, "reason": reason}


def _missing(sfm: Mapping[str, JsonValue], reasons: Mapping[str, str]) -> dict[str, str]:
    """Photographs outside the scene and why, from the summary of stage sfm."""
    missing = {}
    unregistered = sfm.get("unregistered")
    for name in unregistered if isinstance(unregistered, list) else []:
        reason = reasons.get(str(name))
        missing[str(name)] = f"did not register: {reason}" if reason else "did not register"
    preflight = sfm.get("preflight")
    excluded = preflight.get("excluded") if isinstance(preflight, dict) else None
    for entry in excluded if isinstance(excluded, list) else []:
        if isinstance(entry, dict):
            missing[str(entry.get("name"))] = f"left out: {entry.get('reason')}"
    return missing


def _view(facts: ViewFacts) -> dict[str, JsonValue]:
    return {
        "initial_view": facts.first.name,
        "tour": {
            "rule": facts.tour.rule,
            "closed": facts.tour.closed,
            "stops": len(facts.tour.stops),
            "seconds": round(facts.tour.duration, 1),
        },
        "euler": list(facts.frame.euler),
        "forms": [asdict(form) for form in facts.forms],
    }


def _stage(manifest: Manifest) -> dict[str, JsonValue]:
    return {
        "stage": manifest.stage,
        "key": manifest.key,
        "seconds": manifest.seconds,
        "peak_mb": manifest.peak_mb,
        "seed": manifest.seed,
        "options": manifest.options,
        "versions": dict(manifest.versions),
        "image": asdict(manifest.image),
    }


def _this_stage(facts: ViewFacts) -> dict[str, JsonValue]:
    return {
        "stage": "view",
        "key": None,
        "seconds": facts.seconds,
        "peak_mb": facts.peak_mb,
        "seed": facts.seed,
        "options": asdict(facts.options),
        "versions": dict(facts.versions),
        "image": asdict(facts.image),
    }
