"""What a stage reads: the photographs, or what the stages before it made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from darkroom_scene.errors import StageError
from darkroom_scene.frames import frames_only
from darkroom_scene.manifest import Manifest, gaps, parse_manifest, read_manifest, whole
from darkroom_scene.progress import Progress
from darkroom_scene.scene_layout import StageName, frames_place, stage_place
from darkroom_scene.stop_signal import StopSignal
from darkroom_scene.storage import Storage
from darkroom_scene.transfer import Wanted, download_all


@dataclass(frozen=True)
class Input:
    """An object to read: its path in the storage, the path it gets here, whether it enters the key."""

    source: str
    target: str
    size: int
    sha256: str | None
    in_key: bool = True


@dataclass(frozen=True)
class Inputs:
    """Everything a stage reads; `documents` are written beside the objects, by path."""

    objects: tuple[Input, ...]
    documents: Mapping[str, bytes]

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """(path, sha256) of everything that enters the stage key."""
        return tuple((one.target, one.sha256 or "") for one in self.objects if one.in_key)


def find_inputs(
    stage: StageName,
    scene: str,
    storage: Storage,
    progress: Progress,
    stop: StopSignal,
    expected_keys: Mapping[str, str] = MappingProxyType({}),
) -> Inputs:
    """What `stage` reads of the scene.

    Args:
        stage: who reads.
        scene: of which scene.
        storage: where from.
        progress: told what is left out.
        stop: ends the reading of photographs, in a folder, that shows whether they were altered.
        expected_keys: keys that what the stages before it made must have, by stage, where that is known.

    Raises:
        StageError: `frames/none`; `storage/not-whole` when the stage before has not run or an object is gone;
            `storage/replaced` when what it made has another key.
    """
    if stage == "sfm":
        return Inputs(_frames(scene, storage, progress, stop), {})
    solved, solved_bytes = _finished("sfm", scene, storage, expected_keys)
    colmap = stage_place("sfm", scene).folder
    if stage == "train":
        kept = [one for one in solved.objects if one.path.startswith(("images/", "sparse/0/"))]
        return Inputs(tuple(Input(colmap + one.path, one.path, one.size, one.sha256) for one in kept), {})
    trained, trained_bytes = _finished("train", scene, storage, expected_keys)
    outputs = stage_place("train", scene).folder
    objects = [
        Input(outputs + one.path, f"outputs/{one.path}", one.size, one.sha256) for one in trained.objects
    ]
    for one in solved.objects:
        if one.path.startswith("sparse/0/") or one.path == "report.json":
            in_key = one.path != "report.json"
            objects.append(Input(colmap + one.path, f"colmap/{one.path}", one.size, one.sha256, in_key))
    return Inputs(tuple(objects), {"sfm-manifest.json": solved_bytes, "train-manifest.json": trained_bytes})


def with_known_hashes(
    inputs: Inputs, folder: Path, storage: Storage, progress: Progress, stop: StopSignal
) -> Inputs:
    """The same inputs with every sha256; objects that no manifest vouches for are fetched to learn it."""
    unknown = [one for one in inputs.objects if one.sha256 is None]
    if not unknown:
        return inputs
    digests = iter(fetch(unknown, folder, storage, progress, stop))
    objects = (replace(one, sha256=one.sha256 or next(digests)) for one in inputs.objects)
    return replace(inputs, objects=tuple(objects))


def fetch(
    objects: Sequence[Input], folder: Path, storage: Storage, progress: Progress, stop: StopSignal
) -> list[str]:
    """Fetch objects into `folder`; what is there already is not fetched again. Returns their sha256s."""
    missing = [one for one in objects if not (folder / one.target).exists()]
    total = max(1, sum(one.size for one in missing))
    arrived = [0]

    def count(size: int) -> None:
        arrived[0] += size
        progress.update(arrived[0] / total, f"fetching: {arrived[0] / 1e6:.1f} of {total / 1e6:.1f} MB")

    wanted = [Wanted(one.source, folder / one.target, one.size, one.sha256) for one in missing]
    return download_all(storage, wanted, stop, count)


def _frames(scene: str, storage: Storage, progress: Progress, stop: StopSignal) -> tuple[Input, ...]:
    folder = frames_place(scene).folder
    manifest = read_manifest(storage, frames_place(scene).manifest)
    stored = [replace(one, path=one.path.removeprefix(folder)) for one in storage.objects(folder)]
    if manifest is None:
        found = frames_only(stored, progress)
        if not found:
            raise StageError(
                "frames/none",
                f"there is no photograph and no video in {storage.url}/{folder}",
                "put some there, or set FRAMES (--frames) to a folder or s3:// address to import",
            )
        return tuple(Input(folder + one.path, one.path, one.size, None) for one in found)
    _refuse(storage, whole(storage, folder, manifest, stop), "import the photographs again")
    listed = {one.path for one in manifest.objects} | {"manifest.json"}
    others = [one for one in stored if one.path not in listed]
    if others:
        progress.warning(
            f"{len(others)} files in {storage.url}/{folder} are not in its manifest and are left out, "
            f'"{others[0].path}" for one; import the whole set again to use them'
        )
    return tuple(Input(folder + one.path, one.path, one.size, one.sha256) for one in manifest.objects)


def _finished(
    stage: StageName, scene: str, storage: Storage, expected_keys: Mapping[str, str]
) -> tuple[Manifest, bytes]:
    place = stage_place(stage, scene)
    document = storage.read_document(place.manifest)
    if document is None:
        raise StageError(
            "storage/not-whole",
            f'stage {stage} of scene "{scene}" has not finished: there is no {storage.url}/{place.manifest}',
            f"run stage {stage} first",
        )
    manifest = parse_manifest(document.data, f"{storage.url}/{place.manifest}")
    if manifest.key != expected_keys.get(stage, manifest.key):
        raise StageError(
            "storage/replaced",
            f'another run of scene "{scene}", with other photographs, options or seed, has meanwhile '
            f"replaced what stage {stage} of this run had made",
            "give one of the two runs another scene id, and run this one again",
        )
    _refuse(storage, gaps(storage, place.folder, manifest), f"run stage {stage} again")
    return manifest, document.data


def _refuse(storage: Storage, wrong: list[str], hint: str) -> None:
    if wrong:
        more = f"; and {len(wrong) - 5} more" if len(wrong) > 5 else ""
        raise StageError("storage/not-whole", f"in {storage.url}: {'; '.join(wrong[:5])}{more}", hint)
