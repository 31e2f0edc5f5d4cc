"""Costs are the sums of the benchmark files that belong to the study, by hand."""

import math
from pathlib import Path

import pytest

from radfuse.jobs.costs import benchmark, cost_table, duration, next_patient

HEADER = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"
IMAGES = [f"{patient}/CT/{sequence}" for patient in ("P1", "P2") for sequence in ("AP", "VP")]
CORES = {"resample_roi": 1, "extract_features": 1, "fit_score": 2, "predict": 1}


def put(path: Path, seconds: float, memory: object = 100.0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{HEADER}{seconds}\t0:00:01\t{memory}\t1\t1\t1\t1\t1\t1\t1\n")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for place, image in enumerate(IMAGES):
        put(tmp_path / "resample_roi" / f"{image}.tsv", 1 + place, 200 + place)
        put(tmp_path / "extract_features" / f"{image}.tsv", 0.5, "NA")
    put(tmp_path / "fit_score" / "CT.tsv", 10)
    put(tmp_path / "predict.tsv", 3)
    put(tmp_path / "export_backbone.tsv", 50)
    return tmp_path


def costs(folder: Path, finetuned: bool = False, **more: int):
    table = cost_table(folder, CORES | more, set(IMAGES), {"CT"}, finetuned)
    return table.set_index("rule")


def test_the_sums_of_every_rule(folder: Path) -> None:
    found = costs(folder)
    assert list(found.index) == ["fit_score", "resample_roi", "predict", "extract_features"]
    assert found["core_seconds"].tolist() == [20, 10, 3, 2]  # two cores of the first
    assert found["jobs"].tolist() == [1, 4, 1, 4]
    assert found["mean_seconds"].tolist() == [10, 2.5, 3, 0.5]
    assert found["scope"].tolist() == ["study", "image", "study", "image"]
    assert found.loc["resample_roi", "peak_memory_mb"] == 203
    assert math.isnan(found.loc["extract_features", "peak_memory_mb"])


def test_a_job_too_short_to_be_sampled(folder: Path) -> None:
    put(folder / "predict.tsv", 0.1, "-")
    seconds, memory = benchmark(folder / "predict.tsv")
    assert seconds == 0.1 and math.isnan(memory)


def test_memory_that_was_sampled_at_the_start_alone_is_none(folder: Path) -> None:
    for image in IMAGES:
        put(folder / "extract_features" / f"{image}.tsv", 0.4, 7.5)
    assert math.isnan(costs(folder).loc["extract_features", "peak_memory_mb"])
    put(folder / "extract_features" / f"{IMAGES[0]}.tsv", 1.2, 310)
    assert costs(folder).loc["extract_features", "peak_memory_mb"] == 310


@pytest.mark.parametrize("text", ["", HEADER[:5], HEADER])
def test_a_file_that_was_cut_short_counts_as_none(folder: Path, text: str) -> None:
    (folder / "resample_roi" / f"{IMAGES[0]}.tsv").write_text(text)
    found = costs(folder).loc["resample_roi"]
    assert (found["jobs"], found["core_seconds"], found["mean_seconds"]) == (3, 9, 3)


def test_what_the_study_no_longer_has_is_not_counted(folder: Path) -> None:
    before = costs(folder)
    put(folder / "resample_roi" / "P9" / "CT" / "AP.tsv", 1000)
    put(folder / "fit_score" / "PET.tsv", 1000)
    put(folder / "a_rule_of_old.tsv", 1000)
    assert costs(folder).equals(before)


def test_the_next_patient_costs_its_images_and_the_stages_of_all(folder: Path) -> None:
    # 2.5 s and 0.5 s for each of two images; the score on two cores, the predictions
    found = next_patient(costs(folder, export_backbone=1).reset_index(), 2)
    assert (found.images, found.study) == (6, 23)
    # where the network is fine-tuned, it and all features are made again
    put(folder / "finetune_backbone" / "CT" / "AP.tsv", 100)
    tuned = cost_table(
        folder, {**CORES, "finetune_backbone": 1}, set(IMAGES), {"CT", "CT/AP"}, True
    )
    found = next_patient(tuned, 2)
    assert (found.images, found.study) == (5, 125)


def test_a_study_without_benchmark_files_has_no_rows(tmp_path: Path) -> None:
    empty = cost_table(tmp_path, CORES, set(IMAGES), {"CT"}, False)
    assert empty.empty
    found = next_patient(empty, 2)
    assert (found.images, found.study) == (0, 0)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.44, "0.4 s"), (9.96, "10 s"), (38, "38 s"), (720, "12 min"), (27000, "7.5 h")],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text
