"""A stage on a scene: inputs, key, skip or work, results."""

from __future__ import annotations

import resource
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from darkroom_scene.checkpoints import Checkpoints
from darkroom_scene.errors import StageError
from darkroom_scene.frames import FrameImport, import_frames, is_photo, is_video
from darkroom_scene.inputs import Inputs, fetch, find_inputs, with_known_hashes
from darkroom_scene.json_value import canonical_json
from darkroom_scene.lease import Lease
from darkroom_scene.local_files import local_files
from darkroom_scene.manifest import Manifest, ObjectEntry, whole
from darkroom_scene.options import option_values
from darkroom_scene.progress import Emit, Progress
from darkroom_scene.publication import known_manifest, publish
from darkroom_scene.scene_layout import stage_place
from darkroom_scene.settings import Settings
from darkroom_scene.stage_key import KeyParts, stage_key
from darkroom_scene.stage_types import Stage, StageContext, StageResult
from darkroom_scene.stop_signal import StopSignal
from darkroom_scene.storage import Storage
from darkroom_scene.transfer import file_sha256


@dataclass(frozen=True)
class Job:
    """One run of a stage: what is asked, where, and how it speaks and is stopped."""

    stage: Stage[Any]
    settings: Settings
    storage: Storage
    lease: Lease
    scratch: Path
    emit: Emit
    progress: Progress
    stop: StopSignal


def perform(job: Job) -> Manifest:
    """Do the work of the stage, or find it done; the manifest of its results."""
    started = time.monotonic()
    if job.stage.name == "sfm" and job.settings.frames:
        source = FrameImport(job.settings.frames, job.storage, job.settings.scene, job.scratch / "import")
        import_frames(source, job.progress.part(0, 0.02), job.stop)
    input_dir = job.scratch / "input"
    inputs = find_inputs(
        job.stage.name, job.settings.scene, job.storage, job.progress, job.stop, job.settings.input_keys
    )
    _check_input_type(job, inputs)
    inputs = with_known_hashes(inputs, input_dir, job.storage, job.progress.part(0.02, 0.03), job.stop)
    key = _key(job, inputs)
    done = _finished(job, key)
    job.emit({"event": "stage", "stage": job.stage.name, "key": key, "skipped": done is not None})
    if done:
        _tell_result(job, done, skipped=True)
        return done
    fetch(inputs.objects, input_dir, job.storage, job.progress.part(0.03, 0.04), job.stop)
    for path, data in inputs.documents.items():
        (input_dir / path).write_bytes(data)
    made = _work(job, key, input_dir, started)
    _tell_result(job, made, skipped=False)
    return made


def _key(job: Job, inputs: Inputs) -> str:
    settings = job.settings
    pairs = inputs.pairs()
    if job.stage.name == "view" and settings.baseline:
        pairs = (*pairs, ("baseline", file_sha256(settings.baseline, job.stop)))
    options = option_values(getattr(settings.options, job.stage.name))
    return stage_key(KeyParts(job.stage.name, pairs, options, settings.seed, settings.image.key))


def _finished(job: Job, key: str) -> Manifest | None:
    place = stage_place(job.stage.name, job.settings.scene)
    manifest = known_manifest(job.storage, place, job.progress)
    if manifest is None or manifest.key != key:
        return None
    wrong = whole(job.storage, place.folder, manifest, job.stop)
    if wrong:
        job.progress.notice(
            f"the stage runs again: {wrong[0]}" + (f" and {len(wrong) - 1} more" * (len(wrong) > 1))
        )
        return None
    return manifest


def _work(job: Job, key: str, input_dir: Path, started: float) -> Manifest:
    settings, name = job.settings, job.stage.name
    place = stage_place(name, settings.scene)
    checkpoints = Checkpoints(job.storage, place.checkpoints, name, key, job.progress, job.stop)
    output_dir, work_dir = job.scratch / "output", job.scratch / "work"
    output_dir.mkdir()
    work_dir.mkdir()
    options = getattr(settings.options, name)
    context = StageContext(
        settings.scene,
        options,
        settings.seed,
        input_dir,
        output_dir,
        work_dir,
        checkpoints,
        job.progress.part(0.04, 0.97),
        job.stop,
        settings.baseline,
    )
    result: StageResult = job.stage.work(context)
    canonical_json(
        result.summary
    )  # what JSON cannot hold is a mistake of the stage: found before anything is replaced
    job.stop.check()
    job.lease.confirm()

    def describe(entries: tuple[ObjectEntry, ...]) -> Manifest:
        job.lease.confirm()
        return Manifest(
            name,
            settings.scene,
            key,
            entries,
            option_values(options),
            settings.seed,
            dict(result.versions),
            settings.image,
            round(time.monotonic() - started, 1),
            peak_mb(),
            result.summary,
        )

    made = publish(
        job.storage, place, local_files(output_dir), describe, job.progress.part(0.97, 1), job.stop
    )
    checkpoints.clear()
    return made


def peak_mb() -> float:
    """The most memory (RSS, megabytes of 10^6 bytes) that this process, or one of its children, has used."""
    usage = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return round(max(usage) * 1024 / 1e6, 1)


def _check_input_type(job: Job, inputs: Inputs) -> None:
    """The seed's INPUT_TYPE says what the frames are; a contradiction is a mistake in one of the two."""
    kind = job.settings.input_type
    if kind is None or job.stage.name != "sfm":
        return
    expected = is_video if kind == "video" else is_photo
    other = [one.target for one in inputs.objects if not expected(one.target)]
    if other:
        raise StageError(
            "frames/input-type",
            f'INPUT_TYPE is "{kind}", and "{other[0]}" is not ({len(other)} of {len(inputs.objects)} files)',
            "leave INPUT_TYPE out: what the files are is seen from their names",
            exit_code=2,
        )


def _tell_result(job: Job, manifest: Manifest, *, skipped: bool) -> None:
    job.emit(
        {
            "event": "result",
            "stage": manifest.stage,
            "key": manifest.key,
            "skipped": skipped,
            "seconds": manifest.seconds,
            "peak_mb": manifest.peak_mb,
            "summary": manifest.summary,
        }
    )
