"""Whether a model is worth training on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from darkroom_scene.errors import Problem
from darkroom_scene.sfm_options import SfmOptions
from sfm.preflight import LEAST_PHOTOS

NAMED = 30


@dataclass(frozen=True)
class ModelFigures:
    """What the gate looks at: photographs used, and placed, points, mean reprojection error in pixels."""

    photos: int
    registered: int
    points: int
    reprojection_px: float


def passes_gate(model: ModelFigures, options: SfmOptions) -> bool:
    """Whether nothing keeps a model from being trained on."""
    return not gate_problems(model, {}, options)


def gate_problems(model: ModelFigures, unregistered: Mapping[str, str], options: SfmOptions) -> list[Problem]:
    """What is not good enough, the photographs that have no place, and what to do; empty when all is well.

    Args:
        model: its figures.
        unregistered: photographs without a place, and why.
        options: the limits.
    """
    problems = []
    needed = max(LEAST_PHOTOS, options.min_registered * model.photos)
    if model.registered < needed:
        problems.append(
            Problem(
                "sfm/few-registered",
                f"{model.registered} of {model.photos} photographs have a place in the model; "
                f"at least {-int(-needed // 1)} are needed (min_registered={options.min_registered:g}). "
                f"Without a place: {_listed(unregistered)}",
                "take photographs between those named and their neighbours, each showing most of what the "
                "one before it shows; or leave out those that do not belong",
            )
        )
    if model.points < options.min_points:
        problems.append(
            Problem(
                "sfm/few-points",
                f"the model has {model.points} points; at least {options.min_points} are needed (min_points)",
                "take more and sharper photographs of surfaces with detail; or "
                f"max_photo_px={options.max_photo_px} or features={options.features} may be set too low: "
                f"--set max_photo_px={_more(options, 'max_photo_px')} "
                f"--set features={_more(options, 'features')}",
            )
        )
    if model.reprojection_px > options.max_reprojection_px:
        problems.append(
            Problem(
                "sfm/reprojection",
                f"the points miss the photographs by {model.reprojection_px:.2f} pixels; "
                f"at most {options.max_reprojection_px:g} are allowed (max_reprojection_px)",
                "set camera_model=OPENCV for a wide lens or OPENCV_FISHEYE for a fisheye, and cameras=folder "
                "when folders hold the photographs of different cameras",
            )
        )
    return problems


def _more(options: SfmOptions, name: str) -> int:
    """What to set an option to that may be too low: its default, or twice as much as that is not enough."""
    default, now = getattr(SfmOptions(), name), getattr(options, name)
    most = SfmOptions.__dataclass_fields__[name].metadata["max"]
    return int(default if now < default else min(2 * now, most))


def _listed(unregistered: Mapping[str, str]) -> str:
    """Names by their reasons: each reason once."""
    named: dict[str, list[str]] = {}
    for name, reason in list(unregistered.items())[:NAMED]:
        named.setdefault(reason, []).append(f'"{name}"')
    groups = [f"{', '.join(names)} ({reason})" for reason, names in named.items()]
    if len(unregistered) > NAMED:
        groups.append(f"and {len(unregistered) - NAMED} more")
    return "; ".join(groups)
