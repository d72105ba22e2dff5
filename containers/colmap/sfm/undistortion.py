"""What trainers read: photographs without distortion, and their model; run in a process of its own."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pycolmap

from sfm.native_process import Say

QUALITY = 95


def undistort(
    say: Say, model: Path, images: Path, target: Path, names: Mapping[str, str], longest_px: int
) -> None:
    """Write `images/**` and `sparse/0/*.bin` (PINHOLE) below `target`.

    Args:
        say: told what happens.
        model: as it was solved.
        images: folder of the photographs.
        target: where; the layout is that of graphdeco's and gsplat's loaders.
        names: names in the model to names in the results.
        longest_px: longest side of the written photographs.
    """
    pycolmap.logging.minloglevel = pycolmap.logging.Level.WARNING.value
    say(0.0, "undistorting the photographs")
    scratch = target / "undistorted"
    shutil.rmtree(scratch, ignore_errors=True)
    pycolmap.undistort_images(
        scratch,
        model,
        images,
        undistort_options=pycolmap.UndistortCameraOptions(max_image_size=longest_px),
        jpeg_quality=QUALITY,
    )
    for name, wanted in names.items():
        written = scratch / "images" / name
        if written.exists():
            place = target / "images" / wanted
            place.parent.mkdir(parents=True, exist_ok=True)
            written.rename(place)
    rename_in_model(scratch / "sparse", target / "sparse" / "0", names)
    shutil.rmtree(scratch)


def rename_in_model(source: Path, target: Path, names: Mapping[str, str]) -> None:
    """Write the model in `source` to `target` with other names for its photographs."""
    model = pycolmap.Reconstruction(source)
    for image in model.images.values():
        image.name = names[image.name]
    target.mkdir(parents=True, exist_ok=True)
    model.write(target)
