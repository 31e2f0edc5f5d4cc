"""Feature files to matrices."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from assemble_features import main

from radfuse.errors import StudyError


def record(folder: Path, patient: str, sequence: str, content: str) -> str:
    """What was read of one image."""
    path = folder / "roi" / patient / "CT" / sequence / "source.json"
    path.parent.mkdir(parents=True)
    files = {"image": {"path": f"{patient}.nii", "sha256": content}}
    path.write_text(json.dumps({"files": files, "voxels_sha256": content}))
    return str(path)


def test_matrices_hold_every_value_in_its_place(tmp_path):
    generator = np.random.default_rng(0)
    files, values = [], {}
    for patient in ("P2", "P1"):
        for sequence in ("AP", "VP"):
            path = tmp_path / "features" / patient / "CT" / f"{sequence}.npz"
            path.parent.mkdir(parents=True, exist_ok=True)
            arrays = {"reader1": generator.random(3, dtype=np.float32)}
            if (patient, sequence) == ("P1", "VP"):
                arrays["reader2"] = generator.random(3, dtype=np.float32)
            np.savez(path, **arrays)
            files.append(str(path))
            values[patient, sequence] = arrays
    features, repeats = tmp_path / "CT.parquet", tmp_path / "CT_repeats.parquet"
    sources = [record(tmp_path, "P1", "AP", "a"), record(tmp_path, "P2", "AP", "b")]
    main(files, sources, ["VP", "AP"], str(features), str(repeats))
    matrix = pd.read_parquet(features)
    assert matrix.index.tolist() == ["P1", "P2"]
    assert matrix.index.name == "patient"
    assert matrix.columns.tolist() == [f"{s}_{i:04d}" for s in ("VP", "AP") for i in range(3)]
    assert matrix.loc["P2", "AP_0001"] == values["P2", "AP"]["reader1"][1]
    second = pd.read_parquet(repeats)
    assert second[["patient", "reader"]].to_numpy().tolist() == [["P1", "reader2"]]
    assert second["VP_0002"].item() == values["P1", "VP"]["reader2"][2]
    assert second["AP_0000"].isna().all()


def test_a_study_without_repeated_masks(tmp_path):
    path = tmp_path / "features" / "P1" / "CT" / "AP.npz"
    path.parent.mkdir(parents=True)
    np.savez(path, reader1=np.zeros(2, np.float32))
    main([str(path)], [], ["AP"], str(tmp_path / "f.parquet"), str(tmp_path / "r.parquet"))
    empty = pd.read_parquet(tmp_path / "r.parquet")
    assert len(empty) == 0
    assert empty.columns.tolist() == ["patient", "reader", "AP_0000", "AP_0001"]


def test_one_image_under_two_patients_is_refused(tmp_path):
    sources = [record(tmp_path, patient, "AP", "same") for patient in ("P1", "P2")]
    sources.append(record(tmp_path, "P3", "AP", "other"))
    with pytest.raises(StudyError) as caught:
        main([], sources, ["AP"], str(tmp_path / "f.parquet"), str(tmp_path / "r.parquet"))
    assert [text.split(": ")[1] for text in caught.value.problems] == ["P1 CT AP", "P2 CT AP"]
    assert not (tmp_path / "f.parquet").exists()
