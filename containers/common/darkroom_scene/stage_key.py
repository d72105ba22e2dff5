"""The name of a stage's result: everything that it is made from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from darkroom_scene.json_value import JsonValue, canonical_json

SPEC = "darkroom-scene/1"
DEVICE = "cpu"


@dataclass(frozen=True)
class KeyParts:
    """What a stage's result depends on: inputs as (path, sha256), own options, seed, the image's key."""

    stage: str
    inputs: tuple[tuple[str, str], ...]
    options: Mapping[str, JsonValue]
    seed: int
    image: str | None


def stage_key(parts: KeyParts) -> str:
    """The sha256, in hexadecimal, of the canonical JSON of the parts; order is no matter."""
    return hashlib.sha256(
        canonical_json(
            {
                "spec": SPEC,
                "stage": parts.stage,
                "inputs": [[path, sha256] for path, sha256 in sorted(parts.inputs)],
                "options": dict(parts.options),
                "seed": parts.seed,
                "device": DEVICE,
                "image": parts.image,
            }
        )
    ).hexdigest()


def inputs_key(inputs: Iterable[tuple[str, str]]) -> str:
    """The sha256 of (path, sha256) pairs alone; names a set of photographs."""
    return hashlib.sha256(canonical_json([[path, sha256] for path, sha256 in sorted(inputs)])).hexdigest()
