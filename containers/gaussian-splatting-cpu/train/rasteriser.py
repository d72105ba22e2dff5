"""The rasteriser's library: pictures of Gaussians, their gradients, structural similarity and Adam's step."""

from __future__ import annotations

import ctypes
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from train.gaussians import Array, Gaussians

os.environ.setdefault(
    "OMP_WAIT_POLICY", "passive"
)  # a thread that spins at a barrier starves its neighbours on a loaded machine

LIBRARIES = Path(__file__).parent / "lib"


@dataclass(frozen=True)
class View:
    """A pinhole camera: COLMAP's convention (x right, y down, z forward; first pixel's centre at 0.5, 0.5).

    Attributes:
        rotation: (3, 3) world to camera.
        translation: (3,).
        near: Gaussians whose centre is nearer are not drawn.
        dilation: Variance in pixels² added to each footprint (0.3 in Kerbl et al. 2023).
        compensate: Lower the opacity as the dilation widens the footprint (Mip-Splatting, arXiv 2311.16493).
    """

    rotation: NDArray[np.float64]
    translation: NDArray[np.float64]
    fx: float
    fy: float
    cx: float
    cy: float
    width: int
    height: int
    near: float = 0.01
    dilation: float = 0.3
    compensate: bool = True

    @property
    def centre(self) -> NDArray[np.float64]:
        """(3,) where the camera stands in the world."""
        return -self.rotation.T @ self.translation

    def resized(self, width: int, height: int) -> View:
        """The same view on another number of pixels."""
        x, y = width / self.width, height / self.height
        values = {**self.__dict__, "fx": self.fx * x, "fy": self.fy * y, "cx": self.cx * x, "cy": self.cy * y}
        return View(**{**values, "width": width, "height": height})


class _Structs:
    """The C structures for one real type."""

    def __init__(self, real: type[Any]) -> None:
        pointer = ctypes.c_void_p

        class Rows(ctypes.Structure):
            _fields_ = [
                *[(name, ctypes.c_int64) for name in ("count", "coefficients")],
                *[
                    (n, pointer)
                    for n in ("means", "log_scales", "quaternions", "opacity_logits", "harmonics")
                ],
            ]

        class Camera(ctypes.Structure):
            _fields_ = [
                ("rotation", real * 9),
                ("translation", real * 3),
                *[(name, real) for name in ("fx", "fy", "cx", "cy")],
                ("background", real * 3),
                *[(name, real) for name in ("near", "dilation")],
                *[(name, ctypes.c_int64) for name in ("width", "height", "degree", "compensate")],
            ]

        self.rows, self.camera = Rows, Camera


_REALS: dict[str, tuple[str, type[Any]]] = {
    "float32": ("f32", ctypes.c_float),
    "float64": ("f64", ctypes.c_double),
}
_STRUCTS = {name: _Structs(real) for name, (_, real) in _REALS.items()}


@cache
def library_name() -> str:
    """The library for this processor, below LIBRARIES."""
    wide = "x86-64-v3/libsplat.so"
    baseline = ctypes.CDLL(str(LIBRARIES / "libsplat.so"))
    return wide if baseline.splat_wide_vectors() and (LIBRARIES / wide).exists() else "libsplat.so"


@cache
def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(str(LIBRARIES / library_name()))
    for suffix, real in _REALS.values():
        getattr(library, f"splat_new_{suffix}").restype = ctypes.c_void_p
        getattr(library, f"splat_similarity_{suffix}").restype = real
    return library


def _pointer(values: NDArray[Any]) -> ctypes.c_void_p:
    assert values.flags.c_contiguous, "the library takes contiguous arrays"
    return ctypes.c_void_p(values.ctypes.data)


class Rasteriser:
    """Draws Gaussians; keeps its working memory between pictures."""

    def __init__(self, dtype: str = "float32") -> None:
        """Args: dtype: "float32", or "float64" to check gradients."""
        self._dtype = dtype
        self._suffix, self._real = _REALS[dtype]
        self._handle = ctypes.c_void_p(self._call("new"))
        self._count = 0

    def __del__(self) -> None:
        """Gives the working memory back."""
        if hasattr(self, "_handle"):
            self._call("free", self._handle)

    def _call(self, name: str, *arguments: object) -> Any:  # noqa: ANN401
        return getattr(_library(), f"splat_{name}_{self._suffix}")(*arguments)

    def _rows(self, gaussians: Gaussians) -> ctypes.Structure:
        arrays = dict(gaussians.groups())
        assert all(values.dtype == self._dtype for values in arrays.values()), f"all arrays are {self._dtype}"
        pointers = {name: _pointer(values) for name, values in arrays.items()}
        return _STRUCTS[self._dtype].rows(
            count=gaussians.count, coefficients=gaussians.harmonics.shape[1], **pointers
        )

    def draw(
        self,
        gaussians: Gaussians,
        view: View,
        degree: int,
        background: tuple[float, float, float] = (0, 0, 0),
    ) -> tuple[Array, Array]:
        """The picture (height, width, 3), and (height, width) the share of background seen in it."""
        camera = _STRUCTS[self._dtype].camera(
            (self._real * 9)(*view.rotation.ravel()),
            (self._real * 3)(*view.translation),
            *(view.fx, view.fy, view.cx, view.cy),
            (self._real * 3)(*background),
            *(view.near, view.dilation, view.width, view.height, degree, int(view.compensate)),
        )
        image = np.empty((view.height, view.width, 3), self._dtype)
        light = np.empty((view.height, view.width), self._dtype)
        rows = self._rows(gaussians)
        self._call(
            "draw", self._handle, ctypes.byref(rows), ctypes.byref(camera), _pointer(image), _pointer(light)
        )
        self._count = gaussians.count
        return image, light

    def differentiate(self, gaussians: Gaussians, image: Array, d_image: Array, out: Gaussians) -> None:
        """Writes to `out` the gradient of a loss; `d_image` is that over `image`, the picture last drawn."""
        rows, gradients = self._rows(gaussians), self._rows(out)
        slope = np.ascontiguousarray(d_image, dtype=self._dtype)
        pictures = (_pointer(image), _pointer(slope))
        self._call("differentiate", self._handle, ctypes.byref(rows), *pictures, ctypes.byref(gradients))

    def visible(self) -> NDArray[np.bool_]:
        """(n,) whether each Gaussian fell into the last picture."""
        out = np.empty(self._count, np.uint8)
        self._call("visible", self._handle, _pointer(out))
        return out.astype(bool)


def similarity(first: Array, second: Array, *, gradient: bool = False) -> tuple[float, Array | None]:
    """Mean SSIM of two pictures (Wang et al. 2004), and its gradient over the first.

    Args:
        first: (height, width, 3) in [0, 1].
        second: The same shape and type.
        gradient: Whether it is wanted.

    Raises:
        ValueError: A side is shorter than the window of 11 pixels.
    """
    height, width, _ = first.shape
    if min(height, width) < 11:
        raise ValueError(f"a picture of {width} x {height} is smaller than the window of 11 x 11")
    suffix, _ = _REALS[first.dtype.name]
    planes = [
        np.ascontiguousarray(np.moveaxis(picture, 2, 0), dtype=first.dtype) for picture in (first, second)
    ]
    out = np.empty_like(planes[0]) if gradient else None
    call = getattr(_library(), f"splat_similarity_{suffix}")
    size = (ctypes.c_int64(width), ctypes.c_int64(height))
    value = call(*map(_pointer, planes), *size, None if out is None else _pointer(out))
    return float(value), None if out is None else np.ascontiguousarray(np.moveaxis(out, 0, 2))


def adam_step(
    values: Array,
    gradients: Array,
    means: Array,
    squares: Array,
    *,
    rate: float,
    step: int,
    epsilon: float = 1e-15,
) -> None:
    """One step of Adam (Kingma and Ba 2015, beta 0.9 and 0.999) in place; `step` counts from 1."""
    suffix, real = _REALS[values.dtype.name]
    corrected = rate * (1 - 0.999**step) ** 0.5 / (1 - 0.9**step)
    arrays = [_pointer(array) for array in (values, gradients, means, squares)]
    numbers = [real(number) for number in (corrected, 0.9, 0.999, epsilon * (1 - 0.999**step) ** 0.5)]
    getattr(_library(), f"splat_adam_{suffix}")(ctypes.c_int64(values.size), *arrays, *numbers)
