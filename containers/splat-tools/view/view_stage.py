"""Stage `view`: from a trained scene to files and pages that people open."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy
import PIL

from darkroom_scene.manifest import Image, Manifest, parse_manifest
from darkroom_scene.sparse_model import read_sparse_model
from darkroom_scene.stage import Stage, StageContext, StageResult
from darkroom_scene.stage_run import peak_mb
from darkroom_scene.view_options import ViewOptions
from view.baseline import read_baseline
from view.checks import mean_photo_warning
from view.forms import FormMaker, make_forms
from view.pictures import jpeg
from view.report import ViewFacts, make_report
from view.report_page import page_pictures, render_page
from view.splat_transform import SplatTransform, find_splat_transform
from view.viewer_frame import viewer_frame
from view.viewer_settings import initial_image, viewer_settings

THUMBNAIL = 640
"""Pixels of the longer side."""


def make_view(context: StageContext[ViewOptions]) -> StageResult:
    """Write the compressed forms, the viewer, the thumbnail and the report into the output folder.

    Raises:
        StageError: `view/…`; a baseline that is no report is found before any work.
    """
    started = time.monotonic()
    baseline = read_baseline(context.baseline) if context.baseline else None
    program = find_splat_transform()
    outputs = context.input_dir / "outputs"
    sfm, train = (_manifest(context.input_dir / f"{stage}-manifest.json") for stage in ("sfm", "train"))
    pictures = page_pictures(outputs, train.summary)
    model = read_sparse_model(context.input_dir / "colmap/sparse/0")
    first = initial_image(model)
    frame = viewer_frame(model, first)
    settings, tour = viewer_settings(model, first, frame)
    forms = make_forms(_form_maker(context, program, outputs / "scene.ply"), frame, settings)
    context.progress.update(0.95, "writing the report")
    if pictures.initial is not None:
        (context.output_dir / "thumbnail.jpg").write_bytes(jpeg(pictures.initial, THUMBNAIL))
    image = Image(os.environ.get("IMAGE_KEY") or None, os.environ.get("IMAGE_DIGEST") or None)
    facts = ViewFacts(
        first=first,
        frame=frame,
        tour=tour,
        forms=forms,
        options=context.options,
        seed=context.seed,
        versions=_versions(program),
        image=image,
        seconds=round(time.monotonic() - started, 1),
        peak_mb=peak_mb(),
    )
    report = make_report(
        model, sfm, train, facts, baseline, _reasons(context.input_dir / "colmap/report.json")
    )
    if warning := mean_photo_warning(report["train"]["psnr"], report["train"].get("psnr_baseline")):
        context.progress.warning(warning)
    _write_report(context.output_dir, report, render_page(report, pictures))
    told = {field: report[field] for field in ("verdict", "checks", "comparison")}
    return StageResult({"initial_view": first.name, "forms": report["view"]["forms"], **told}, facts.versions)


def _form_maker(context: StageContext[ViewOptions], program: SplatTransform, ply: Path) -> FormMaker:
    return FormMaker(
        program,
        ply,
        context.output_dir,
        context.work_dir,
        context.options.view_harmonics,
        context.progress.part(0.0, 0.95),
        context.stop,
    )


def _write_report(folder: Path, report: Mapping[str, Any], page: str) -> None:
    text = json.dumps(report, ensure_ascii=False, allow_nan=False, indent=1)
    (folder / "report.json").write_text(f"{text}\n", encoding="utf-8")
    (folder / "report.html").write_text(page, encoding="utf-8")


def _manifest(path: Path) -> Manifest:
    return parse_manifest(path.read_bytes(), path.name)


def _reasons(path: Path) -> dict[str, str]:
    """Why photographs did not register, as stage sfm tells it in its own report."""
    report = json.loads(path.read_bytes()) if path.is_file() else {}
    rows = report.get("photos", [])
    return {row["name"]: row["reason"] for row in rows if row.get("reason")}


def _versions(program: SplatTransform) -> dict[str, str]:
    return {
        "splat-transform": program.version,
        "node": program.node_version,
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "pillow": PIL.__version__,
    }


STAGE = Stage("view", ViewOptions, make_view)
