"""The database as a checkpoint: what a killed run goes on from."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from darkroom_scene.checkpoints import Checkpoints
from sfm.scene_database import copy_database

NAME = "database.db"


@dataclass(frozen=True)
class DatabaseCheckpoint:
    """Keeps copies of `database`, by way of the folder `scratch`."""

    checkpoints: Checkpoints
    database: Path
    scratch: Path

    def restore(self) -> str | None:
        """Fetch the last copy to where the database lies; the name it was kept under, or nothing."""
        loaded = self.checkpoints.load(self.scratch)
        if loaded is None or not (self.scratch / NAME).is_file():
            return None
        shutil.move(self.scratch / NAME, self.database)
        return loaded.name

    def keep(self, name: str) -> None:
        """Keep a copy under `name`; the database may be in use."""
        if not self.database.is_file():
            return
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir(parents=True)
        copy_database(self.database, self.scratch / NAME)
        self.checkpoints.save(name, self.scratch)
        shutil.rmtree(self.scratch)
