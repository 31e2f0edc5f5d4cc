"""What a study cost, from the benchmark file that Snakemake writes beside every job."""

import csv
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

COLUMNS = {
    "rule": "rule of the workflow",
    "scope": "image = a job per image, which a new patient does not run again; study = jobs that "
    "run again where a training patient is added; once = neither",
    "jobs": "jobs of the rule whose benchmark file is there",
    "core_seconds": "sum over the jobs: elapsed time (s) x reserved cores",
    "mean_seconds": "mean elapsed time of a job (s), its start and imports included",
    "peak_memory_mb": "largest resident set size (MB) of any of the jobs; of those that took a "
    "second; shorter ones are sampled at their start alone",
}
SAMPLED = 1.0  # seconds: Snakemake looks at a job's memory when it starts, and every half second
# Made for the network as it was pretrained, whoever the patients are.
ONCE = ("download_weights", "export_backbone")


@dataclass(frozen=True)
class NextPatient:
    """Core-seconds of one patient more: of its images, and of the stages that see all patients."""

    images: float
    study: float


def benchmark(path: Path) -> tuple[float, float]:
    """Elapsed time (s) and peak resident set size (MB) of one job. NaN where Snakemake had no time
    to sample it (`-`, `NA`), and where it was killed while it wrote the file."""
    with path.open(encoding="utf-8", newline="") as file:
        row = next(csv.DictReader(file, delimiter="\t"), {})
    seconds, memory = pd.to_numeric([row.get("s"), row.get("max_rss")], errors="coerce")
    return float(seconds), float(memory)


def benchmarks(folder: Path, rule: str, places: Container[str]) -> Iterator[Path]:
    """The files of a rule's jobs at the places of the study: others were left by patients, models
    or sequences that it no longer has."""
    for path in sorted((folder / rule).rglob("*.tsv")):
        if path.relative_to(folder / rule).as_posix().removesuffix(".tsv") in places:
            yield path


def cost_table(
    folder: Path,
    cores: Mapping[str, int],
    images: Container[str],
    places: Container[str],
    finetuned: bool,
) -> pd.DataFrame:
    """The rules that ran, dearest first, with the columns of COLUMNS.

    `folder` is results/benchmarks, `cores` the reserved cores of every rule that is to be counted,
    `images` the study's images and `places` other values of wildcards, as they stand in the
    files' addresses: `P001/CT/AP`, `CT`. A fine-tuned network makes all features anew.
    """
    rows = []
    for rule, reserved in cores.items():
        of_images = list(benchmarks(folder, rule, images))
        single = folder / f"{rule}.tsv"
        alone = [single] if single.is_file() else []
        found = of_images or [*alone, *benchmarks(folder, rule, places)]
        measured = pd.DataFrame(map(benchmark, found), columns=["s", "max_rss"]).dropna(subset="s")
        if measured.empty:
            continue
        again = not of_images or (finetuned and rule.startswith("extract_"))
        rows.append(
            {
                "rule": rule,
                "scope": "once" if rule in ONCE else "study" if again else "image",
                "jobs": len(measured),
                "core_seconds": measured["s"].sum() * reserved,
                "mean_seconds": measured["s"].mean(),
                "peak_memory_mb": measured.loc[measured["s"] >= SAMPLED, "max_rss"].max(),
            }
        )
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.sort_values(["core_seconds", "rule"], ascending=[False, True], ignore_index=True)


def next_patient(table: pd.DataFrame, sequences: int) -> NextPatient:
    """`sequences`: images of a patient. A patient outside the training cohort costs less: what was
    fitted stays."""
    of_images = table[table["scope"] == "image"]
    per_job = (of_images["core_seconds"] / of_images["jobs"]).sum()
    return NextPatient(
        per_job * sequences, table.loc[table["scope"] == "study", "core_seconds"].sum()
    )


def duration(seconds: float) -> str:
    """`0.4 s`, `38 s`, `12 min`, `7.5 h`."""
    if seconds < 100:
        return f"{seconds:.{0 if seconds >= 9.95 else 1}f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
