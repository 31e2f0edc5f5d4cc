"""What the scores of a study of the paper's size take once its deep features exist.

178 patients, three CT and six MRI sequences of 2,048 features, 40 patients outlined three times:
simulated feature files are assembled, filtered by their ICC and made into both scores, the two
modalities side by side on two cores. `make bench` runs it; nothing is asserted.
"""

import json
import multiprocessing
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

import assemble_features  # noqa: E402
import fit_score  # noqa: E402
import measure_stability  # noqa: E402

from radfuse.cohort import training  # noqa: E402

PATIENTS, EVENTS, TRAINING, REPEATED = 178, 36, 124, 40
FEATURES, FACTORS = 2048, 20
SEQUENCES = {"CT": ["NP", "AP", "VP"], "MRI": ["T1WI", "T2WI", "DWI", "AP", "VP", "DP"]}
STABILITY = {"threshold": 0.75, "form": "ICC(2,1)", "by": "estimate"}
SCORE = {"folds": 10, "seed": 1, "n_lambdas": 50, "lambda_ratio": 0.01}


def draw_features(folder: Path) -> pd.DataFrame:
    """Feature files and records as the jobs on images leave them; returns the split."""
    random = np.random.default_rng(1)
    names = [f"P{number:03d}" for number in range(PATIENTS)]
    outcome = np.arange(PATIENTS) % (PATIENTS // EVENTS) == 0
    factors = random.normal(size=(PATIENTS, FACTORS)) + 0.6 * outcome[:, None]
    for modality, sequences in SEQUENCES.items():
        for sequence in sequences:
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
    cohort = np.where(random.permutation(PATIENTS) < TRAINING, "train", "test")
    return pd.DataFrame({"patient": names, "outcome": outcome.astype(int), "cohort": cohort})


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
    stages = dict(zip(("assemble", "stability", "score"), np.diff(clock), strict=True))
    return {"modality": modality, **stages, "peak_mb": peak}


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        train = training(draw_features(folder)).reset_index()
        train.to_csv(folder / "training.tsv", sep="\t", index=False)
        started = time.perf_counter()
        with multiprocessing.get_context("spawn").Pool(2) as pool:
            rows = pool.starmap(make_score, [(folder, modality) for modality in SEQUENCES])
        total = time.perf_counter() - started
    print("| modality | features | assemble | stability | score | peak memory |")
    print("|---|---|---|---|---|---|")
    for row in rows:
        count = FEATURES * len(SEQUENCES[row["modality"]])
        print(
            f"| {row['modality']} | {count} | {row['assemble']:.1f} s | {row['stability']:.1f} s "
            f"| {row['score']:.1f} s | {row['peak_mb']:.0f} MB |"
        )
    print(f"\nBoth side by side on two cores: {total:.0f} s")


if __name__ == "__main__":
    main()
