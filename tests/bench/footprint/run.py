"""What one patient more costs a finished study: at most 2% of it, and the cohort's stages again.

    .venv/bin/python tests/bench/footprint/run.py [FOLDER]

FOLDER is a simulated study that has run to its end (`make paper-scale`: resources/paper_scale); it
is copied. Without it, 40 patients of three sequences are run first. `make bench` does that. The
study and the patient should be run on the same machine, with nothing beside them.
"""

import shutil
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "workflow" / "scripts")]

from studies import read, run, simulated_study, table, write  # noqa: E402

from radfuse.jobs.costs import ONCE, benchmark  # noqa: E402

SEQUENCES = {"CT": ["AP"], "MRI": ["DWI", "T2WI"]}
UNCOUNTED = {"measure_cost", "plot_cost"}
NEW = "ONE_MORE"


def add_patient(folder: Path) -> None:
    """A patient drawn from the same truth as the last one, whose images are drawn anew."""
    last = read(folder / "patients.tsv").query("exclude == ''")["patient"].iloc[-1]
    for path in ("patients.tsv", "images.tsv", "radiology.tsv", "simulation.tsv"):
        sheet = read(folder / path)
        rows = sheet[sheet["patient"] == last].assign(patient=NEW)
        for column in rows.columns.intersection(["image", "mask", "mask_repeat", "mask_reader2"]):
            rows[column] = rows[column].str.replace(last, NEW, regex=False)
        write(pd.concat([sheet, rows]), folder / path)


def main(finished: Path | None) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "study"
        if finished:
            shutil.copytree(finished, folder)
        else:
            run(simulated_study(folder, 40, SEQUENCES))
        costs = table(folder, "cost.tsv")
        patients = read(folder / "patients.tsv")["patient"].nunique()
        add_patient(folder)
        start = time.time()
        run(folder)
        place = folder / "results" / "benchmarks"
        spent = pd.Series(
            {
                path.relative_to(place): benchmark(path)[0]
                for path in place.rglob("*.tsv")
                if path.stat().st_mtime >= start
            }
        )
    rules = spent.index.map(lambda path: path.parts[0].removesuffix(".tsv"))
    cores = (costs["core_seconds"] / (costs["jobs"] * costs["mean_seconds"])).round()
    spent *= rules.map(dict(zip(costs["rule"], cores, strict=True))).fillna(1).to_numpy()
    own = spent.index.map(lambda path: NEW in path.parts).to_numpy(dtype=bool)
    stages = ~own & ~rules.isin(UNCOUNTED)
    assert not set(rules) & set(ONCE)
    total = costs["core_seconds"].sum()
    cohort = costs.loc[costs["scope"] == "study", "core_seconds"].sum()
    print(f"| {patients} patients, {costs['jobs'].sum()} jobs | core-seconds | of the study |")
    print("|---|---|---|")
    for text, seconds in (
        ("the study", total),
        ("of these, the cohort's stages", cohort),
        (f"one patient more: its images ({own.sum()} jobs)", spent[own].sum()),
        (f"and the cohort's stages again ({stages.sum()} jobs)", spent[stages].sum()),
    ):
        print(f"| {text} | {seconds:.1f} | {seconds / total:.2%} |")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else None)
