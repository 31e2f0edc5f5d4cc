"""The picture of what was cropped."""

import numpy as np
import pytest
import SimpleITK as sitk
from PIL import Image

from radfuse.imaging.overlay import OUTLINES, SQUARE, edge, save_overlay
from radfuse.imaging.roi import extract_roi


@pytest.fixture
def roi():
    voxels = np.zeros((10, 60, 60), np.float32)
    mask = np.zeros(voxels.shape, bool)
    mask[3:7, 20:40, 20:40] = True
    voxels[mask] = 100
    image = sitk.GetImageFromArray(voxels)
    image.SetSpacing((1.0, 1.0, 5.0))
    smaller = mask.copy()
    smaller[:, :25] = False
    return extract_roi(image, {"reader1": mask, "reader2": smaller}, 1.0, 5.0)


def test_edge_is_the_rim_of_an_area():
    area = np.zeros((7, 7), bool)
    area[1:6, 1:6] = True
    assert edge(area).sum() == 16
    assert not edge(area)[3, 3]


@pytest.mark.parametrize("simulated", [True, False])
def test_the_outlines_lie_where_the_masks_are(roi, tmp_path, simulated):
    path = tmp_path / "overlay.png"
    save_overlay(roi, 0.0, 200.0, "P1 CT AP", simulated, str(path))
    with Image.open(path) as picture:
        box = [int(text) for text in picture.info["slice"].split()]
        slice_ = np.asarray(picture.crop(box))
        assert picture.height > box[3]
    zoom = slice_.shape[1] // roi.volume.GetSize()[0]
    rows, columns = np.nonzero((slice_ == OUTLINES["reader1"]).all(axis=2))
    assert (columns.min() // zoom, columns.max() // zoom) == (5, 24)
    assert rows.min() // zoom == 5
    others = np.nonzero((slice_ == OUTLINES["reader2"]).all(axis=2))[0]
    assert others.min() // zoom == 10
    assert (slice_[0] == SQUARE).all()
    # 100 of 0 to 200, but for the spline's ripple across slices 5 mm apart
    middle = slice_[slice_.shape[0] // 2, slice_.shape[1] // 2]
    assert middle.tolist() == pytest.approx([127] * 3, abs=10)
