"""All lesions of a sequence on one sheet."""

import numpy as np
import pytest
from draw_contact_sheet import CELL, HEIGHT, TITLE, WIDTH, draw, main
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from radfuse.imaging.picture import read_cells


def overlay(folder, patient: str, grey=100, size=(80, 40)) -> str:
    """A picture as `save_overlay` leaves it: the slice lies from 30 on, between other things."""
    path = folder / "results" / "roi" / patient / "CT" / "AP" / "overlay.png"
    path.parent.mkdir(parents=True)
    picture = Image.new("RGB", (size[0] + 100, size[1] + 50), "red")
    picture.paste(Image.new("RGB", size, (grey, grey, grey)), (30, 0))
    place = PngInfo()
    place.add_text("slice", f"30 0 {30 + size[0]} {size[1]}")
    picture.save(path, pnginfo=place)
    return str(path)


def cells(sheet: np.ndarray) -> list[np.ndarray]:
    """The cells of a sheet row by row, without its title."""
    rows, columns = (sheet.shape[0] - TITLE) // HEIGHT, sheet.shape[1] // WIDTH
    return [
        sheet[TITLE + row * HEIGHT : TITLE + (row + 1) * HEIGHT, column * WIDTH :][:, :WIDTH]
        for row in range(rows)
        for column in range(columns)
    ]


@pytest.mark.parametrize(
    "patients, columns, rows",
    [(1, 6, 1), (6, 6, 1), (7, 6, 2), (24, 6, 4), (54, 9, 6), (55, 10, 6)],
)
def test_the_sheet_is_as_large_as_its_patients_need(tmp_path, patients, columns, rows):
    path = overlay(tmp_path, "P1")
    sheet = draw({f"P{i}": path for i in range(patients)}, "CT AP")
    assert sheet.size == (columns * WIDTH, TITLE + rows * HEIGHT)
    filled = [cell.any() for cell in cells(np.asarray(sheet))]
    assert filled == [True] * patients + [False] * (columns * rows - patients)


def test_every_cell_holds_the_slice_alone_and_its_patient_s_name(tmp_path):
    greys = {f"P{i}": 60 + 20 * i for i in range(5)}
    paths = {patient: overlay(tmp_path, patient, grey) for patient, grey in greys.items()}
    sheet = np.asarray(draw(paths, "CT AP"))
    for cell, grey in zip(cells(sheet), greys.values(), strict=False):
        assert (cell[20, CELL // 2] == grey).all()
        assert cell[CELL:].any()
    red = (sheet == (255, 0, 0)).all(axis=2)
    assert not red.any()


def test_the_caption_is_the_patient_s(tmp_path):
    path = overlay(tmp_path, "P1")
    first, second, third = (
        np.asarray(draw({patient: path}, "CT AP"))[TITLE + CELL :]
        for patient in ("P01", "P02", "P01")
    )
    assert not np.array_equal(first, second)
    assert np.array_equal(first, third)


@pytest.mark.parametrize("size", [(400, 100), (100, 400), (300, 300)])
def test_a_large_slice_is_shrunk_in_proportion_and_centred(tmp_path, size):
    sheet = np.asarray(draw({"P1": overlay(tmp_path, "P1", 200, size)}, "CT AP"))
    rows, columns = np.nonzero((sheet[TITLE : TITLE + CELL] == 200).all(axis=2))
    seen = np.ptp(columns) + 1, np.ptp(rows) + 1
    assert seen == tuple(round(CELL * side / max(size)) for side in size)
    assert columns.min() == (CELL - seen[0]) // 2


def test_patients_are_named_by_their_folder_in_the_given_order(tmp_path):
    paths = [overlay(tmp_path, patient, grey) for patient, grey in (("P2", 50), ("P1", 150))]
    main(paths, "CT AP", False, str(tmp_path / "sheet.png"))
    with Image.open(tmp_path / "sheet.png") as sheet:
        expected = draw(dict(zip(("P2", "P1"), paths, strict=True)), "CT AP, 2 patients")
        assert np.array_equal(np.asarray(sheet), np.asarray(expected))
        assert [int(cell[20, 64, 0]) for cell in cells(np.asarray(sheet))[:2]] == [50, 150]


def test_the_thumbnails_are_read_back_by_patient(tmp_path):
    greys = {f"P{i}": 60 + 20 * i for i in range(8)}
    paths = [overlay(tmp_path, patient, grey, (128, 128)) for patient, grey in greys.items()]
    main(paths, "CT AP", True, str(tmp_path / "sheet.png"))
    pictures = read_cells(str(tmp_path / "sheet.png"))
    assert list(pictures) == list(greys)
    for patient, grey in greys.items():
        assert pictures[patient].size == (CELL, CELL)
        assert (np.asarray(pictures[patient]) == grey).all()


def test_simulated_images_are_said_to_be(tmp_path):
    path, titles = overlay(tmp_path, "P1"), []
    for simulated in (True, False):
        main([path], "CT AP", simulated, str(tmp_path / "sheet.png"))
        titles.append(np.asarray(Image.open(tmp_path / "sheet.png"))[:TITLE].any(axis=2).sum())
    assert titles[0] > 1.5 * titles[1]
