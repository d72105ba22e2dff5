"""Runs splat-transform (https://github.com/playcanvas/splat-transform, MIT) as a program."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from darkroom_scene.errors import StageError
from darkroom_scene.stop_signal import StopSignal

REPEATABLE = Path(__file__).with_name("repeatable.mjs")

POLL = 0.2
"""Seconds between two looks at whether the stage is to stop."""


@dataclass(frozen=True)
class SplatTransform:
    """The program: Node, its entry file, and the version of each."""

    node: str
    entry: Path
    version: str
    node_version: str


def find_splat_transform(search_path: str | None = None) -> SplatTransform:
    """The program on `search_path` (default: `PATH`).

    Raises:
        StageError: `view/no-splat-transform` when it, or Node, is not there.
    """
    command, node = shutil.which("splat-transform", path=search_path), shutil.which("node", path=search_path)
    if command is None or node is None:
        missing = "splat-transform" if command is None else "node"
        raise StageError(
            "view/no-splat-transform",
            f'there is no program "{missing}" on PATH',
            "run the stage in its image, or npm ci in containers/splat-tools with node_modules/.bin on PATH",
        )
    entry = Path(command).resolve()
    version = str(json.loads((entry.parent.parent / "package.json").read_bytes())["version"])
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)
    return SplatTransform(node, entry, version, said.stdout.strip().removeprefix("v"))


def convert(
    program: SplatTransform, source: Path, target: Path, stop: StopSignal, arguments: Sequence[str] = ()
) -> None:
    """Write `source` as `target`, whose suffix names the form; the same input gives the same bytes.

    Args:
        program: what to run.
        source: a .ply.
        target: .sog, .compressed.ply, .spz or .html.
        stop: looked at while it runs.
        arguments: actions and options of splat-transform, in its order.

    Raises:
        StageError: `view/splat-transform` with the program's own words.
        Stopped: the stage was asked to stop; the program is gone by then.
    """
    # One worker gives the bytes of any number of them, sooner on the two cores this is made for.
    options = ["--quiet", "--overwrite", "--gpu", "cpu", "--max-workers", "0", "--sh-iterations", "3"]
    command = [program.node, "--import", REPEATABLE.as_uri(), str(program.entry), *options]
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(
            [*command, str(source), *arguments, str(target)],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            # Archives hold the time of the place where they are written.
            env={**os.environ, "TZ": "UTC"},
        )
        try:
            while not _ended(child):
                stop.check()
        finally:
            child.kill()
            child.wait()
        said.seek(0)
        words = said.read().decode(errors="replace")
    if child.returncode != 0 or not target.is_file():
        raise StageError(
            "view/splat-transform",
            f"splat-transform {program.version} made no {target.name} of {source.name} "
            f"(exit code {child.returncode}): {_reason(words)}",
            "to have scene.ply made again, remove train-manifest.json in the scene's outputs and run again",
        )


def _ended(child: subprocess.Popen[bytes]) -> bool:
    try:
        child.wait(POLL)
    except subprocess.TimeoutExpired:
        return False
    return True


def _reason(words: str) -> str:
    """The line that says what went wrong, without the trace below it."""
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    told = [line for line in lines if "Error" in line] or lines
    return told[0].removeprefix("✗").strip() if told else "it said nothing"
