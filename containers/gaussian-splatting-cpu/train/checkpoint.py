"""The training state as files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from darkroom_scene.errors import StageError
from train.gaussians import Gaussians
from train.training import TrainingState

ROLES = ("values", "first_moments", "second_moments")


def write_state(state: TrainingState, folder: Path) -> None:
    """Writes all that the next step depends on into `folder`: `arrays.npz` and `state.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    sets = zip(ROLES, (state.gaussians, *state.moments), strict=True)
    arrays = {f"{role}.{name}": values for role, rows in sets for name, values in rows.groups()}
    with (folder / "arrays.npz").open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
    rest = {
        "step": state.step,
        "queue": state.queue,
        "losses": state.losses,
        "random": state.random.bit_generator.state,
    }
    (folder / "state.json").write_text(json.dumps(rest))


def read_state(folder: Path) -> TrainingState:
    """The state that `write_state` wrote there.

    Raises:
        StageError: `train/checkpoint` when the files hold something else.
    """
    try:
        rest = json.loads((folder / "state.json").read_text())
        with np.load(folder / "arrays.npz", allow_pickle=False) as arrays:
            rows = [
                Gaussians(
                    **{key.split(".")[1]: arrays[key] for key in arrays.files if key.startswith(f"{role}.")}
                )
                for role in ROLES
            ]
        random = np.random.default_rng()
        random.bit_generator.state = rest["random"]
        losses = [(int(step), float(loss), float(psnr)) for step, loss, psnr in rest["losses"]]
        return TrainingState(
            int(rest["step"]), rows[0], (rows[1], rows[2]), random, list(rest["queue"]), losses
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StageError(
            "train/checkpoint",
            f"the checkpoint cannot be read: {error}",
            "remove the scene's checkpoints folder and run again",
        ) from error
