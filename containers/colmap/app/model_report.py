"""Describes a COLMAP model: what is registered, how many points, how well they agree."""

import argparse
import json
import sys
from pathlib import Path

import pycolmap


def describe(model: Path) -> dict[str, object]:
    """Summarises the model in a folder.

    Args:
        model: Folder with cameras, images and points3D as .bin or .txt.

    Returns:
        Counts, the mean reprojection error in pixels and the mean track length in images.
    """
    reconstruction = pycolmap.Reconstruction(str(model))
    return {
        "cameras": reconstruction.num_cameras(),
        "registered": reconstruction.num_reg_images(),
        "points": reconstruction.num_points3D(),
        "reprojection_px": round(reconstruction.compute_mean_reprojection_error(), 4),
        "track_length": round(reconstruction.compute_mean_track_length(), 2),
        "images": sorted(image.name for image in reconstruction.images.values()),
    }


def main() -> int:
    """Prints the report of the model named on the command line as one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="folder with cameras.bin, images.bin and points3D.bin")
    model = parser.parse_args().model
    if not any((model / f"cameras.{form}").is_file() for form in ("bin", "txt")):
        print(f'{model}: no COLMAP model here; expected "cameras.bin" or "cameras.txt".', file=sys.stderr)
        return 2
    print(json.dumps(describe(model)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
