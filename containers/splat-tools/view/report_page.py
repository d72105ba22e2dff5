"""The report as one page that needs nothing but itself and, for the scene, viewer.html beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2

from darkroom_scene.errors import StageError
from darkroom_scene.json_value import JsonValue
from view.checks import mean_photo_warning
from view.pictures import data_uri, jpeg

MOST_PAIRS = 24
"""Picture pairs on the page; of more held-out photographs an even choice from best to worst is shown."""

PAIR_PIXELS = 720
INITIAL_PIXELS = 1280


@dataclass(frozen=True)
class Pair:
    """A held-out photograph beside what the scene shows from its place."""

    name: str
    photo: Path
    render: Path


@dataclass(frozen=True)
class Pictures:
    """The stills of stage train: the initial view (None when there is none), and the pairs."""

    initial: Path | None
    pairs: Sequence[Pair]


def page_pictures(outputs: Path, train: Mapping[str, Any]) -> Pictures:
    """The stills that the summary of stage train names, as files below `outputs`.

    Raises:
        StageError: `view/no-still` when it names one that is not there.
    """
    still = train.get("still")
    views = sorted(train.get("views", []), key=lambda view: view["psnr"], reverse=True)
    pairs = [
        Pair(view["name"], _still(outputs, view["photo"]), _still(outputs, view["render"]))
        for view in views
        if view.get("photo") and view.get("render")
    ]
    step = max(1.0, len(pairs) / MOST_PAIRS)
    shown = [pairs[int(at * step)] for at in range(min(len(pairs), MOST_PAIRS))]
    return Pictures(_still(outputs, still) if still else None, sorted(shown, key=lambda pair: pair.name))


def render_page(report: Mapping[str, Any], pictures: Pictures) -> str:
    """The report as HTML; every name in it is text, whatever it holds."""
    views = {view["name"]: view for view in report["train"]["views"]}
    pairs = [
        {
            **views[pair.name],
            "photo": data_uri(jpeg(pair.photo, PAIR_PIXELS)),
            "render": data_uri(jpeg(pair.render, PAIR_PIXELS)),
        }
        for pair in pictures.pairs
    ]
    initial = data_uri(jpeg(pictures.initial, INITIAL_PIXELS)) if pictures.initial else None
    compared = report["comparison"]
    earlier = {view["name"]: view["baseline"] for view in compared["views"]} if compared else {}
    warning = mean_photo_warning(report["train"]["psnr"], report["train"].get("psnr_baseline"))
    return _template().render(report=report, pairs=pairs, initial=initial, earlier=earlier, warning=warning)


def duration(seconds: float) -> str:
    """Seconds as a person says them: `4.2 s`, `3 min 07 s`, `2 h 05 min`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def file_size(count: int) -> str:
    """Bytes as a person says them, in powers of 1000."""
    size = float(count)
    for unit in ("B", "kB", "MB"):
        if size < 999.5:
            return f"{size:.0f} {unit}" if unit == "B" or size >= 99.5 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def number(value: JsonValue, digits: int = 2) -> str:
    """A figure with so many digits after the point, thousands apart; a dash for none."""
    if value is None:
        return "–"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    text = f"{value:,}" if isinstance(value, int) else f"{value:,.{digits}f}"
    return text.replace(",", "\u202f").replace("-", "−")


def _still(outputs: Path, path: str) -> Path:
    file = outputs / path
    if not file.resolve().is_relative_to(outputs.resolve()) or not file.is_file():
        raise StageError(
            "view/no-still",
            f'the summary of stage train names the picture "{path}", which is not among its outputs',
            "run stage train again: remove outputs/<scene>/train-manifest.json first",
        )
    return file


def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(duration=duration, size=file_size, number=number)
    return environment.from_string(resources.files("view").joinpath("report.html.jinja").read_text())
