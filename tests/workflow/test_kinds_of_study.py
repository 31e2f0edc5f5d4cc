"""Studies of other shapes: fewer parts, more modalities, real patients."""

import hashlib
import json
import shutil
from pathlib import Path

import docx
import openpyxl
import pandas as pd
import pytest
import torch
import yaml
from studies import (
    DEMO,
    REAL,
    ROOT,
    change_config,
    check_predictions,
    check_shap,
    planned,
    read,
    run,
    simulated_study,
    table,
    without_simulation,
    write,
    write_config,
)
from test_design_figure import plan

from radfuse.features import backbone

pytestmark = pytest.mark.workflow


def models_of(folder: Path) -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in (folder / "results" / "models").iterdir()}


def crossfit_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "results" / "crossfit").iterdir()}


def stability_of(folder: Path) -> list[bytes]:
    files = sorted((folder / "results" / "features").glob("stability_*.tsv"))
    return [path.read_bytes() for path in files]


def test_without_images_there_are_radiological_models_only(tmp_path):
    folder = simulated_study(tmp_path, 40, {"CT": [], "MRI": []})
    without_simulation(folder)
    change_config(folder, sheets={"images": None}, validation={"subgroups": ["sex"]})
    patients = read(folder / "patients.tsv").assign(cohort="")
    patients.loc[:11, "cohort"] = "external"
    write(patients, folder / "patients.tsv")
    run(folder)
    assert set(models_of(folder)) == {"R_CT", "R_MRI"}
    external = table(folder, "tables/external_balance.tsv")
    assert set(external["kind"]) == {"outcome", "clinical", "characteristic"}
    assert (external["external_n"] == 12).all()
    subgroups = table(folder, "tables/subgroups.tsv")
    assert set(subgroups["level"].dropna()) == {"female", "male"}
    draft = (folder / "results/manuscript/methods_and_results.md").read_text()
    assert "In the levels of Sex every model was evaluated apart" in draft
    assert not (folder / "results" / "tables" / "shap.tsv").exists()
    assert set(table(folder, "tables/performance.tsv")["model"]) == {"R_CT", "R_MRI"}
    assert (folder / "results" / "report.html").is_file()


def test_a_training_cohort_alone_has_no_test_rows(tmp_path):
    folder = simulated_study(
        tmp_path,
        20,
        {"CT": ["AP"]},
        split={"test_fraction": 0.0},
        backbone={"architecture": "test_resnet", "weights": "random_for_tests"},
    )
    run(folder)
    check_random_weights_are_told(folder / "results")
    assert set(models_of(folder)) == {"R_CT", "DLRS_CT", "DLRR_CT"}
    assert set(table(folder, "tables/performance.tsv")["cohort"]) == {"train"}
    assert not (folder / "results" / "figures" / "roc_test.png").exists()
    assert (folder / "results" / "figures" / "roc_train.png").is_file()
    assert (folder / "results" / "report.html").is_file()


def check_random_weights_are_told(results: Path) -> None:
    headers = [*results.glob("*.header.txt"), *results.glob("*/*.header.txt")]
    assert len(headers) > 15
    for path in headers:
        assert "weights are RANDOM" in path.read_text(), path.name
    for path in (results / "figures").glob("*.svg"):
        assert "random weights" in path.read_text(), path.name
    for path in (results / "models").glob("*.json"):
        assert json.loads(path.read_text())["simulated"] == "random weights"
    for path in (results / "report.html", results / "manuscript" / "methods_and_results.md"):
        assert "weights are RANDOM" in path.read_text()
    for path in (results / "manuscript").glob("*.docx"):
        (head,) = docx.Document(path).sections[0].header.paragraphs
        assert "weights are RANDOM" in head.text
    book = openpyxl.load_workbook(results / "manuscript" / "tables.xlsx")
    assert all("weights are RANDOM" in sheet["A1"].value for sheet in book)
    assert "RANDOM weights" in (results / "provenance.json").read_text()


def images_of_three_modalities(folder: Path, patients: list[str]) -> pd.DataFrame:
    """Files drawn by the simulation under the names of three modalities, as a user brings them."""
    from simulate_image import main as simulate_image

    truths = read(DEMO / "simulation.tsv").set_index("patient")
    looks = {"CT": ("CT", "AP"), "MRI": ("MRI", "DWI"), "US": ("MRI", "T2WI")}
    rows = []
    for patient in patients:
        for modality, (drawn_as, sequence) in looks.items():
            place = folder / "scans" / patient / modality
            place.mkdir(parents=True)
            paths = {
                name: str(place / f"{name}.nii.gz")
                for name in ("image", "mask", "mask_repeat", "mask_reader2")
            }
            simulate_image(
                truth=truths.loc[patient].to_dict(),
                seed=3,
                patient=patient,
                modality=drawn_as,
                sequence=sequence,
                **paths,
            )
            relative = [str(Path(paths[name]).relative_to(folder)) for name in ("image", "mask")]
            rows.append([patient, modality, "X1", *relative])
    return pd.DataFrame(rows, columns=["patient", "modality", "sequence", "image", "mask"])


def resnet18_file(path: Path) -> str:
    """A ResNet-18's state dict as a training of one's own leaves it: torchvision's names, under a
    wrapper's prefix, with the classifier. Returns its SHA-256."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        network = backbone.timm.create_model("resnet18", num_classes=7)
    torch.save({f"module.{name}": each for name, each in network.state_dict().items()}, path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_three_modalities_of_a_user_without_radiology_or_second_reader(tmp_path):
    folder = simulated_study(tmp_path, 15, {"CT": ["AP"]}, radiology=False)
    without_simulation(folder)
    sheet = read(folder / "patients.tsv")[["patient", "pathology", "age", "afp", "sex", "hbv"]]
    write(sheet, folder / "patients.tsv")
    patients = list(sheet["patient"])
    digest = resnet18_file(folder / "own.pth")
    write(images_of_three_modalities(folder, patients), folder / "images.tsv")
    modalities = [{"name": name, "sequences": ["X1"]} for name in ("CT", "MRI", "US")]
    write_config(
        folder,
        {
            "outcome": {"column": "pathology", "positive": ["iCCA"]},
            "clinical": {
                "numeric": ["age", "afp"],
                "categorical": ["sex", "hbv"],
            },
            "sheets": {"patients": "patients.tsv", "images": "images.tsv"},
            "modalities": modalities,
            "backbone": {"architecture": "resnet18", "weights": "own.pth", "sha256": digest},
            "score": {"n_lambdas": 10},
        },
    )
    run(folder)
    names = ["DLRS_CT", "DLRS_MRI", "DLRS_US", "fused"]
    assert set(models_of(folder)) == set(names)
    check_predictions(folder, names, ["CT", "MRI", "US"])
    check_shap(folder, "fused")
    fused = json.loads((folder / "results" / "models" / "fused.json").read_text())
    assert [each["name"] for each in fused["covariates"]] == ["DLRS_CT", "DLRS_MRI", "DLRS_US"]
    record = json.loads((folder / "results" / "backbone" / "backbone.json").read_text())
    assert (record["weights"], record["weights_sha256"]) == ("own.pth", digest)
    assert pd.read_parquet(folder / "results" / "features" / "US.parquet").shape == (15, 512)
    stability = table(folder, "features/stability_US.tsv")
    assert set(stability["reason"]) <= {"not assessed", "constant"}
    figures = {path.name for path in (folder / "results" / "figures").glob("*.png")}
    assert {"score_CT.png", "score_MRI.png", "score_US.png"} <= figures
    assert not any(name.startswith("stability") for name in figures)
    report = (folder / "results" / "report.html").read_text()
    assert "For CT, MRI and US this was not assessed" in report
    assert "imulated data" not in (folder / "results" / "figures" / "roc_test.svg").read_text()
    assert planned(folder) == {}


def test_nothing_fitted_depends_on_a_test_patient(finished, tmp_path):
    """Outcomes, readings, images and masks of the test patients are exchanged.

    No fit is even planned; and where all that was fitted is deleted and fitted again, no model and
    no table of stability changes by a byte.
    """
    folder = tmp_path / "study"
    shutil.copytree(finished, folder, copy_function=shutil.copy2)
    before = models_of(folder), crossfit_of(folder), stability_of(folder)
    patterns = ("models/*", "crossfit/*", "features/stability_*.tsv")
    fitted = [
        str(path.relative_to(folder))
        for pattern in patterns
        for path in (folder / "results").glob(pattern)
    ]
    split, ids = exchange_test_patients(folder)
    jobs = planned(folder)
    assert not {rule for rule in jobs if rule.startswith(("fit_", "crossfit_", "select_"))}
    trained = {"measure_stability", "assemble_training", "collect_training_readings"}
    assert not trained & set(jobs)
    assert jobs["resample_roi"] == len(ids) * 3
    for kind in ("models", "crossfit", "features/training", "cohort"):
        shutil.rmtree(folder / "results" / kind)
    for path in (folder / "results" / "features").glob("stability_*"):
        path.unlink()
    run(folder, *fitted, "results/predictions.tsv")
    assert (models_of(folder), crossfit_of(folder), stability_of(folder)) == before
    assert table(folder, "cohort/split.tsv")["outcome"].sum() != split["outcome"].sum()


def test_screening_on_all_patients_would_be_caught(finished, tmp_path):
    """The same exchange under a workflow whose training cohort has the test patients in it."""
    clone = tmp_path / "leaky"
    for name in ("workflow", "profiles", "envs", "config"):
        shutil.copytree(ROOT / name, clone / name)
    for name in ("Snakefile", "pyproject.toml"):
        shutil.copy(ROOT / name, clone)
    script = clone / "workflow" / "scripts" / "select_training.py"
    honest, text = "train = training(", script.read_text()
    assert honest in text and "import training" in text
    leaky = text.replace(honest, "train = pooled(").replace("import training", "import pooled")
    script.write_text(leaky)
    folder = tmp_path / "study"
    shutil.copytree(finished, folder, copy_function=shutil.copy2)
    targets = [f"results/models/R_{modality}.json" for modality in ("CT", "MRI")]
    run(folder, *targets, workflow=clone)
    before = models_of(folder)
    exchange_test_patients(folder)
    run(folder, "--forcerun", "select_training", "--", *targets, workflow=clone)
    after = models_of(folder)
    assert after["R_CT"] != before["R_CT"] and after["R_MRI"] != before["R_MRI"]


def exchange_test_patients(folder: Path) -> tuple[pd.DataFrame, list[str]]:
    """Give the test patients each other's readings and images, and the opposite outcomes; the
    split as it was, now written in the sheet, and the patients' ids."""
    split = table(folder, "cohort/split.tsv").set_index("patient")
    patients = read(folder / "patients.tsv")
    patients["cohort"] = patients["patient"].map(split["cohort"])
    test = patients["cohort"] == "test"
    flipped = patients.loc[test, "pathology"].map(lambda text: "HCC" if text == "iCCA" else "iCCA")
    patients.loc[test, "pathology"] = flipped
    write(patients, folder / "patients.tsv")
    radiology = read(folder / "radiology.tsv")
    ids = list(patients.loc[test, "patient"])
    turned = dict(zip(ids, [*ids[1:], ids[0]], strict=True))
    radiology["patient"] = radiology["patient"].map(lambda name: turned.get(name, name))
    write(radiology, folder / "radiology.tsv")
    images = read(folder / "images.tsv").set_index(["modality", "sequence", "patient"])
    files = ["image", "mask", "mask_repeat", "mask_reader2"]
    exchanged = images.copy()
    for place in images.index:
        exchanged.loc[place, files] = images.loc[
            (*place[:2], turned.get(place[2], place[2])), files
        ]
    write(exchanged.reset_index(), folder / "images.tsv")
    return split, ids


@pytest.mark.skipif(not REAL.is_dir(), reason="the real patients are not beside the project")
def test_six_real_patients_by_sheets_and_config_alone(tmp_path):
    scans = REAL.resolve()
    outcome = read(scans / "outcome.tsv")
    positive = outcome[outcome["lung_metastasis"] == "1"].head(3)
    negative = outcome[outcome["lung_metastasis"] == "0"].head(3)
    patients = pd.concat([positive, negative])
    write(patients, tmp_path / "patients.tsv")
    rows = [
        [
            name,
            modality,
            sequence,
            *(
                str((REAL / name / f"{files}_{kind}.nii.gz").resolve())
                for kind in ("image", "mask")
            ),
        ]
        for name in patients["patient"]
        for modality, sequence, files in (("CT", "NP", "CT"), ("MRI", "T1WI", "MR_T1"))
    ]
    columns = ["patient", "modality", "sequence", "image", "mask"]
    write(pd.DataFrame(rows, columns=columns), tmp_path / "images.tsv")
    write_config(
        tmp_path,
        {
            "study": {"title": "Lung metastasis of soft-tissue sarcoma"},
            "outcome": {"column": "lung_metastasis", "positive": [1]},
            "sheets": {"patients": "patients.tsv", "images": "images.tsv"},
            "modalities": [
                {"name": "CT", "sequences": ["NP"]},
                {"name": "MRI", "sequences": ["T1WI"]},
            ],
        },
    )
    run(tmp_path)
    names = ["DLRS_CT", "DLRS_MRI", "fused"]
    assert set(models_of(tmp_path)) == set(names)
    check_predictions(tmp_path, names, ["CT", "MRI"])
    check_shap(tmp_path, "fused")
    performance = table(tmp_path, "tables/performance.tsv")
    assert performance["n"].groupby(performance["cohort"]).first().sum() == 6
    report = (tmp_path / "results" / "report.html").read_text()
    assert "Lung metastasis of soft-tissue sarcoma" in report
    assert "imulated data" not in report


def test_features_of_a_study_s_own_go_the_way_of_those_from_images(finished, tmp_path):
    """The finished study's features as tables: every model and prediction is the same."""
    folder = tmp_path / "study"
    folder.mkdir()
    for name in ("patients.tsv", "radiology.tsv"):
        shutil.copy(finished / name, folder / name)
    config = yaml.safe_load((finished / "config" / "config.yaml").read_text())
    del config["simulation"], config["sheets"]["images"]
    for modality in config["modalities"]:
        name = modality["name"]
        modality.pop("sequences")
        modality["features"] = {"table": f"{name}.parquet"}
        made = finished / "results" / "features"
        shutil.copy(made / f"{name}.parquet", folder)
        repeats = pd.read_parquet(made / f"{name}_repeats.parquet")
        for reader, rows in repeats.groupby("reader"):
            path = folder / f"{name}_{reader}.parquet"
            rows.drop(columns="reader").to_parquet(path)
            modality["features"][reader] = path.name
    write_config(folder, config)
    run(folder)
    both = [table(study, "predictions.tsv") for study in (finished, folder)]
    pd.testing.assert_frame_equal(*both)
    assert models_of(folder).keys() == models_of(finished).keys()
    report = (folder / "results" / "report.html").read_text()
    assert "from tables of the study’s own" in report
    assert ["tables", "features"] in plan(folder)["design"]["arrows"]
    assert not (folder / "results" / "roi").exists()

    # only a training patient's row fits anything again
    split = table(folder, "cohort/split.tsv").set_index("patient")["cohort"]
    features = pd.read_parquet(folder / "CT.parquet")
    fits = {"import_training", "measure_stability", "fit_score", "fit_combined", "fit_fused"}
    for cohort, again in {"test": set(), "train": fits}.items():
        features.loc[split[split == cohort].index[0]] *= 1.5
        features.to_parquet(folder / "CT.parquet")
        jobs = planned(folder)
        assert {"import_features", "predict"} <= set(jobs)
        assert fits & set(jobs) == again
