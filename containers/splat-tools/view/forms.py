"""The forms of a scene that are smaller than its .ply, and the page to look at it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from darkroom_scene.json_value import JsonValue
from darkroom_scene.progress import Progress
from darkroom_scene.stop_signal import StopSignal
from view.splat_transform import SplatTransform, convert
from view.viewer_frame import ViewerFrame


@dataclass(frozen=True)
class Form:
    """A file of the scene: its name in the output folder, bytes, and what it is, for people."""

    path: str
    bytes: int
    about: str


ABOUT = {
    "scene.ply": "as trained, for every tool",
    "scene.compressed.ply": "packed, for PlayCanvas and SuperSplat",
    "scene.sog": "smallest, for the web",
    "scene.spz": "for Niantic's and Adobe's tools",
    "viewer.html": "opens in a browser without network",
}


@dataclass(frozen=True)
class FormMaker:
    """What all forms are made with."""

    program: SplatTransform
    ply: Path
    output_dir: Path
    work_dir: Path
    harmonics: int
    progress: Progress
    stop: StopSignal


def make_forms(maker: FormMaker, frame: ViewerFrame, settings: Mapping[str, JsonValue]) -> tuple[Form, ...]:
    """Write every form into the output folder, in the world of the .ply; only the viewer's is upright."""
    settings_file = maker.work_dir / "viewer-settings.json"
    settings_file.write_text(json.dumps(settings))
    fewer = ["--filter-harmonics", str(maker.harmonics)] if maker.harmonics < 3 else []
    upright = f"--rotate={','.join(str(angle) for angle in frame.euler)}"
    forms: dict[str, list[str]] = {
        "scene.compressed.ply": [],
        "scene.spz": [],
        "scene.sog": fewer,
        "viewer.html": [*fewer, upright, "--viewer-settings", str(settings_file)],
    }
    for done, (name, arguments) in enumerate(forms.items()):
        maker.progress.update(done / len(forms), f"writing {name}")
        convert(maker.program, maker.ply, maker.output_dir / name, maker.stop, arguments)
    maker.progress.update(1.0, "the forms are written")
    files = {"scene.ply": maker.ply, **{name: maker.output_dir / name for name in forms}}
    return tuple(Form(name, files[name].stat().st_size, about) for name, about in ABOUT.items())
