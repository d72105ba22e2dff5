"""How the camera moved between matched photographs."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pycolmap

from sfm.view_graph import FIRM_MATCHES, PairGeometry

MEASURED = 400
"""The pairs with most matches that are looked at; a start is always among them."""


def measure_pairs(database: Path) -> tuple[PairGeometry, ...]:
    """The movement in the strongest pairs, from the geometry that was kept with the matches."""
    with pycolmap.Database.open(database) as opened:
        images = {image.image_id: image for image in opened.read_all_images()}
        cameras = {camera.camera_id: camera for camera in opened.read_all_cameras()}
        counted = sorted(
            zip(*opened.read_two_view_geometry_num_inliers(), strict=True), key=lambda row: (-row[1], row[0])
        )
        found = []
        for pair_id, matches in counted[:MEASURED]:
            one, other = (images[number] for number in pycolmap.pair_id_to_image_pair(pair_id))
            if matches < FIRM_MATCHES:
                break
            geometry = opened.read_two_view_geometry(one.image_id, other.image_id)
            points = [
                opened.read_keypoints(image.image_id)[:, :2].astype(np.float64) for image in (one, other)
            ]
            if not pycolmap.estimate_two_view_geometry_pose(
                cameras[one.camera_id], points[0], cameras[other.camera_id], points[1], geometry
            ):
                continue
            if geometry.cam2_from_cam1 is None:
                continue
            movement = geometry.cam2_from_cam1.translation
            length = float(np.linalg.norm(movement))
            forward = abs(float(movement[2])) / length if length > 0 else 1.0
            found.append(
                PairGeometry(
                    one.name, other.name, matches, max(0.0, math.degrees(geometry.tri_angle)), forward
                )
            )
    return tuple(found)
