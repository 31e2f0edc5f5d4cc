"""The gate opens where every image was accepted, and none is another's twin."""

import json

import pytest
from inspect_images import main
from records import MEASURED

from radfuse.errors import StudyError
from radfuse.imaging import inspection, quality
from radfuse.tables import header_path, read_table


def write_record(folder, patient: str, digest: str, **changed) -> str:
    path = folder / "results" / "roi" / patient / "CT" / "AP" / "source.json"
    path.parent.mkdir(parents=True)
    files = {
        "image": {"path": f"{patient}.nii", "sha256": digest},
        "mask": {"path": f"{patient}_mask.nii", "sha256": patient},
    }
    path.write_text(json.dumps({"files": files, "voxels_sha256": digest, **MEASURED, **changed}))
    return str(path)


def inspect(folder, sources: list[str], simulated=False) -> tuple[str, str]:
    tables = str(folder / "inspection.tsv"), str(folder / "images.tsv")
    main(sources, *tables, simulated)
    return tables


def test_of_accepted_images_there_is_no_problem_and_a_row_each(tmp_path):
    sources = [write_record(tmp_path, f"P{i}", str(i)) for i in range(7)]
    sources.append(write_record(tmp_path, "007", "x", area_mm2=9000.0))
    inspected, images = inspect(tmp_path, sources)
    problems, table = read_table(inspected), read_table(images)
    assert problems.empty
    assert list(problems.columns) == list(inspection.COLUMNS)
    assert list(table.columns) == list(quality.COLUMNS)
    assert table["patient"].tolist() == [*(f"P{i}" for i in range(7)), "007"]
    outlier = table.set_index("patient")["outlier"].dropna()
    assert outlier.to_dict() == {"007": "area 9000 mm² (median 300)"}


@pytest.mark.parametrize("simulated", [True, False])
def test_both_tables_say_what_their_columns_mean(tmp_path, simulated):
    tables = inspect(tmp_path, [write_record(tmp_path, "P1", "a")], simulated)
    for path, columns in zip(tables, (inspection.COLUMNS, quality.COLUMNS), strict=True):
        text = header_path(path).read_text()
        assert all(f"{name}: {meaning}" in text for name, meaning in columns.items())
        assert ("SIMULATED" in text.upper()) is simulated
    assert "Iglewicz and Hoaglin 1993" in header_path(tables[1]).read_text()


def test_twins_close_the_gate_with_a_problem_each(tmp_path):
    sources = [write_record(tmp_path, patient, "same") for patient in ("P1", "P2")]
    sources.append(write_record(tmp_path, "P3", "other"))
    with pytest.raises(StudyError) as caught:
        inspect(tmp_path, sources)
    assert [problem[:21] for problem in caught.value.problems] == [
        "E19 twin: P1 CT AP: i",
        "E19 twin: P2 CT AP: i",
    ]
    assert not (tmp_path / "images.tsv").exists()
    assert not (tmp_path / "inspection.tsv").exists()
