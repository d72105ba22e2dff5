"""Why a photograph has no place in the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sfm.scene_database import MatchedPair
from sfm.view_graph import FIRM_MATCHES

FEW_FEATURES = 300


def reasons_left_out(
    features: Mapping[str, int],
    matches: Sequence[MatchedPair],
    registered: Sequence[str],
    others: Sequence[Sequence[str]],
) -> dict[str, str]:
    """Every photograph that has no place, in order, and the reason its figures give.

    Args:
        features: of every photograph.
        matches: pairs that agree on a geometry.
        registered: photographs that have a place.
        others: photographs of the smaller models.
    """
    placed = set(registered)
    best: dict[str, int] = {}
    to_placed: dict[str, int] = {}
    for pair in matches:
        for name, partner in ((pair.one, pair.other), (pair.other, pair.one)):
            best[name] = max(best.get(name, 0), pair.matches)
            if partner in placed:
                to_placed[name] = max(to_placed.get(name, 0), pair.matches)
    groups = {name: len(group) for group in others for name in group}
    return {
        name: _reason(count, best.get(name, 0), to_placed.get(name, 0), groups.get(name, 0))
        for name, count in features.items()
        if name not in placed
    }


def _reason(features: int, best: int, to_placed: int, group: int) -> str:
    if features < FEW_FEATURES:
        return f"only {features} features: blurred, dark, or a plain surface"
    if best == 0:
        return "no overlap: it matches no other photograph"
    if to_placed < FIRM_MATCHES and group:
        return f"it belongs to {group} photographs that do not overlap with the others"
    if to_placed < FIRM_MATCHES:
        return f"few matches: at most {to_placed} with a photograph that has a place"
    return f"its {to_placed} matches fit no place in the model"
