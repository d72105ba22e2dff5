"""Options of stage `sfm`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

MATCHING = ("auto", "exhaustive", "sequential", "retrieval")
CAMERAS = ("auto", "single", "folder", "image")
CAMERA_MODELS = ("SIMPLE_RADIAL", "RADIAL", "OPENCV", "OPENCV_FISHEYE", "PINHOLE")


@dataclass(frozen=True)
class SfmOptions:
    """How photographs become cameras and points; the defaults are those of preset `standard`."""

    matching: str = field(
        default="auto",
        metadata={
            "doc": "which photographs are compared: every two, neighbours in a sequence, or those that look "
            "alike; auto decides from the frames and says why",
            "choices": MATCHING,
        },
    )
    cameras: str = field(
        default="auto",
        metadata={
            "doc": "which photographs share a camera: all, a folder's, or none; auto goes by size, EXIF",
            "choices": CAMERAS,
        },
    )
    camera_model: str = field(
        default="SIMPLE_RADIAL",
        metadata={
            "doc": "the lens: OPENCV for a wide action camera, OPENCV_FISHEYE for fisheye, PINHOLE for none",
            "choices": CAMERA_MODELS,
        },
    )
    max_photo_px: int = field(
        default=2400,
        metadata={
            "doc": "longest side of the photographs from here on, pixels; larger ones are made smaller",
            "min": 256,
            "max": 16384,
        },
    )
    features: int = field(
        default=8192,
        metadata={
            "doc": "most features of a photograph; more find weaker overlaps and take longer to match",
            "min": 256,
            "max": 32768,
        },
    )
    video_frames: int = field(
        default=200,
        metadata={
            "doc": "most frames that are taken from a video, two a second or fewer",
            "min": 8,
            "max": 2000,
        },
    )
    attempts: int = field(
        default=6,
        metadata={
            "doc": "seeds that are tried until every photograph is in, before other ways are",
            "min": 1,
            "max": 50,
        },
    )
    min_registered: float = field(
        default=0.6,
        metadata={
            "doc": "least share of the photographs that must have a place in the model",
            "min": 0.0,
            "max": 1.0,
        },
    )
    min_points: int = field(
        default=100,
        metadata={"doc": "least points of the model", "min": 0, "max": 1_000_000},
    )
    max_reprojection_px: float = field(
        default=2.0,
        metadata={
            "doc": "greatest mean distance of a point from where the photographs see it, pixels",
            "min": 0.1,
            "max": 100.0,
        },
    )

    @classmethod
    def preset(cls, name: str) -> Self:
        """The options of a preset: smaller photographs and shorter videos the less time there is."""
        match name:
            case "preview":
                return cls(max_photo_px=1600, video_frames=100)
            case "high":
                return cls(max_photo_px=3200, video_frames=400)
            case _:
                return cls()
