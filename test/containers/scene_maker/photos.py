"""Writes the photographs of a made-up place and the truth about them."""

import json
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from scene_maker.camera import Lens, Pose, walk
from scene_maker.place import Quad, make_place
from scene_maker.render import render

# Size of a texture's pixel as a share of a photo's pixel at 4.5 m: somewhat finer than what a photo shows.
_TEXEL_SHARE = 0.7


@dataclass(frozen=True)
class Made:
    """A made-up place as one camera sees it; `poses` in the order of the walk."""

    place: tuple[Quad, ...]
    lens: Lens
    poses: tuple[Pose, ...]


def make_scene(seed: int, count: int, width: int, height: int, radial: float = 0.0) -> Made:
    """Return `count` views of the place of a seed; the field of view is 58 degrees across."""
    lens = Lens(width, height, 0.9 * width, radial)
    return Made(make_place(seed, _TEXEL_SHARE * 4.5 / lens.focal), lens, walk(count, seed))


def write_photos(made: Made, folder: Path, names: Sequence[str], *, exif: bool) -> None:
    """Write one file per pose under its name, which may hold folders; what it is follows from how it ends."""
    for name, pose in zip(names, made.poses, strict=True):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        picture = Image.fromarray(render(made.place, made.lens, pose))
        tags = _exif(made.lens) if exif else Image.Exif()
        kind = "PNG" if path.suffix.lower() == ".png" else "JPEG"
        picture.save(path, kind, quality=94, subsampling=0, exif=tags)


def write_video(made: Made, file: Path) -> None:
    """Write the walk as a video, two views a second, by the ffmpeg program."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        write_photos(made, Path(folder), [f"{index:05}.png" for index in range(len(made.poses))], exif=False)
        command = ["ffmpeg", "-v", "error", "-framerate", "2", "-i", f"{folder}/%05d.png"]
        subprocess.run([*command, "-crf", "12", "-pix_fmt", "yuv420p", "-y", str(file)], check=True)


def write_truth(made: Made, file: Path, names: Sequence[str], seed: int) -> None:
    """Write the lens, and the pose of every photo (world to camera, metres), as JSON."""
    lens = made.lens
    truth = {
        "seed": seed,
        "count": len(made.poses),
        "lens": {"width": lens.width, "height": lens.height, "focal": lens.focal, "radial": lens.radial},
        "photos": [
            {"name": name, "rotation": pose.rotation.tolist(), "translation": pose.translation.tolist()}
            for name, pose in zip(names, made.poses, strict=True)
        ],
    }
    file.write_text(json.dumps(truth, indent=1) + "\n")


def read_truth(file: Path) -> tuple[Made, tuple[str, ...]]:
    """Return what `write_truth` wrote about: the scene, and the names of its photos."""
    truth = json.loads(file.read_text())
    lens = truth["lens"]
    made = make_scene(truth["seed"], truth["count"], lens["width"], lens["height"], lens["radial"])
    poses = tuple(
        Pose(np.array(photo["rotation"]), np.array(photo["translation"])) for photo in truth["photos"]
    )
    return Made(made.place, made.lens, poses), tuple(photo["name"] for photo in truth["photos"])


def _exif(lens: Lens) -> Image.Exif:
    """Say the focal length as cameras do: as that of a film 36 mm wide, rounded."""
    tags = Image.Exif()
    tags[0x010F], tags[0x0110] = "Darkroom", "Scene maker"
    tags.get_ifd(0x8769)[0xA405] = round(36 * lens.focal / lens.width)
    return tags
