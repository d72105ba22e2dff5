"""Where everything of a scene lies in a storage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

StageName = Literal["sfm", "train", "view"]

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Place:
    """Where one kind of results lies.

    Attributes:
        folder: ends with a slash.
        manifests: those in the folder, its own first.
        of_stage: whether stages work here, with a lease and checkpoints.
    """

    folder: str
    manifests: tuple[str, ...]
    of_stage: bool = True

    @property
    def manifest(self) -> str:
        """The path of its own manifest."""
        return self.folder + self.manifests[0]

    @property
    def unfinished(self) -> str:
        """The path of the record of a publication that has begun."""
        return f"{self.manifest}.unfinished"

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
        if path in self.manifests or path in {f"{name}.unfinished" for name in self.manifests}:
            return True
        return self.of_stage and (path == "lease.json" or path.split("/")[0] == "checkpoints")


def frames_place(scene: str) -> Place:
    """Where the photographs of a scene lie."""
    return Place(f"frames/{scene}/", (MANIFEST,), of_stage=False)


def stage_place(stage: StageName, scene: str) -> Place:
    """Where the results of a stage lie."""
    if stage == "sfm":
        return Place(f"colmap/{scene}/", (MANIFEST,))
    own = "train-manifest.json" if stage == "train" else MANIFEST
    other = MANIFEST if stage == "train" else "train-manifest.json"
    return Place(f"outputs/{scene}/", (own, other))
