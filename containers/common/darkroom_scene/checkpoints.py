"""What a stage has done so far, kept in the storage until the stage has succeeded."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from darkroom_scene.errors import StageError
from darkroom_scene.json_value import JsonValue
from darkroom_scene.local_files import local_files
from darkroom_scene.manifest import Image, Manifest, read_manifest, write_manifest
from darkroom_scene.progress import Progress
from darkroom_scene.stop_signal import StopSignal
from darkroom_scene.storage import Storage
from darkroom_scene.transfer import Wanted, download_all
from darkroom_scene.upload import hash_files, upload_files

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class LoadedCheckpoint:
    """A checkpoint whose files were fetched: the name and state it was saved with."""

    name: str
    state: Mapping[str, JsonValue]


class Checkpoints:
    """The checkpoints of one stage of one scene; those of another key are never used."""

    def __init__(
        self, storage: Storage, folder: str, stage: str, key: str, progress: Progress, stop: StopSignal
    ) -> None:
        """Keep checkpoints of `stage` with `key` below `folder` (`colmap/<scene>/checkpoints/`)."""
        self._storage = storage
        self._folder = folder.rstrip("/") + "/"
        self._stage = stage
        self._key = key
        self._progress = progress
        self._stop = stop

    def save(self, name: str, folder: Path, state: Mapping[str, JsonValue] = {}) -> None:
        """Keep every file below `folder`, and `state`, as the newest checkpoint.

        It replaces older ones of the same key once it is whole; it is also saved after a stop was requested.

        Args:
            name: letters, digits, ".", "_" and "-", up to 64.
            folder: what to keep; read only.
            state: anything else that `load` should return.
        """
        if not NAME.fullmatch(name):
            raise ValueError(f'"{name}" cannot name a checkpoint')
        older = self._all()
        number = max((number for _, number, _ in older), default=0) + 1
        place = f"{self._folder}{self._stage}-{name}/"
        if any(taken == place for taken, _, _ in older):
            place = f"{self._folder}{self._stage}-{name}.{number}/"
        never = StopSignal()
        files = hash_files(local_files(folder), self._storage.workers, never)
        upload_files(self._storage, place, files, never)
        entries = tuple(one.entry for one in files)
        summary: dict[str, JsonValue] = {"name": name, "number": number, "state": dict(state)}
        manifest = Manifest(
            self._stage, name, self._key, entries, {}, 0, {}, Image(None, None), 0, 0, summary
        )
        write_manifest(self._storage, f"{place}manifest.json", manifest)
        for taken, _, saved in older:
            if saved.key == self._key:
                self._remove(taken)

    def load(self, into: Path) -> LoadedCheckpoint | None:
        """Fetch the newest whole checkpoint of this stage and key into the folder `into`, replacing it.

        A checkpoint that is damaged is named in a warning and the one before it is taken; nothing is returned
        when there is none.
        """
        for place, _, manifest in sorted(self._all(), key=lambda one: -one[1]):
            if manifest.key != self._key:
                continue
            shutil.rmtree(into, ignore_errors=True)
            into.mkdir(parents=True)
            wanted = [
                Wanted(place + one.path, into / one.path, one.size, one.sha256) for one in manifest.objects
            ]
            try:
                download_all(self._storage, wanted, self._stop)
            except StageError as error:
                for problem in error.problems:
                    self._progress.warning(f"a checkpoint is damaged and was not used: {problem.message}")
                continue
            return LoadedCheckpoint(str(manifest.summary["name"]), _state(manifest))
        shutil.rmtree(into, ignore_errors=True)
        return None

    def clear(self) -> None:
        """Remove every checkpoint of the stage, of any key: it has succeeded."""
        self._remove(f"{self._folder}{self._stage}-")

    def _remove(self, place: str) -> None:
        """The manifest goes first, so that half a checkpoint is never taken for a whole one."""
        folder = place[: place.rindex("/") + 1]
        paths = [one.path for one in self._storage.objects(folder) if one.path.startswith(place)]
        self._storage.delete(path for path in paths if path.endswith("/manifest.json"))
        self._storage.delete(paths)

    def _all(self) -> list[tuple[str, int, Manifest]]:
        """Folder, number and manifest of every whole checkpoint of the stage."""
        found = []
        prefix = f"{self._folder}{self._stage}-"
        for one in self._storage.objects(self._folder):
            inside = one.path.removeprefix(self._folder)
            if one.path.startswith(prefix) and inside.count("/") == 1 and inside.endswith("/manifest.json"):
                manifest = self._readable(one.path)
                if manifest:
                    number = manifest.summary["number"]
                    found.append((one.path.removesuffix("manifest.json"), int(str(number)), manifest))
        return found

    def _readable(self, path: str) -> Manifest | None:
        try:
            manifest = read_manifest(self._storage, path)
        except StageError as error:
            self._progress.warning(f"a checkpoint is damaged and was not used: {error.message}")
            return None
        if manifest and str(manifest.summary.get("number", "")).isdecimal() and "name" in manifest.summary:
            return manifest
        return None


def _state(manifest: Manifest) -> Mapping[str, JsonValue]:
    state = manifest.summary.get("state")
    return json.loads(json.dumps(state)) if isinstance(state, dict) else {}
