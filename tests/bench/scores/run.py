"""What the scores take once the features exist: in a study of the paper's size, and as it grows.

Three CT and six MRI sequences of 2,048 features, 40 patients outlined three times: simulated
feature files are assembled, filtered by their ICC and made into scores. First both modalities of
178 patients, side by side on two cores; then MRI alone of 250 to 2,000 patients, with the exponent
by which a stage grows from one size to the next (1 = linearly), and a plot; last the ICCs of all
features at once beside pingouin's, feature by feature. `make bench` runs it; nothing is asserted.
"""

import json
import math
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pingouin

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

import assemble_features  # noqa: E402
import fit_score  # noqa: E402
import measure_stability  # noqa: E402

from radfuse.statistics.reliability import intraclass  # noqa: E402

PATIENTS, REPEATED = 178, 40
EVENT_SHARE, TRAINING_SHARE = 0.2, 0.7
GROWTH = (250, 500, 1000, 2000)
STAGES = ("assemble", "stability", "score")
PLOT = ROOT / "results" / "bench" / "scores.png"
FEATURES, FACTORS = 2048, 20
SEQUENCES = {"CT": ["NP", "AP", "VP"], "MRI": ["T1WI", "T2WI", "DWI", "AP", "VP", "DP"]}
STABILITY = {"threshold": 0.75, "form": "ICC(2,1)", "by": "estimate"}
SCORE = {"folds": 10, "seed": 1, "n_lambdas": 50, "lambda_ratio": 0.01}


def draw_features(folder: Path, patients: int, modalities: Sequence[str]) -> None:
    """Feature files and records as the jobs on images leave them, and the training cohort."""
    random = np.random.default_rng(1)
    names = [f"P{number:04d}" for number in range(patients)]
    outcome = np.arange(patients) % round(1 / EVENT_SHARE) == 0
    factors = random.normal(size=(patients, FACTORS)) + 0.6 * outcome[:, None]
    for modality in modalities:
        for sequence in SEQUENCES[modality]:
            loadings = random.normal(size=(FACTORS, FEATURES))
            noise = random.uniform(0.5, 6, FEATURES)
            for place, patient in enumerate(names):
                lesion = factors[place] @ loadings + 2 * random.normal(size=FEATURES)
                readers = ["reader1", *(["repeat", "reader2"] if place < REPEATED else [])]
                values = {
                    reader: (lesion + noise * random.normal(size=FEATURES)).astype(np.float32)
                    for reader in readers
                }
                path = folder / "features" / patient / modality / f"{sequence}.npz"
                path.parent.mkdir(parents=True, exist_ok=True)
                np.savez(path, **values)
                record = folder / "roi" / patient / modality / sequence / "source.json"
                record.parent.mkdir(parents=True)
                place_of = f"{patient}{modality}{sequence}"
                files = {"image": {"path": place_of, "sha256": place_of}}
                record.write_text(json.dumps({"files": files, "voxels_sha256": place_of}))
    trains = random.permutation(patients) < TRAINING_SHARE * patients
    split = pd.DataFrame({"patient": names, "outcome": outcome.astype(int)})[trains]
    split.to_csv(folder / "training.tsv", sep="\t", index=False)


def make_score(folder: Path, modality: str) -> dict[str, float]:
    """Seconds of each stage of one modality, and the largest memory (MB)."""
    made = {name: str(folder / f"{name}_{modality}") for name in ("matrix", "repeats", "marks")}
    files = sorted((folder / "features").glob(f"*/{modality}/*.npz"))
    sources = sorted((folder / "roi").glob(f"*/{modality}/*/source.json"))
    training = str(folder / "training.tsv")
    clock = [time.perf_counter()]
    assemble_features.main(
        list(map(str, files)),
        list(map(str, sources)),
        SEQUENCES[modality],
        made["matrix"],
        made["repeats"],
    )
    clock.append(time.perf_counter())
    measure_stability.main(
        made["matrix"], made["repeats"], training, modality, STABILITY, True, f"{made['marks']}.tsv"
    )
    clock.append(time.perf_counter())
    fit_score.main(
        features=made["matrix"],
        stability=f"{made['marks']}.tsv",
        training=training,
        modality=modality,
        score=SCORE,
        outcome={"column": "outcome", "positive": ["1"]},
        backbone=None,
        finetuned=[],
        made_of={},
        simulated=True,
        model=f"{made['marks']}.json",
    )
    clock.append(time.perf_counter())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    stages = dict(zip(STAGES, np.diff(clock), strict=True))
    return {"modality": modality, **stages, "peak_mb": peak}


def measure(patients: int, modalities: Sequence[str]) -> list[dict[str, float]]:
    """Each modality in a process of its own, side by side."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        draw_features(folder, patients, modalities)
        with multiprocessing.get_context("spawn").Pool(len(modalities)) as pool:
            return pool.starmap(make_score, [(folder, modality) for modality in modalities])


def print_rows(first: str, keys: Sequence[object], rows: Sequence[dict[str, float]]) -> None:
    print(f"| {first} | {' | '.join(STAGES)} | peak memory |")
    print("|---" * (len(STAGES) + 2) + "|")
    for key, row in zip(keys, rows, strict=True):
        seconds = " | ".join(f"{row[stage]:.1f} s" for stage in STAGES)
        print(f"| {key} | {seconds} | {row['peak_mb']:.0f} MB |")


def print_growth(rows: Sequence[dict[str, float]]) -> None:
    """The exponent of each stage from one size to the next, whatever the machine's speed."""
    for (less, before), (more, after) in pairwise(zip(GROWTH, rows, strict=True)):
        ratios = {stage: after[stage] / before[stage] for stage in STAGES}
        ratios["all"] = sum(map(after.get, STAGES)) / sum(map(before.get, STAGES))
        exponents = ", ".join(
            f"{name} {math.log(ratio) / math.log(more / less):.1f}"
            for name, ratio in ratios.items()
        )
        print(f"From {less} to {more} patients the seconds grow with the power of: {exponents}")


def plot(rows: Sequence[dict[str, float]]) -> None:
    figure, (time_axes, memory_axes) = plt.subplots(1, 2, figsize=(7, 3), layout="constrained")
    for stage in STAGES:
        time_axes.loglog(GROWTH, [row[stage] for row in rows], marker="o", label=stage)
    last = rows[-1]["score"]
    linear = [last * patients / GROWTH[-1] for patients in GROWTH]
    time_axes.loglog(GROWTH, linear, color="grey", linestyle=":", label="linear")
    time_axes.set(xlabel="Patients", ylabel="Seconds")
    time_axes.legend()
    memory_axes.plot(GROWTH, [row["peak_mb"] for row in rows], marker="o")
    memory_axes.set(xlabel="Patients", ylabel="Peak memory (MB)", ylim=(0, None))
    PLOT.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(PLOT, dpi=150)
    print(f"Plotted in {PLOT.relative_to(ROOT)}")


def print_icc(singly: int = 200) -> None:
    """All ICCs of a study at once, and `singly` of them one by one as pingouin takes them."""
    count = FEATURES * sum(map(len, SEQUENCES.values()))
    ratings = np.random.default_rng(2).normal(size=(REPEATED, 2, count))
    clock = [time.perf_counter()]
    intraclass(ratings)
    clock.append(time.perf_counter())
    patients, raters = np.indices((REPEATED, 2)).reshape(2, -1)
    for feature in range(singly):
        values = ratings[:, :, feature].ravel()
        table = pd.DataFrame({"patient": patients, "rater": raters, "value": values})
        pingouin.intraclass_corr(table, targets="patient", raters="rater", ratings="value")
    clock.append(time.perf_counter())
    together, apart = np.diff(clock)
    ratio = apart / singly / (together / count)
    print(f"\nICCs of {count:,} features of {REPEATED} patients, twice outlined: {together:.2f} s;")
    print(f"pingouin takes {ratio:,.0f} times as long for one of them")


def main() -> None:
    started = time.perf_counter()
    rows = measure(PATIENTS, list(SEQUENCES))
    total = time.perf_counter() - started
    print_rows("modality", [row["modality"] for row in rows], rows)
    print(f"\nBoth of {PATIENTS} patients, side by side on two cores: {total:.0f} s with drawing\n")
    grown = [measure(patients, ["MRI"])[0] for patients in GROWTH]
    print_rows("patients (MRI)", GROWTH, grown)
    print()
    print_growth(grown)
    plot(grown)
    print_icc()


if __name__ == "__main__":
    main()
