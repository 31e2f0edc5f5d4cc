"""Where in an image the percentiles of its intensity are taken."""

import numpy as np

from radfuse.imaging.toolkit import sitk

BRIGHTEST = 99.9  # percentile above which voxels do not move the threshold: a spike is no tissue


def foreground(voxels: np.ndarray) -> np.ndarray:
    """The voxels above Otsu's threshold (256 bins; Otsu 1979, IEEE Trans SMC 9:62), as a list."""
    otsu = sitk.OtsuThresholdImageFilter()
    otsu.SetNumberOfHistogramBins(256)
    clipped = np.minimum(voxels, np.percentile(voxels, BRIGHTEST).astype(voxels.dtype))
    otsu.Execute(sitk.GetImageFromArray(np.ascontiguousarray(clipped)))
    return voxels[voxels > otsu.GetThreshold()]


def percentile_region(image: np.ndarray, crop: np.ndarray, region: str) -> np.ndarray:
    """The voxels that percentiles are taken of.

    `image`: the whole acquired image, air included, so that they do not depend on where the lesion
    was outlined. `foreground`: what of it is above Otsu's threshold, so that they do not depend on
    how much air there is. `roi`: reader 1's lesion with its margin, so that they do not depend on
    who else outlined it.
    """
    if region == "foreground":
        return foreground(image)
    return crop if region == "roi" else image
