"""Reading NRRD and MetaImage (.nrrd, .nhdr, .mha, .mhd) through SimpleITK."""

from pathlib import Path

import numpy as np

from radfuse.errors import StudyError
from radfuse.imaging.choice import choose_volume
from radfuse.imaging.toolkit import sitk
from radfuse.imaging.volume import Volume

HEADER = 8192  # bytes within which a header ends


def read_itk(path: Path, place: str, wanted: str | None, image_io: str) -> Volume:
    """Read a volume; of a 4D file or one of several components the one that is `wanted`.

    `image_io` is ITK's reader, which it would else choose by the name.
    Raises StudyError: E11 where it cannot be read, E12 or E18 where it is no single volume.
    """
    try:
        image = sitk.ReadImage(str(path), imageIO=image_io)
        voxels = sitk.GetArrayFromImage(image)
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1].strip()
        raise StudyError(
            f"E11 file: {place}: {path} cannot be read ({reason}); export it again."
        ) from None
    if image.GetNumberOfComponentsPerPixel() > 1:
        voxels = np.moveaxis(voxels, -1, 0)
    dimensions = image.GetDimension()
    if dimensions < 3:
        raise StudyError(
            f"E12 geometry: {place}: {path} has {dimensions} dimensions, three are needed; save "
            "the one volume that was outlined."
        )
    direction = np.array(image.GetDirection()).reshape(dimensions, dimensions)[:3, :3]
    affine = np.eye(4)
    affine[:3, :3] = direction * image.GetSpacing()[:3]
    affine[:3, 3] = image.GetOrigin()[:3]
    notes = () if states_spacing(path) else ("the file states no spacing: 1 mm is taken",)
    return Volume(choose_volume(voxels, wanted, [], path, place), affine, notes=notes)


def states_spacing(path: Path) -> bool:
    """Whether the header of a NRRD or MetaImage says how far apart voxels are."""
    with path.open("rb") as file:
        header = file.read(HEADER).lower()
    return any(word in header for word in (b"space directions", b"spacings", b"elementspacing"))
