"""A volume: voxels on a grid in the patient's space."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np


def by_axes(values: Iterable[float], digits: int = 4) -> str:
    """`0.8 x 0.8 x 5`: a number per axis with so many significant digits, as messages give it."""
    return " x ".join(f"{value:.{digits}g}" for value in values)


# Files hold spacing in single precision: what lies halfway between two voxels by the numbers of one
# lies a hundred-thousandth beside it by another's. Both shall mean the same voxel.
ROUNDING = 1e-4


def nearest_voxel(position: np.ndarray) -> np.ndarray:
    """The voxel nearest to each position (in voxels, fractions allowed); halfway, the next one."""
    return np.floor(position + 0.5 + ROUNDING).astype(int)


@dataclass(frozen=True)
class Volume:
    """`voxels` ordered (z, y, x), and `affine` (4 x 4) from voxel (x, y, z) to position in mm, LPS.

    Voxels keep the type they are stored in (an integer type where the file needs no rescaling), so
    that a large image is not converted for the sake of a small lesion. `stated` are other affines
    that the file gives for the same voxels (a qform beside the sform); `notes` are sentences on
    what was decided while reading. `placed`: whether the file says where in the patient it lies;
    `subject` and `space`: what DICOM says of the patient (Patient ID) and of the space that its
    positions are in (Frame of Reference UID), to be compared and never to be shown.
    """

    voxels: np.ndarray
    affine: np.ndarray
    stated: tuple[np.ndarray, ...] = ()
    notes: tuple[str, ...] = ()
    placed: bool = True
    subject: str = ""
    space: str = ""

    @property
    def size(self) -> np.ndarray:
        """Voxels along x, y, z."""
        return np.array(self.voxels.shape[::-1])

    @property
    def spacing(self) -> np.ndarray:
        """Distance of neighbouring voxels along x, y, z in mm."""
        return np.linalg.norm(self.affine[:3, :3], axis=0)

    @property
    def direction(self) -> np.ndarray:
        """Direction cosines: column i is where voxel axis i (x, y, z) points to, LPS."""
        return self.affine[:3, :3] / self.spacing

    def position(self, index: np.ndarray) -> np.ndarray:
        """Positions in mm (LPS) of voxels (x, y, z), fractions allowed; shape (..., 3)."""
        return np.asarray(index) @ self.affine[:3, :3].T + self.affine[:3, 3]

    def index(self, position: np.ndarray) -> np.ndarray:
        """Voxels (x, y, z), with fractions, at positions in mm (LPS); shape (..., 3)."""
        inverse = np.linalg.inv(self.affine)
        return np.asarray(position) @ inverse[:3, :3].T + inverse[:3, 3]

    def crop(self, start: np.ndarray, stop: np.ndarray) -> "Volume":
        """The voxels from `start` up to `stop` (x, y, z), at their place."""
        affine = self.affine.copy()
        affine[:3, 3] = self.position(start)
        window = tuple(slice(int(a), int(b)) for a, b in zip(start[::-1], stop[::-1], strict=True))
        return replace(self, voxels=self.voxels[window], affine=affine, stated=())
