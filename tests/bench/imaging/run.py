"""Ratios of radfuse through Snakemake to one warm process, side by side in one run.

For each cohort, in turn and repeatedly: `resample_roi` and `extract_features` of every image as
jobs of a fresh Snakemake run (its start counts), and `warm.py`, which has its imports and its
network before its clock starts, once resampling whole images and once, as radfuse, the lesion's
neighbourhood alone. All on two cores. `make bench` runs it; nothing is asserted.
"""

import argparse
import csv
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from cohort import REAL, ROOT, full_cohort, real_cohort

CORES = "2"
# compiled modules are kept, as Python does unless it is told otherwise
ENVIRONMENT = {key: os.environ[key] for key in os.environ if key != "PYTHONDONTWRITEBYTECODE"}
WARM = Path(__file__).with_name("warm.py")


def snakemake(study: Path, targets: Sequence[str]) -> tuple[float, float]:
    """Wall time (s), and the largest resident memory (MB) of any of its processes."""
    command = [sys.executable, "-m", "snakemake", "--cores", CORES, "--directory", str(study)]
    log = study / "snakemake.log"
    with log.open("w") as file:
        started = time.perf_counter()
        process = subprocess.Popen(
            [*command, *targets], cwd=ROOT, stdout=file, stderr=file, env=ENVIRONMENT
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
    if status:
        raise SystemExit(f"The run failed:\n{log.read_text(encoding='utf-8')[-3000:]}")
    return wall, usage.ru_maxrss / 1024


def warm(*arguments: str) -> dict[str, float]:
    command = [sys.executable, str(WARM), *arguments]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def feature_files(study: Path) -> list[str]:
    with (study / "images.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return [f"results/features/{r['patient']}/{r['modality']}/{r['sequence']}.npz" for r in rows]


def compare(name: str, study: Path, repeats: int) -> str:
    """One row of the table: medians of `repeats` runs of each."""
    targets = feature_files(study)
    snakemake(study, ["results/backbone/network.onnx", "results/backbone/backbone.json"])
    ours, whole, cropped, memory = [], [], [], []
    for _ in range(repeats):
        for made in ("roi", "features"):
            shutil.rmtree(study / "results" / made, ignore_errors=True)
        wall, peak = snakemake(study, targets)
        ours.append(wall)
        memory.append(peak)
        features = str(study / "warm")
        whole.append(warm(str(study), features)["seconds"])
        cropped.append(warm(str(study), features, "--cropped")["seconds"])
    apart = warm(str(study), "--against", str(study / "results" / "roi"))["largest_difference"]
    return (
        f"| {name} | {len(targets)} | {statistics.median(ours):.1f} s | {ratio(ours, whole)} "
        f"| {ratio(ours, cropped)} | {max(memory):.0f} MB | {apart:.0e} |"
    )


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> str:
    """Median and range of the ratios of runs that were side by side."""
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=8, help="of the full-size cohort")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        studies = {
            "CT 512 x 512 x 120, simulated": full_cohort(Path(folder, "full"), options.patients)
        }
        if REAL.is_dir():
            studies["CT and MRI, 16 real patients"] = real_cohort(Path(folder, "real"))
        print(
            "| cohort | images | radfuse | to a warm process on whole images "
            "| to one that crops as radfuse does | peak of any process | difference |"
        )
        print("|---|---|---|---|---|---|---|")
        for name, study in studies.items():
            print(compare(name, study, options.repeats), flush=True)


if __name__ == "__main__":
    main()
