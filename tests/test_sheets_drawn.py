"""The committed sheets of the simulated studies: what they claim to be, and drawn as they say."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from sklearn.metrics import cohen_kappa_score

from radfuse.inputs.checks import check_images, check_patients
from radfuse.inputs.radiology import reader_values
from radfuse.inputs.reading_checks import check_radiology
from radfuse.inputs.sheets import read_sheet
from radfuse.simulation.phantom import Truth

RESOURCES = Path(__file__).resolve().parents[1] / "resources"
DICTIONARY = yaml.safe_load(
    (RESOURCES.parent / "config" / "characteristics.yaml").read_text(encoding="utf-8")
)
STUDIES = ("demo", "paper_scale")
NUMERIC = ["age", "afp", "cea", "ca199", "alt", "ast", "ggt", "alp", "tbil", "ibil"]

# positives of 36 iCCA and of 142 others; recomputed from Table 2 of doi 10.1038/s41598-025-92263-7
PAPER_CT = {
    "Satellite nodule": (6, 32),
    "Cirrhosis": (3, 72),
    "Lesion contour": (31, 82),
    "Intrahepatic cholangiectasis": (20, 11),
    "Intrahepatic duct stone": (5, 1),
    "Macrovascular invasion": (7, 16),
    "Intra-tumoral vessels": (8, 50),
    "Pseudocapsule": (1, 46),
    "Intra-tumoral necrosis": (9, 32),
    "Rim-like arterial phase hyperenhancement": (16, 23),
    "Diffuse arterial phase hyperenhancement": (4, 94),
    "Diffuse arterial phase hypoenhancement": (16, 25),
    "Wash-in and wash-out": (2, 95),
    "Progressive enhancement": (24, 16),
    "Stable enhancement": (4, 3),
}


def sheet(study: str, name: str) -> pd.DataFrame:
    return read_sheet(RESOURCES / study / f"{name}.tsv")


def readings(study: str, modality: str, reader: str) -> pd.DataFrame:
    entries = [entry for entry in DICTIONARY if modality in entry["modalities"]]
    return reader_values(sheet(study, "radiology"), modality, reader, entries)


def icca(study: str) -> pd.Series:
    patients = sheet(study, "patients").set_index("patient")
    return patients["pathology"] == "iCCA"


def test_the_generator_draws_the_committed_sheets(tmp_path):
    script = RESOURCES / "draw_sheets.py"
    subprocess.run([sys.executable, str(script), str(tmp_path)], check=True)
    for study in STUDIES:
        for name in ("patients", "images", "radiology", "simulation"):
            drawn = (tmp_path / study / f"{name}.tsv").read_text(encoding="utf-8")
            committed = (RESOURCES / study / f"{name}.tsv").read_text(encoding="utf-8")
            assert drawn == committed, f"{study}/{name}.tsv: run python resources/draw_sheets.py"


@pytest.mark.parametrize("study", STUDIES)
def test_the_sheets_pass_the_workflow_s_checks(study):
    patients = sheet(study, "patients")
    ids, modalities = list(patients["patient"]), ["CT", "MRI"]
    outcome = {"column": "pathology", "positive": ["iCCA"]}
    assert check_patients(patients, "patients", outcome, NUMERIC, ["sex", "hbv"]) == []
    assert check_images(sheet(study, "images"), "images", ids, modalities) == []
    radiology = sheet(study, "radiology")
    assert check_radiology(radiology, "radiology", DICTIONARY, ids, modalities) == []


@pytest.mark.parametrize(
    ("study", "patients", "positives", "sequences", "reread"),
    [("demo", 48, 16, 7, 20), ("paper_scale", 178, 36, 9, 40)],
)
def test_the_size_of_the_cohorts(study, patients, positives, sequences, reread):
    analysed = sheet(study, "patients").query("exclude == ''")
    assert (len(analysed), (analysed["pathology"] == "iCCA").sum()) == (patients, positives)
    assert set(analysed["cohort"]) == {""}
    images = sheet(study, "images")
    images = images[images["patient"].isin(analysed["patient"])]
    assert (images.groupby("patient").size() == sequences).all()
    for mask in ("mask_repeat", "mask_reader2"):
        assert images.loc[images[mask] != "", "patient"].nunique() == reread


def test_the_demo_has_excluded_patients_with_and_without_images():
    patients = sheet("demo", "patients")
    excluded = set(patients.loc[patients["exclude"] != "", "patient"])
    imaged = excluded & set(sheet("demo", "images")["patient"])
    assert (len(excluded), len(imaged)) == (2, 1)


def test_ct_of_the_paper_scale_study_has_the_published_counts():
    values, positive = readings("paper_scale", "CT", "1"), icca("paper_scale")
    names = {entry["label"]: entry["name"] for entry in DICTIONARY}
    for label, counts in PAPER_CT.items():
        present = values[names[label]].astype(int).groupby(positive).sum()
        assert (present[True], present[False]) == counts, label
    assert (positive.sum(), (~positive).sum()) == (36, 142)


@pytest.mark.parametrize("study", STUDIES)
@pytest.mark.parametrize("modality", ["CT", "MRI"])
def test_readers_agree_but_not_always(study, modality):
    first, second = (readings(study, modality, reader) for reader in ("1", "2"))
    kappas = []
    for entry in DICTIONARY:
        if modality not in entry["modalities"] or entry["type"] == "continuous":
            continue
        one, two = first[entry["name"]], second[entry["name"]]
        if one.value_counts().max() <= len(one) - 10:  # rare findings have few values of kappa
            kappas.append(cohen_kappa_score(one.astype(str), two.astype(str)))
    assert 0.75 < np.mean(kappas) < 0.9
    assert 0.6 < min(kappas) < max(kappas) < 1
    assert first["diameter"].corr(second["diameter"]) > 0.97


@pytest.mark.parametrize("study", STUDIES)
def test_diameters_are_those_of_the_simulated_lesions(study):
    truth = sheet(study, "simulation").set_index("patient")["diameter_mm"].astype(float)
    for modality in ("CT", "MRI"):
        read = readings(study, modality, "1")["diameter"]
        assert (read / truth[read.index]).between(0.88, 1.12).all()
        assert not np.allclose(read, truth[read.index])


@pytest.mark.parametrize("study", STUDIES)
def test_every_imaged_patient_has_a_truth_that_can_be_drawn(study):
    simulation = sheet(study, "simulation").set_index("patient", drop=False)
    assert set(simulation.index) == set(sheet(study, "images")["patient"])
    for patient, row in simulation.iterrows():
        Truth.from_row(row.to_dict(), patient)


@pytest.mark.parametrize("study", STUDIES)
def test_patterns_of_enhancement_do_not_contradict_each_other(study):
    for modality in ("CT", "MRI"):
        for reader in ("1", "2"):
            values = readings(study, modality, reader).astype(str)
            arterial = values[
                ["rim_hyperenhancement", "diffuse_hyperenhancement", "diffuse_hypoenhancement"]
            ].astype(int)
            later = values[
                ["washin_washout", "progressive_enhancement", "stable_enhancement"]
            ].astype(int)
            assert (arterial.sum(axis=1) == 1).all()
            assert (later.sum(axis=1) <= 1).all()
            washed_out = values["washin_washout"] == "1"
            assert (values.loc[washed_out, "diffuse_hypoenhancement"] == "0").all()


def test_the_modalities_of_a_patient_tell_of_the_same_tumour():
    for name in ("cirrhosis", "cholangiectasis", "washin_washout"):
        ct, mri = (readings("paper_scale", modality, "1")[name] for modality in ("CT", "MRI"))
        assert 0.5 < cohen_kappa_score(ct, mri) < 1


@pytest.mark.parametrize("study", STUDIES)
def test_clinical_values_are_possible(study):
    patients = sheet(study, "patients")
    values = patients[NUMERIC].astype(float)
    assert (values.drop(columns=["cea", "afp", "ca199"]) > 0).all().all()
    assert (values >= 0).all().all()
    assert values["age"].between(18, 100).all()
    assert (values["ibil"] <= values["tbil"]).all()
    # the published direction: fewer men and less hepatitis B among iCCA, higher CA-199
    positive = (patients["pathology"] == "iCCA").to_numpy()
    assert (patients["sex"] == "male")[positive].mean() < (patients["sex"] == "male")[
        ~positive
    ].mean()
    assert (patients["hbv"] == "present")[positive].mean() < 0.4
    assert values["ca199"][positive].median() > values["ca199"][~positive].median()
