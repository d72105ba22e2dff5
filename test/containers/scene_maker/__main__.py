"""`python -m scene_maker FOLDER`: photos below FOLDER/photos, and FOLDER/truth.json."""

import argparse
from collections.abc import Callable
from pathlib import Path

from scene_maker.photos import make_scene, write_photos, write_truth, write_video

_NAMINGS: dict[str, Callable[[int, int], str]] = {
    "plain": lambda index, _: f"{index:04}.jpg",
    "two-folders": lambda index, count: (
        f"{'left' if 2 * index < count else 'right'}/{index % -(-count // 2):04}.jpg"
    ),
    "mixed": lambda index, _: f"{index:04}{('.JPG', '.png')[index % 2]}",
}


def main() -> None:
    """Read the arguments and write the scene."""
    parser = argparse.ArgumentParser(prog="scene_maker", description="Photographs whose cameras are known.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--photos", type=int, default=20, help="number of photos (of each set)")
    parser.add_argument("--size", default="320x240", help="WIDTHxHEIGHT in pixels")
    parser.add_argument("--seed", type=int, default=1, help="the place, and the steps of the walk")
    parser.add_argument("--radial", type=float, default=0.0, help="first term of radial distortion")
    parser.add_argument("--naming", choices=sorted(_NAMINGS), default="plain")
    parser.add_argument("--no-exif", action="store_true", help="do not say the focal length")
    parser.add_argument(
        "--sets", type=int, default=1, help="places that have nothing in common, in folders of their own"
    )
    parser.add_argument("--video", action="store_true", help="one video, walk.mp4, instead of photos")
    given = parser.parse_args()
    width, height = (int(part) for part in given.size.split("x"))
    for index in range(given.sets):
        seed = given.seed + index
        made = make_scene(seed, given.photos, width, height, given.radial)
        at = f"set{index + 1}/" if given.sets > 1 else ""
        if given.video:
            # Frames of a video are called after it, and counted from one.
            names = [f"{at}walk.mp4/{photo + 1:05}.jpg" for photo in range(given.photos)]
            write_video(made, given.folder / "photos" / f"{at}walk.mp4")
        else:
            names = [at + _NAMINGS[given.naming](photo, given.photos) for photo in range(given.photos)]
            write_photos(made, given.folder / "photos", names, exif=not given.no_exif)
        write_truth(made, given.folder / (f"truth{index + 1}.json" if at else "truth.json"), names, seed)


if __name__ == "__main__":
    main()
