"""COLMAP's database of a scene: made by us, so that the same photographs always get the same numbers."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pycolmap

LEAST_MATCHES = 15
"""Fewer matches of two photographs than this are chance, to COLMAP and to us."""


@dataclass(frozen=True)
class MatchedPair:
    """Two photographs and how many of their matches agree on one geometry."""

    one: str
    other: str
    matches: int


def create_database(path: Path, images: Path, groups: Sequence[Sequence[str]], model: str) -> None:
    """Enter cameras and photographs, unless a database with the same photographs is there.

    COLMAP numbers photographs as its threads happen to finish them; mapping depends on the numbers, so the
    same photographs would give another model every time.

    Args:
        path: the database.
        images: folder of the photographs.
        groups: their names by camera.
        model: the camera model's name.
    """
    names = sorted(name for group in groups for name in group)
    if path.exists():
        if read_features(path).keys() == set(names):
            return
        path.unlink()
    options = pycolmap.ImageReaderOptions(camera_model=model)
    numbers = {name: number for number, name in enumerate(names, 1)}
    with pycolmap.Database.open(path) as database:
        for group in groups:
            camera = pycolmap.infer_camera_from_image(images / group[0], options)
            camera.camera_id = database.write_camera(camera)
            rig = pycolmap.Rig()
            rig.add_ref_sensor(camera.sensor_id)
            rig_id = database.write_rig(rig)
            for name in group:
                image = pycolmap.Image(name=name, camera_id=camera.camera_id)
                image.image_id = numbers[name]
                database.write_image(image, use_image_id=True)
                frame = pycolmap.Frame()
                frame.rig_id = rig_id
                frame.add_data_id(image.data_id)
                database.write_frame(frame)


def read_features(path: Path) -> dict[str, int]:
    """The number of features of each photograph; 0 before they are extracted."""
    with pycolmap.Database.open(path) as database:
        return {
            image.name: database.num_keypoints_for_image(image.image_id)
            for image in database.read_all_images()
        }


def read_matches(path: Path) -> tuple[MatchedPair, ...]:
    """The pairs with as many matches as count, most matches first."""
    with pycolmap.Database.open(path) as database:
        names = {image.image_id: image.name for image in database.read_all_images()}
        found = []
        for pair_id, count in zip(*database.read_two_view_geometry_num_inliers(), strict=True):
            if count >= LEAST_MATCHES:
                one, other = pycolmap.pair_id_to_image_pair(pair_id)
                found.append(MatchedPair(names[one], names[other], count))
    return tuple(sorted(found, key=lambda pair: (-pair.matches, pair.one, pair.other)))


def rename_photos(path: Path, names: dict[str, str]) -> None:
    """Give photographs other names: old to new."""
    with pycolmap.Database.open(path) as database:
        for image in database.read_all_images():
            image.name = names[image.name]
            database.update_image(image)


def copy_database(path: Path, target: Path) -> None:
    """Copy a database that may be written to meanwhile; the copy is whole."""
    target.unlink(missing_ok=True)
    source = sqlite3.connect(path)
    copy = sqlite3.connect(target)
    try:
        source.backup(copy)
    finally:
        copy.close()
        source.close()
