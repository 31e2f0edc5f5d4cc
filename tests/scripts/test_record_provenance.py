"""What a study's results were made from."""

import json
from pathlib import Path

from record_provenance import PACKAGES, main
from studies import ROOT

from radfuse.imaging.digests import file_digest
from radfuse.jobs.provenance import env_pins


def record(folder: Path, **changes: object) -> dict:
    sheet, source, model = folder / "p.tsv", folder / "source.json", folder / "R_CT.json"
    sheet.write_text("patient\n")
    archived = {"path": "archived.nii", "sha256": "ab"}  # no file: it was read once, and is away
    source.write_text(json.dumps({"files": {"image": archived}}))
    model.write_text("{}")
    arguments = {
        "sheets": [str(sheet)],
        "sources": [str(source)],
        "models": [str(model)],
        "backbone": None,
        "config": {"split": {"seed": 4}, "score": {"seed": 5, "folds": 3}},
        "dictionary": [],
        "provenance": str(folder / "provenance.json"),
        **changes,
    }
    main(**arguments)
    return json.loads((folder / "provenance.json").read_text())


def test_digests_seeds_and_versions(tmp_path):
    found = record(tmp_path)
    assert found["sheets"] == {str(tmp_path / "p.tsv"): file_digest(tmp_path / "p.tsv")}
    assert found["models"] == {"R_CT": file_digest(tmp_path / "R_CT.json")}
    assert found["seeds"] == {"split.seed": 4, "score.seed": 5}
    assert found["images"]["files"] == 1
    assert found["simulated"] is False
    assert found["packages"]["numpy"]


def test_versions_in_the_envs_of_other_rules_go_before_those_here(tmp_path):
    pins = env_pins(ROOT / "envs")
    found = record(tmp_path, pins=pins | {"numpy": "0.1"})["packages"]
    assert found["numpy"] == "0.1"
    assert found["SimpleITK"] == pins["simpleitk"]
    assert set(PACKAGES) - {name for name in PACKAGES if name.lower() in pins} == {"snakemake"}


def test_networks_and_their_seeds_wherever_they_are(tmp_path):
    networks = [tmp_path / place / "backbone.json" for place in ("CT/AP", "MRI/DWI")]
    for path in networks:
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({"weights_sha256": path.parts[-2]}))
    config = {"backbone": {"finetune": {"seed": 6}}}
    found = record(tmp_path, finetuned=list(map(str, networks)), config=config)
    assert found["finetuned"] == {
        "CT AP": {"weights_sha256": "AP"},
        "MRI DWI": {"weights_sha256": "DWI"},
    }
    assert found["seeds"] == {"backbone.finetune.seed": 6}
    assert found["backbone"] is None


def test_another_config_is_another_digest(tmp_path):
    first = record(tmp_path)
    second = record(tmp_path, config={"split": {"seed": 9}})
    assert first["config_sha256"] != second["config_sha256"]
