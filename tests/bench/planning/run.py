"""What planning takes as the cohort grows, and what one patient more plans in a finished study.

    .venv/bin/python tests/bench/planning/run.py [PATIENTS ...]

Sheets of 500, 1,000 and 2,000 patients with nine sequences each, drawn from those of
resources/paper_scale over and over, with empty files for images. The largest study is then
finished: every output is made, empty, and recorded as Snakemake records it after a run. `make
bench` runs it; it fails where the finished study plans anything, or the patient another's image.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import yaml

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests"))

from studies import read, write  # noqa: E402

DRAWN_FROM = ROOT / "resources" / "paper_scale"
SHEETS = ("patients", "images", "radiology")
FILES = ("image", "mask", "mask_repeat", "mask_reader2")
SIZES = (500, 1000, 2000)


def add_patients(folder: Path, numbers: Sequence[int]) -> None:
    """Rows for these patients at the end of every sheet, and their files."""
    for name in SHEETS:
        sheet, path = read(DRAWN_FROM / f"{name}.tsv"), folder / f"{name}.tsv"
        rows = [each for _, each in sheet.groupby("patient", sort=False)]
        drawn = []
        for number in numbers:
            patient = f"P{number:05d}"
            added = rows[number % len(rows)].assign(patient=patient)
            for column in added.columns.intersection(FILES):
                added[column] = added[column].str.replace(r"P\d+", patient, regex=True)
                for file in (folder / each for each in added[column] if each):
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.touch()
            drawn.append(added)
        write(pd.concat([read(path), *drawn] if path.exists() else drawn), path)


def draw_study(folder: Path, patients: int) -> Path:
    config = yaml.safe_load((DRAWN_FROM / "config" / "config.yaml").read_text())
    del config["simulation"]
    (folder / "config").mkdir(parents=True)
    (folder / "config" / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    add_patients(folder, range(patients))
    return folder


def plan(what: str, study: Path, *options: str) -> str:
    """What a dry run prints; a row of what it takes is printed here."""
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "--dry-run", *options]
    with tempfile.TemporaryFile("w+") as out:
        started = time.perf_counter()
        process = subprocess.Popen(
            [*command, "--directory", study], cwd=ROOT, stdout=out, stderr=subprocess.STDOUT
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        printed = out.read()
    if process.returncode:
        sys.exit(printed[-3000:])
    jobs = int((re.findall(r"^ *total +(\d+)", printed, re.MULTILINE) or [0])[0])
    seconds, peak = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
    print(f"| {what} | {jobs:,} | {wall:.0f} s | {seconds:.0f} s | {peak:,.0f} MB |", flush=True)
    return printed


def jobs_in(printed: str) -> list[tuple[str, str]]:
    """Rule and patient of every job that a dry run lists; "" where a job is not of one image."""
    listed = re.split(r"^(?:local)?rule (\w+):$", printed, flags=re.MULTILINE)[1:]
    jobs = []
    for rule, text in zip(listed[::2], listed[1::2], strict=True):
        patient = re.search(r"^ +wildcards: .*\bpatient=([\w-]+), modality=", text, re.MULTILINE)
        jobs.append((rule, patient[1] if patient else ""))
    return jobs


def listing(folder: Path) -> Path:
    """The profile of a workstation, without the logger that shows no single jobs."""
    profile = yaml.safe_load((ROOT / "profiles" / "default" / "config.yaml").read_text())
    del profile["logger"]
    (folder / "config.yaml").write_text(yaml.safe_dump(profile))
    return folder


def main(sizes: Sequence[int]) -> None:
    print("| patients | jobs planned | wall | CPU | peak memory |")
    print("|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as name:
        for size in sizes:
            study = draw_study(Path(name) / str(size), size)
            plan(f"{size:,}", study)
            if size != sizes[-1]:
                shutil.rmtree(study)
        subprocess.run([sys.executable, Path(__file__).with_name("finish.py"), study], check=True)
        if "Nothing to be done" not in (printed := plan(f"{size:,}, finished", study)):
            sys.exit(f"A finished study plans jobs:\n{printed[-3000:]}")
        add_patients(study, [size])
        printed = plan("and one more", study, "--workflow-profile", str(listing(Path(name))))
    jobs = [job for job in jobs_in(printed) if job[0] != "all"]
    if others := {patient for _, patient in jobs} - {"", f"P{size:05d}"}:
        sys.exit(f"One patient more plans images of others: {sorted(others)}")
    images = Counter(rule for rule, patient in jobs if patient)
    cohort = Counter(rule for rule, patient in jobs if not patient)
    print("\n| planned for one patient more | its images | the cohort |")
    print("|---|---|---|")
    for rule in dict.fromkeys(rule for rule, _ in jobs):
        print(f"| {rule} | {images[rule] or ''} | {cohort[rule] or ''} |")
    print(f"| together | {images.total()} | {cohort.total()} |")


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or SIZES)
