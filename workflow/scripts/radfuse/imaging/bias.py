"""N4 bias-field correction of MRI (Tustison et al. 2010, IEEE Trans Med Imaging 29:1310)."""

import numpy as np
import SimpleITK as sitk

from radfuse.imaging.volume import Volume

SHRUNKEN = 64  # voxels along an axis that the field, which is smooth, is estimated on


def without_bias(image: Volume) -> Volume:
    """The image divided by its bias field, float32, on the same grid.

    The field is estimated within Otsu's foreground on a shrunken image, on one thread: sums in
    another order would give other last digits.
    """
    voxels = image.voxels.astype(np.float32)
    shifted = voxels - min(float(voxels.min()), 0.0)  # the logarithm needs what is not negative
    full = sitk.GetImageFromArray(shifted)
    full.SetSpacing(image.spacing.tolist())
    factors = [max(1, int(size) // SHRUNKEN) for size in image.size]
    small = sitk.Shrink(full, factors)
    inside = sitk.OtsuThreshold(small, 0, 1, 200)
    n4 = sitk.N4BiasFieldCorrectionImageFilter()
    n4.SetNumberOfThreads(1)
    n4.SetMaximumNumberOfIterations([50, 50, 30])
    n4.Execute(small, inside)
    field = sitk.GetArrayFromImage(n4.GetLogBiasFieldAsImage(full))
    corrected = shifted / np.exp(field) + min(float(voxels.min()), 0.0)
    return Volume(corrected.astype(np.float32), image.affine, image.stated, image.notes)
