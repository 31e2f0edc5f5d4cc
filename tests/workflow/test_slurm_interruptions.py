"""What a SLURM cluster does to a run: the same command goes on, and finds all that is wrong."""

import re
import subprocess
from pathlib import Path

import pytest
import slurm
from studies import digests, read, run, simulated_study, study_with_files, table

pytestmark = [pytest.mark.workflow, pytest.mark.cluster]

TARGET = "results/features/CT.parquet"


def small_study(folder: Path) -> Path:
    return simulated_study(folder, 6, {"CT": ["AP"]}, radiology=False)


def jobs_in(state: str, records: dict[str, dict[str, str]]) -> list[str]:
    """The numbers of the jobs on the CPU partition that are in a state."""
    return [
        number
        for number, job in records.items()
        if job["Partition"] == "cpu" and job["JobState"] == state
    ]


def test_cancelled_drained_over_its_time_and_lost_it_ends_as_if_undisturbed(
    cluster, checkout, tmp_path
):
    def first(state: str) -> str:
        return cluster.until(lambda records: jobs_in(state, records))[0]

    def at_work(_) -> list[Path]:
        places = (study / "results" / ".unfinished").glob("*/*")
        return [path for path in places if not path.suffix]  # the rooms of jobs

    study, undisturbed = small_study(checkout / "disturbed"), small_study(tmp_path / "undisturbed")
    command = f"{slurm.commands(study.name)[1]} {TARGET}"

    # a run that is a batch job, on another partition than its jobs, whose node is drained
    cluster.set_node("c1", "drain")
    (checkout / "run.sh").write_text(f"#!/bin/sh\nexec {command}\n", encoding="utf-8")
    options = "--parsable --partition=gpu --time=1 --signal=B:TERM@10 --output=printed.txt"
    batch = cluster.run(f"sbatch {options} run.sh", checkout).stdout.strip()
    waiting = first("PENDING")
    cluster.ask("scancel", waiting)
    cluster.set_node("c1", "resume")
    running = first("RUNNING")
    cluster.until(at_work)
    cluster.ask("scancel", running)
    going = first("RUNNING")
    cluster.set_node("c1", "drain")
    run(undisturbed, TARGET)  # meanwhile, on the submit host
    cluster.until(lambda records: records[batch]["JobState"] == "TIMEOUT")
    records = cluster.jobs()
    assert {records[number]["JobState"] for number in (waiting, running)} == {"CANCELLED"}
    assert records[waiting]["NodeList"] == ""
    assert records[running]["NodeList"] == "c1"
    assert records[going]["JobState"] == "COMPLETED", "a drained node ends no job"
    asked = "Will exit after finishing currently running jobs"
    assert asked in (checkout / "printed.txt").read_text(encoding="utf-8")

    # what it left in the queue does no harm
    left, before = jobs_in("PENDING", records), digests(study)
    assert left
    cluster.set_node("c1", "resume")
    cluster.until(lambda records: all(records[each]["JobState"] == "FAILED" for each in left))
    assert digests(study) == before

    # the same command, and a node that fails
    again = subprocess.Popen(["bash", "-c", command], cwd=checkout, env=cluster.environment)
    first("RUNNING")
    cluster.until(at_work)
    lost = jobs_in("RUNNING", cluster.jobs())
    cluster.set_node("c1", "down")
    cluster.until(lambda records: {records[each]["Restarts"] for each in lost} == {"1"})
    # a node starts no job again of which it still runs a part
    parts = cluster.folder / "spool-c1"
    cluster.until(lambda _: not any(any(parts.glob(f"*_{each}.*")) for each in lost))
    cluster.set_node("c1", "resume")
    for each in lost:
        cluster.ask("scontrol", "update", f"jobid={each}", "starttime=now")  # not in two minutes
    assert again.wait(300) == 0
    assert {cluster.jobs()[each]["JobState"] for each in lost} == {"COMPLETED"}
    assert digests(study) == digests(undisturbed)
    assert "Nothing to be done" in cluster.run(f"{command} --dry-run", checkout).stdout


def test_every_refused_image_of_a_submission_is_named_and_the_others_are_kept(cluster, checkout):
    study = study_with_files(checkout / "refused", 4)
    images = read(study / "images.tsv").set_index("patient")["image"]
    good, bad = list(images.index[::2]), list(images.index[1::2])
    for patient in bad:
        (study / images[patient]).write_bytes(b"cut short")
    command = f"{slurm.commands(study.name)[1]} --retries 0 {TARGET}"
    known = set(cluster.jobs())
    assert cluster.run(command, checkout).returncode != 0
    submitted = {number: job for number, job in cluster.jobs().items() if number not in known}
    assert sum("images" in job["Comment"] for job in submitted.values()) == 1
    found = table(study, "inspection.tsv")[["patient", "code"]]
    assert found.to_numpy().tolist() == [[patient, "E11"] for patient in bad]
    for patient in good:
        assert (study / "results" / "roi" / patient / "CT" / "AP" / "source.json").is_file()
    plan = cluster.run(f"{command} --dry-run", checkout).stdout
    assert re.search(r"^resample_roi +2$", plan, re.MULTILINE), plan
