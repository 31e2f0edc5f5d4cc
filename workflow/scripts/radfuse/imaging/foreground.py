"""Where in an image the percentiles of its intensity are taken."""

import numpy as np
import SimpleITK as sitk


def foreground(voxels: np.ndarray) -> np.ndarray:
    """The voxels above Otsu's threshold (256 bins; Otsu 1979, IEEE Trans SMC 9:62), as a list."""
    otsu = sitk.OtsuThresholdImageFilter()
    otsu.SetNumberOfHistogramBins(256)
    otsu.Execute(sitk.GetImageFromArray(np.ascontiguousarray(voxels, dtype=np.float32)))
    return voxels[voxels > otsu.GetThreshold()]


def percentile_region(image: np.ndarray, crop: np.ndarray, region: str) -> np.ndarray:
    """The voxels that percentiles are taken of.

    `image`: the whole acquired image, air included, so that they do not depend on where the lesion
    was outlined. `foreground`: what of it is above Otsu's threshold, so that they do not depend on
    how much air there is. `roi`: the resampled crop around the lesion.
    """
    if region == "foreground":
        return foreground(image)
    return crop if region == "roi" else image
