"""Reading NRRD and MetaImage (.nrrd, .nhdr, .mha, .mhd) through SimpleITK."""

import re
import zlib
from pathlib import Path

import numpy as np

from radfuse.errors import StudyError
from radfuse.imaging.choice import choose_volume
from radfuse.imaging.files import DATA_FILE, parts
from radfuse.imaging.toolkit import sitk
from radfuse.imaging.volume import Volume

HEADER = 8192  # bytes within which a header ends
CHUNK = 1 << 20
DATA_OFFSET = re.compile(rb"^HeaderSize\s*=\s*-?[1-9]", re.I | re.M)
COMPRESSED = re.compile(rb"^CompressedData\s*=\s*True", re.I | re.M)


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
    check_compressed(path, voxels.nbytes, place)
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


def check_compressed(path: Path, size: int, place: str) -> None:
    """Raises StudyError E11 where the compressed voxels of a MetaImage are damaged: ITK prints so,
    and goes on with what it got. `size`: bytes of all voxels."""
    with path.open("rb") as file:
        header = file.read(HEADER)
    data = DATA_FILE.search(header)
    if not (COMPRESSED.search(header) and data):
        return
    local = data[1].upper() == b"LOCAL"
    files = parts(path)
    if not (local or len(files) == 2) or DATA_OFFSET.search(header):
        return  # several files, or data with a header of their own
    source = path if local else files[1]
    unpacked, packed = 0, zlib.decompressobj(zlib.MAX_WBITS | 32)  # zlib's format or gzip's
    try:
        with source.open("rb") as file:
            file.seek(header.index(b"\n", data.end()) + 1 if local else 0)
            while chunk := file.read(CHUNK):
                unpacked += len(packed.decompress(chunk))
    except (ValueError, zlib.error) as error:
        reason = str(error)
    else:
        reason = "" if packed.eof and unpacked == size else f"{unpacked} of {size} bytes of voxels"
    if reason:
        raise StudyError(
            f"E11 file: {place}: {source} cannot be read (its compressed voxels are damaged: "
            f"{reason}); export it again."
        )


def states_spacing(path: Path) -> bool:
    """Whether the header of a NRRD or MetaImage says how far apart voxels are."""
    with path.open("rb") as file:
        header = file.read(HEADER).lower()
    return any(word in header for word in (b"space directions", b"spacings", b"elementspacing"))
