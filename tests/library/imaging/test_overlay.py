"""The picture of what was cropped."""

import numpy as np
import pytest
from phantoms import ROI, affine_of, block
from PIL import Image

from radfuse.imaging.overlay import HEIGHT, OUTLINES, SQUARE, edge, rim, save_overlay
from radfuse.imaging.picture import read_slice
from radfuse.imaging.roi import extract_roi
from radfuse.imaging.volume import Volume

SHAPE = (10, 60, 60)
MASKS = {
    "reader1": block(SHAPE, (3, 7), (20, 40), (20, 40)),
    "reader2": block(SHAPE, (3, 7), (25, 40), (25, 35)),
}
IMAGE = Volume(np.where(MASKS["reader1"], 100, 0).astype(np.int16), affine_of((1, 1, 5)))


def draw(path, masks=MASKS, image=IMAGE, simulated=False, title="P01 CT AP", **settings):
    region = extract_roi(image, masks, ROI | {"margin_mm": 5.0} | settings)
    background = settings.get("background", "keep")
    save_overlay(image, masks, region, (0, 200), background, title, 3, simulated, str(path))
    return region


def where(picture: np.ndarray, colour) -> tuple[np.ndarray, np.ndarray]:
    return np.nonzero((picture == colour).all(axis=-1))


def test_the_edge_and_the_rim_of_an_area():
    area = np.zeros((9, 9), bool)
    area[1:8, 1:8] = True
    assert edge(area).sum() == 24
    assert rim(area).sum() == 24 + 16
    assert not rim(area)[3:6, 3:6].any()


def test_the_slice_is_read_back_without_what_is_around_it(tmp_path):
    region = draw(tmp_path / "o.png")
    picture = read_slice(tmp_path / "o.png")
    rows, columns = region.volume.voxels.shape[1:]
    assert picture.shape == (HEIGHT, round(HEIGHT * columns / rows), 3)
    grey = picture[HEIGHT // 2, picture.shape[1] // 2]
    assert grey.tolist() == pytest.approx([127] * 3, abs=10)  # 100 of 0 to 200


def test_the_outlines_lie_where_the_masks_are(tmp_path):
    region = draw(tmp_path / "o.png")
    picture = read_slice(tmp_path / "o.png")
    zoom = HEIGHT / region.volume.voxels.shape[1]
    for reader, first, last in (("reader1", 5, 24), ("reader2", 10, 19)):
        rows, columns = where(picture, OUTLINES[reader])
        assert abs(columns.min() / zoom - first) < 0.2
        assert abs((columns.max() + 1) / zoom - (last + 1)) < 0.2
        assert abs(rows.min() / zoom - first) < 0.2
    assert (picture[0] == SQUARE).all()


def test_all_readers_and_the_square_are_seen_on_the_acquired_slice_too(tmp_path):
    draw(tmp_path / "o.png", {**MASKS, "repeat": np.roll(MASKS["reader1"], 4, 2)})
    with Image.open(tmp_path / "o.png") as opened:
        left = int(opened.info["slice"].split()[0])
        acquired = np.asarray(opened)[:HEIGHT, :left]
    for colour in (*OUTLINES.values(), SQUARE):
        assert len(where(acquired, colour)[0]) > 50
    zoom = HEIGHT / 60
    rows, columns = where(acquired, SQUARE)
    assert abs(columns.min() / zoom - 15) < 0.3
    assert abs((rows.max() + 1) / zoom - 45) < 0.3


def test_the_acquired_slice_has_true_proportions(tmp_path):
    draw(tmp_path / "o.png", image=Volume(IMAGE.voxels, affine_of((0.5, 1, 5))))
    with Image.open(tmp_path / "o.png") as opened:
        left = int(opened.info["slice"].split()[0])
    assert left - 8 == HEIGHT // 2  # 60 columns of 0.5 mm, 60 rows of 1 mm


@pytest.mark.parametrize("settings", [{"channels": "neighbours"}, {"background": "mask"}])
def test_the_patch_is_what_the_network_gets(tmp_path, settings):
    draw(tmp_path / "o.png", image=Volume(IMAGE.voxels + np.int16(50), IMAGE.affine), **settings)
    with Image.open(tmp_path / "o.png") as opened:
        start = int(opened.info["slice"].split()[2]) + 8
        patch = np.asarray(opened)[:HEIGHT, start : start + HEIGHT, 0]
    corner = 0 if "background" in settings else 255 * 50 / 200
    assert patch[HEIGHT // 2, HEIGHT // 2] == pytest.approx(255 * 150 / 200, abs=10)
    assert patch[10, 10] == pytest.approx(corner, abs=10)


def test_of_neighbours_the_patch_is_the_middle_one(tmp_path):
    steps = np.full(SHAPE, 10, np.int16) * np.arange(10, dtype=np.int16)[:, None, None]
    one_slice = {"reader1": block(SHAPE, (5, 6), (20, 40), (20, 40))}
    draw(tmp_path / "o.png", one_slice, Volume(steps, IMAGE.affine), channels="neighbours")
    with Image.open(tmp_path / "o.png") as opened:
        start = int(opened.info["slice"].split()[2]) + 8
        patch = np.asarray(opened)[:HEIGHT, start : start + HEIGHT, 0]
    assert patch[HEIGHT // 2, HEIGHT // 2] == pytest.approx(255 * 50 / 200, abs=3)


def test_where_readers_agree_reader_1_is_on_top(tmp_path):
    draw(tmp_path / "o.png", dict.fromkeys(OUTLINES, MASKS["reader1"]))
    picture = read_slice(tmp_path / "o.png")
    seen = {reader: len(where(picture, colour)[0]) > 0 for reader, colour in OUTLINES.items()}
    assert seen == {"reader1": True, "repeat": False, "reader2": False}


def test_the_same_picture_has_the_same_bytes(tmp_path):
    draw(tmp_path / "a.png")
    draw(tmp_path / "b.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_a_simulated_image_says_so(tmp_path):
    draw(tmp_path / "real.png")
    draw(tmp_path / "simulated.png", simulated=True)
    real, simulated = (
        np.asarray(Image.open(tmp_path / f"{name}.png"))[HEIGHT : HEIGHT + 20, :640]
        for name in ("real", "simulated")
    )
    assert not np.array_equal(real, simulated)


def test_a_long_title_is_not_cut(tmp_path):
    draw(tmp_path / "o.png", title="P" * 400)
    with Image.open(tmp_path / "o.png") as opened:
        caption = np.asarray(opened.convert("L"))[HEIGHT : HEIGHT + 20]
    assert (caption[:, -6:] == 0).all()
    assert (caption[:, -30:] > 0).any()
