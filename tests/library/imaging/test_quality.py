"""What was measured of every image, and which stand out."""

import numpy as np
import pandas as pd
import pytest
from records import MEASURED

from radfuse.imaging.intensity import A_CT, NO_CT
from radfuse.imaging.quality import COLUMNS, describe_images, exchanged, modified_z, outliers


def record(**changed) -> dict:
    """Of an ordinary image; `changed` replaces what was measured."""
    return {
        "files": {},
        **MEASURED,
        "lesions_mm3": {"reader1": [6000.0, 20.0]},
        "agreement": {"repeat": {"dice": 0.92, "hausdorff_mm": 2.0}},
        "clamped_voxels": 25,
        "notes": ["one", "two"],
    } | changed


def cohort(count=12, sequence="AP", **planted) -> dict:
    """Images that differ as images do; the third is changed."""
    random = np.random.default_rng(0)
    records = {
        (f"P{i:02d}", "CT", sequence): record(
            pixel_spacing_mm=random.choice([0.7, 0.75, 0.8]),
            area_mm2=float(random.uniform(200, 500)),
            lesion_median=float(random.uniform(30, 70)),
            agreement=agreement(random.uniform(0.86, 0.9), random.uniform(1, 3)),
        )
        for i in range(count)
    }
    records[("P03", "CT", sequence)] |= planted
    return records


def agreement(dice: float, hausdorff_mm: float) -> dict:
    return {
        reader: {"dice": dice, "hausdorff_mm": hausdorff_mm} for reader in ("repeat", "reader2")
    }


def standing_out(records: dict) -> dict[str, str]:
    table = describe_images(records)
    return table[table["outlier"] != ""].set_index("patient")["outlier"].to_dict()


def test_a_row_per_image_with_what_was_measured():
    (row,) = describe_images({("P01", "CT", "AP"): record()}).to_dict("records")
    assert list(row) == list(COLUMNS)
    assert (row["patient"], row["modality"], row["sequence"]) == ("P01", "CT", "AP")
    assert (row["volume_mm3"], row["lesions"]) == (6000.0, 2)
    assert (row["low"], row["high"], row["lesion_level"]) == (-100.0, 200.0, 0.5)
    assert row["clamped_percent"] == 0.25
    assert (row["dice_repeat"], row["hausdorff_repeat_mm"]) == (0.92, 2.0)
    assert np.isnan([row["dice_reader2"], row["hausdorff_reader2_mm"]]).all()
    assert (row["notes"], row["outlier"]) == ("one; two", "")


def test_no_images_are_an_empty_table():
    table = describe_images({})
    assert table.empty
    assert list(table.columns) == list(COLUMNS)


def test_modified_z_by_hand():
    # median 3, absolute deviations 2 1 0 1 97, their median 1
    z = modified_z(np.array([1.0, 2.0, 3.0, 4.0, 100.0]), least=0.1)
    assert z == pytest.approx(np.array([-2, -1, 0, 1, 97]) * 0.6745)


def test_where_nearly_all_are_equal_the_least_deviation_counts():
    z = modified_z(np.array([5.0, 5.0, 5.0, 5.0, 5.01, np.nan]), least=0.02)
    assert z[:5] == pytest.approx([0, 0, 0, 0, 0.5])
    assert np.isnan(z[5])


@pytest.mark.parametrize(
    "planted, measure",
    [
        ({"pixel_spacing_mm": 3.0}, "pixel spacing 3 mm (median 0.7"),
        ({"pixel_spacing_mm": 0.2}, "pixel spacing 0.2 mm"),
        ({"slice_spacing_mm": 1.0}, "slice spacing 1 mm (median 5)"),
        ({"area_mm2": 9000.0}, "area 9000 mm²"),
        ({"area_mm2": 12.0}, "area 12 mm²"),
        ({"lesion_median": 900.0}, "brightness 3.3333 of 0 to 1"),
        ({"lesion_median": -99.0}, "brightness 0.0033"),
        ({"plane": "coronal"}, "plane coronal (most are axial)"),
        (
            {"agreement": {"repeat": {"dice": 0.3, "hausdorff_mm": 2.0}}},
            "Dice of reader 1's outlines 0.3",
        ),
        (
            {"agreement": {"reader2": {"dice": 0.75, "hausdorff_mm": 2.0}}},
            "Dice of the readers 0.75",
        ),
        (
            {"agreement": {"reader2": {"dice": 0.9, "hausdorff_mm": 30.0}}},
            "Hausdorff of the readers 30 mm",
        ),
    ],
)
def test_what_was_planted_is_found_and_nothing_else(planted, measure):
    found = standing_out(cohort(**planted))
    assert list(found) == ["P03"]
    assert found["P03"].startswith(measure)
    assert ";" not in found["P03"]


def test_in_an_ordinary_cohort_nothing_stands_out():
    assert standing_out(cohort()) == {}


def test_an_image_may_stand_out_in_several_measures():
    found = standing_out(cohort(area_mm2=9000.0, slice_spacing_mm=1.0))
    assert found["P03"].startswith("slice spacing 1 mm (median 5); area 9000 mm² (median ")


def test_better_agreement_than_others_is_nothing_to_look_at():
    assert standing_out(cohort(agreement=agreement(1.0, 0.0))) == {}


def test_among_few_images_none_stands_out():
    assert standing_out(cohort(4, area_mm2=9000.0)) == {}


def test_dice_below_07_stands_out_among_few_too():
    found = standing_out(cohort(4, agreement=agreement(0.65, 2.0)))
    assert list(found) == ["P03"]
    assert found["P03"].startswith("Dice of reader 1's outlines 0.65 ")


@pytest.mark.parametrize("median", [-101.0, 201.0])
def test_a_lesion_beyond_its_limits_stands_out_even_where_all_do(median):
    records = {key: each | {"lesion_median": median} for key, each in cohort(4).items()}
    assert len(standing_out(records)) == 4


def test_planes_that_are_mixed_are_nothing_to_look_at():
    records = cohort(6)
    for key in list(records)[:2]:
        records[key] |= {"plane": "coronal"}
    assert standing_out(records) == {}


@pytest.mark.parametrize(
    ("note", "median", "count", "told"),
    [
        (NO_CT, 300.0, 4, True),
        (NO_CT, 300.0, 3, False),  # no more than half of six
        (NO_CT, 50.0, 6, False),  # crops without fat
        (A_CT, 50.0, 6, True),
        ("something else", 300.0, 6, False),
    ],
)
def test_a_modality_in_place_of_another_is_told(note, median, count, told):
    records = cohort(6)
    for key in list(records)[:count]:
        records[key] |= {"notes": [note], "lesion_median": median}
    found = exchanged(describe_images(records))
    assert [f"{count} of 6 images look like" in text for text in found] == [True] * told
    assert exchanged(pd.DataFrame()) == []


def test_a_sequence_is_compared_with_itself():
    thin = {key: each | {"slice_spacing_mm": 1.0} for key, each in cohort(6, "PVP").items()}
    assert standing_out(cohort() | thin) == {}


def test_outliers_keep_the_rows_of_the_table():
    images = describe_images(cohort(area_mm2=9000.0)).iloc[::-1]
    found = outliers(images)
    assert isinstance(found, pd.Series)
    assert found.index.tolist() == images.index.tolist()
    assert found[found != ""].index.tolist() == [3]
