from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from darkroom_scene.file_storage import FileStorage
from darkroom_scene.manifest import Image, Manifest, ObjectEntry, write_manifest
from tests.small_scene import make_scene

STEPS = 600


def store_scene(root: Path) -> None:
    """What stage sfm leaves, for a scene "s"."""
    folder = root / "colmap/s"
    make_scene(folder)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    objects = tuple(
        ObjectEntry(
            path.relative_to(folder).as_posix(),
            path.stat().st_size,
            hashlib.sha256(path.read_bytes()).hexdigest(),
        )
        for path in files
    )
    manifest = Manifest("sfm", "s", "1" * 64, objects, {}, 0, {}, Image(None, None), 1, 1, {})
    write_manifest(FileStorage(root), "colmap/s/manifest.json", manifest)


def start(root: Path, **environ: str) -> subprocess.Popen[str]:
    """The stage's command as a container starts it."""
    options = {"steps": str(STEPS), "size": "64", "max_gaussians": "600"}
    variables = {
        **os.environ,
        "STORAGE": root.as_uri(),
        "SCENE_ID": "s",
        "OPTIONS": json.dumps(options),
        "PYTHONPATH": os.pathsep.join(sys.path),
        **environ,
    }
    command = [sys.executable, "-m", "train"]
    return subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def events(process: subprocess.Popen[str]) -> Iterator[dict[str, Any]]:
    assert process.stdout is not None
    return (json.loads(line) for line in process.stdout)


def wait_for_training(process: subprocess.Popen[str], done: float) -> None:
    """Returns when the process has come as far as `done`."""
    for event in events(process):
        if event["event"] == "progress" and event["done"] > done and "loss" in event["message"]:
            return
    raise AssertionError(f"ended before: {process.stderr.read() if process.stderr else ''}")


def finish(process: subprocess.Popen[str]) -> tuple[int, list[dict[str, Any]]]:
    told = list(events(process))
    assert process.stderr is not None
    process.stderr.read()
    return process.wait(60), told


def test_stopped_then_killed_then_left_alone_it_ends_in_the_same_bytes(tmp_path: Path) -> None:
    for name in ("whole", "parts"):
        store_scene(tmp_path / name)
    assert finish(start(tmp_path / "whole"))[0] == 0

    process = start(tmp_path / "parts")
    wait_for_training(process, 0.2)
    process.send_signal(signal.SIGTERM)
    asked = time.monotonic()
    assert finish(process)[0] == 143
    assert time.monotonic() - asked < 10

    process = start(tmp_path / "parts")
    wait_for_training(process, 0.5)
    process.kill()
    assert finish(process)[0] == -signal.SIGKILL

    # The lease of a process that was killed is taken over when it has run out.
    lease = tmp_path / "parts/outputs/s/lease.json"
    lease.unlink(missing_ok=True)
    code, told = finish(start(tmp_path / "parts"))
    assert code == 0, told
    assert told[-1]["event"] == "result"
    assert told[-1]["summary"]["resumed_from"] > 0
    whole, parts = (tmp_path / name / "outputs/s/scene.ply" for name in ("whole", "parts"))
    assert whole.read_bytes() == parts.read_bytes()
    assert not list((tmp_path / "parts/outputs/s/checkpoints").rglob("manifest.json"))


def test_presets_for_a_graphics_card_end_with_exit_code_2(tmp_path: Path) -> None:
    store_scene(tmp_path)
    code, told = finish(start(tmp_path, PRESET="standard", OPTIONS="{}"))
    assert code == 2
    assert told[-1]["code"] == "train/no-gpu"
    assert "preview" in told[-1]["hint"]
