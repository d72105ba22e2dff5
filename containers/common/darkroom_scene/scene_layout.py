"""Where everything of a scene lies in a storage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

StageName = Literal["sfm", "train", "view"]

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Place:
    """The folder of a stage's results (ends with a slash) and the manifests in it, its own first."""

    folder: str
    manifests: tuple[str, ...]

    @property
    def manifest(self) -> str:
        """The path of the stage's own manifest."""
        return self.folder + self.manifests[0]

    @property
    def lease(self) -> str:
        """The path of the lease; stages that share a folder share it."""
        return f"{self.folder}lease.json"

    @property
    def checkpoints(self) -> str:
        """The folder of the checkpoints."""
        return f"{self.folder}checkpoints/"

    def reserves(self, path: str) -> bool:
        """Whether a result may not be called `path`."""
        return path in (*self.manifests, "lease.json") or path.split("/")[0] == "checkpoints"


def frames_place(scene: str) -> Place:
    """Where the photographs of a scene lie."""
    return Place(f"frames/{scene}/", (MANIFEST,))


def stage_place(stage: StageName, scene: str) -> Place:
    """Where the results of a stage lie."""
    if stage == "sfm":
        return Place(f"colmap/{scene}/", (MANIFEST,))
    own = "train-manifest.json" if stage == "train" else MANIFEST
    other = MANIFEST if stage == "train" else "train-manifest.json"
    return Place(f"outputs/{scene}/", (own, other))
