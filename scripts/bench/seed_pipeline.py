"""The splat library's own pipeline up to its model: `python seed_pipeline.py PHOTOS` prints JSON.

Kept as it was designed: objects are stored under their base names, only `*.jpg` counted, COLMAP's default
options (a camera for every photo unless its EXIF says otherwise), every pair matched, the first model taken,
nothing undistorted. Only the download is a copy, and the version of pycolmap is the image's: of all that
`pycolmap>=3.10` allows, it is what would be installed today.
"""

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

import pycolmap


def main() -> None:
    """Run the pipeline and say what a trainer would be given."""
    photos = Path(sys.argv[1])
    work = Path(tempfile.mkdtemp())
    image_dir, output_dir, database_path = work / "images", work / "sparse", work / "database.db"
    image_dir.mkdir()
    output_dir.mkdir()
    # Keys come in the order of their bytes.
    keys = sorted(str(path) for path in photos.rglob("*") if path.is_file())
    for key in keys:
        shutil.copyfile(key, image_dir / os.path.basename(key))
    found: dict[str, object] = {"photos": len(keys), "kept": len(list(image_dir.iterdir()))}
    try:
        found |= reconstruct(image_dir, output_dir, database_path)
    except Exception as error:
        found["failed"] = str(error)
    shutil.rmtree(work)
    sys.stdout.write(json.dumps(found) + "\n")


def reconstruct(image_dir: Path, output_dir: Path, database_path: Path) -> dict[str, object]:
    """Do what the container's run.py does between download and upload."""
    num_images = len(list(image_dir.glob("*.jpg")))
    if num_images < 3:
        raise RuntimeError(f"Not enough images for reconstruction: {num_images}")
    pycolmap.extract_features(database_path=database_path, image_path=image_dir)
    pycolmap.match_exhaustive(database_path=database_path)
    reconstructions = pycolmap.incremental_mapping(
        database_path=database_path, image_path=image_dir, output_path=output_dir
    )
    if not reconstructions:
        raise RuntimeError("COLMAP reconstruction failed - no valid reconstruction produced")
    first = reconstructions[0]
    return {
        "registered": len(first.images),
        "points": len(first.points3D),
        "models": [len(model.images) for model in reconstructions.values()],
        "cameras": len(first.cameras),
        "camera_models": sorted({camera.model.name for camera in first.cameras.values()}),
    }


if __name__ == "__main__":
    main()
