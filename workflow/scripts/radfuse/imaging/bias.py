"""N4 bias-field correction of MRI (Tustison et al. 2010, IEEE Trans Med Imaging 29:1310)."""

import numpy as np

from radfuse.errors import StudyError
from radfuse.imaging.foreground import BRIGHTEST
from radfuse.imaging.toolkit import sitk
from radfuse.imaging.volume import Volume

SHRUNKEN = 64  # voxels along an axis that the field, which is smooth, is estimated on
FEWEST = 4  # voxels along an axis: the field's splines have as many control points


def without_bias(image: Volume, path: str, place: str) -> Volume:
    """The image divided by its bias field, float32, on the same grid.

    The field is estimated within Otsu's foreground on a shrunken image. Raises StudyError E16 for
    an image too thin to have a field.
    """
    if image.size.min() < FEWEST:
        shown = " x ".join(map(str, image.size))
        raise StudyError(
            f"E16 voxels: {place}: {path} has {shown} voxels, N4 needs {FEWEST} along every axis; "
            "set intensity.bias_correction: none."
        )
    voxels = image.voxels.astype(np.float32)
    offset = min(float(voxels.min()), 0.0)
    voxels -= offset  # the logarithm needs what is not negative
    full = sitk.GetImageFromArray(voxels)
    full.SetSpacing(image.spacing.tolist())
    factors = [max(1, int(size) // SHRUNKEN) for size in image.size]
    small = sitk.Shrink(full, factors)
    brightest = float(np.percentile(sitk.GetArrayViewFromImage(small), BRIGHTEST))
    inside = sitk.OtsuThreshold(sitk.Clamp(small, upperBound=brightest), 0, 1, 200)
    n4 = sitk.N4BiasFieldCorrectionImageFilter()
    n4.SetMaximumNumberOfIterations([50, 50, 30])
    n4.Execute(small, inside)
    field = sitk.GetArrayFromImage(n4.GetLogBiasFieldAsImage(full))
    voxels /= np.exp(field)
    voxels += offset
    return Volume(voxels, image.affine, image.stated, image.notes)
