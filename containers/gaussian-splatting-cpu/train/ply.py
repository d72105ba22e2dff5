"""Gaussians as a file that viewers read: the binary PLY of 3D Gaussian Splatting.

Property names and order as in the files that Kerbl et al. 2023 published; PLY: http://paulbourke.net/dataformats/ply/
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from train.gaussians import Gaussians

REST = 45
PROPERTIES = (
    *("x", "y", "z", "nx", "ny", "nz", "f_dc_0", "f_dc_1", "f_dc_2"),
    *(f"f_rest_{k}" for k in range(REST)),
    *("opacity", "scale_0", "scale_1", "scale_2", "rot_0", "rot_1", "rot_2", "rot_3"),
)


def ply_bytes(gaussians: Gaussians) -> bytes:
    """The file's bytes; harmonics above the trained degree are zero, quaternions of length 1."""
    count = gaussians.count
    rest = np.zeros((count, 3, REST // 3), np.float32)
    trained = gaussians.harmonics[:, 1:].transpose(0, 2, 1)  # by colour, then by harmonic
    rest[:, :, : trained.shape[2]] = trained
    rotation = gaussians.quaternions / np.linalg.norm(gaussians.quaternions, axis=1, keepdims=True)
    columns = [gaussians.means, np.zeros((count, 3)), gaussians.harmonics[:, 0], rest.reshape(count, REST)]
    columns += [gaussians.opacity_logits[:, None], gaussians.log_scales, rotation]
    header = ["ply", "format binary_little_endian 1.0", f"element vertex {count}"]
    header += [f"property float {name}" for name in PROPERTIES]
    text = "\n".join([*header, "end_header", ""])
    return text.encode("ascii") + np.concatenate(columns, axis=1).astype("<f4").tobytes()


def read_ply(path: Path) -> Gaussians:
    """The Gaussians of a file with exactly these properties, with harmonics of degree 3.

    Raises:
        ValueError: The file is no such file, or cut off.
    """
    data = path.read_bytes()
    head, mark, body = data.partition(b"end_header\n")
    lines = head.decode("ascii", errors="replace").splitlines()
    names = tuple(line.split()[-1] for line in lines if line.startswith("property"))
    counts = [int(line.split()[-1]) for line in lines if line.startswith("element vertex")]
    if not mark or names != PROPERTIES or len(counts) != 1 or len(body) != 4 * counts[0] * len(PROPERTIES):
        raise ValueError(f"{path} is not a whole PLY file of Gaussians")
    table = np.frombuffer(body, "<f4").reshape(counts[0], len(PROPERTIES))
    rest = table[:, 9 : 9 + REST].reshape(-1, 3, REST // 3).transpose(0, 2, 1)
    harmonics = np.concatenate([table[:, None, 6:9], rest], axis=1)
    return Gaussians(table[:, :3], table[:, 55:58], table[:, 58:62], table[:, 54], harmonics).astype(
        np.float32
    )
