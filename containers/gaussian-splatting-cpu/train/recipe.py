"""The numbers of training that are no options: measured on photographs, see the README."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    """How training proceeds; lengths are in units of the scene's scale (`scene_scale`).

    Attributes:
        near: Gaussians that are nearer to a camera are not drawn in it.
        pixel_gaussians: Share of the room for Gaussians that is filled with ones at pixels, at depths between
            the sparse points'.
        sky_gaussians: Gaussians on a whole shell far behind everything; only what is in a picture is kept.
        similarity_weight: Share of 1 - SSIM in the loss; the rest is the mean absolute difference.
        dropped: Share of Gaussians left out of a step's picture, reached linearly at the end: no picture may
            hang on single Gaussians (cf. DropGaussian, Park et al. 2025, arXiv 2504.00773).
        coarse_until: Share of the steps that look at photographs of half the size.
        means_rate, means_rate_end: Adam's rate of the means, falling exponentially between the two.
        log_scales_rate, quaternions_rate, opacity_logits_rate, colour_rate, harmonics_rate: Adam's others.
        opacity_weight, scale_weight: Of mean opacity and mean size in the loss (Kheradmand et al. 2024).
        relocate_every, relocate_until: Steps between relocations, and the share of all after which they end.
        growth: Most new Gaussians at a relocation, as a share of those there.
        dead_opacity: Gaussians that are fainter are moved.
    """

    near: float = 0.1
    pixel_gaussians: float = 0.9
    sky_gaussians: int = 9000
    similarity_weight: float = 0.2
    dropped: float = 0.2
    coarse_until: float = 0.3
    means_rate: float = 5e-4
    means_rate_end: float = 5e-6
    log_scales_rate: float = 5e-3
    quaternions_rate: float = 1e-3
    opacity_logits_rate: float = 5e-2
    colour_rate: float = 5e-3
    harmonics_rate: float = 2.5e-4
    opacity_weight: float = 0.03
    scale_weight: float = 0.06
    relocate_every: int = 100
    relocate_until: float = 0.8
    growth: float = 0.05
    dead_opacity: float = 0.005
