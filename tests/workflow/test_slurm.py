"""A study on a real SLURM cluster, as the README says it, and the plan of a large one."""

import re
import shutil
from pathlib import Path

import pytest
import slurm
import yaml
from pages import commands
from slurm import ALONE, SUBMITTED_FROM
from studies import ROOT, change_config, read, run, simulated_study, write

pytestmark = [pytest.mark.workflow, pytest.mark.cluster]

PATIENTS = 8


def profile() -> dict:
    return yaml.safe_load(slurm.PROFILE.read_text(encoding="utf-8"))


def test_the_study_of_the_papers_size_is_at_most_60_submissions():
    study = ROOT / "resources" / "paper_scale"
    printed = run(study, "--workflow-profile", str(slurm.PROFILE.parent), "--dry-run", "--forceall")
    groups = re.findall(r"^\[.*\] Group job (\w+) ", printed, re.MULTILINE)
    alone = re.findall(r"^rule (\w+):$", printed, re.MULTILINE)
    assert printed.count("    rule resample_roi:\n") == 178 * 9
    assert {"images", "features", "resamples", "report"} <= set(groups)
    assert set(alone) - ALONE <= SUBMITTED_FROM
    assert len(groups) + len(alone) - alone.count("all") <= 60


@pytest.fixture(scope="module")
def study(checkout) -> Path:
    """A study of one fine-tuned sequence."""
    study = simulated_study(
        checkout / "my_study",
        PATIENTS,
        {"CT": ["AP"]},
        radiology=False,
        split={"test_fraction": 0.0},
        validation={"crossfit_folds": 0},
        backbone={"transfer": "finetune", "finetune": {"epochs": 1, "patience": 1}},
    )
    images = read(study / "images.tsv")
    images[["mask_repeat", "mask_reader2"]] = ""
    write(images, study / "images.tsv")
    return study


def name(job: dict[str, str]) -> str:
    """The group of a job, or its rule where it has none; the plugin's comment begins with it."""
    said = job["Comment"].removeprefix("rule_")
    return next(each for each in (*profile()["group-components"], *ALONE) if said.startswith(each))


@pytest.fixture(scope="module")
def finished(cluster, checkout, study) -> tuple[list[dict[str, str]], str]:
    """The scheduler's records of the study's jobs, in order, and what was printed."""
    dry, real = slurm.commands(study.name)
    plan = cluster.run(dry, checkout)
    assert plan.returncode == 0, plan.stderr[-3000:]
    assert cluster.jobs() == {}
    done = cluster.run(real, checkout)
    printed = done.stdout + done.stderr
    assert done.returncode == 0, printed[-6000:]
    return list(cluster.jobs().values()), printed


def test_a_study_runs_to_its_report_on_the_partitions_of_the_profile(finished, study):
    jobs, printed = finished
    assert (study / "results" / "report.html").is_file()
    assert {job["JobState"] for job in jobs} == {"COMPLETED"}
    submissions = sorted((name(job), job["Partition"]) for job in jobs)
    assert submissions == [
        ("cohort", "cpu"),
        ("export_backbone", "cpu"),
        ("features", "cpu"),
        ("features", "cpu"),
        ("finetune_backbone", "gpu"),
        ("images", "cpu"),
        ("images", "cpu"),
        ("inspection", "cpu"),
        ("models", "cpu"),
        ("report", "cpu"),
    ]
    assert set(re.findall(r"^localrule (\w+):", printed, re.MULTILINE)) == {"all"}


def test_each_job_asks_for_what_one_member_needs_and_for_the_time_of_all(finished):
    asked = {name(job): (job["TRES"], job["TimeLimit"]) for job in finished[0]}
    # four images: one is drawn in 500 MB and 1 minute, and cut in 1000 MB and 2 minutes
    assert asked["images"] == ("cpu=1,mem=1000M,node=1,billing=1", "00:12:00")
    assert asked["features"] == ("cpu=1,mem=2000M,node=1,billing=1", "00:04:00")
    assert asked["finetune_backbone"] == ("cpu=1,mem=6000M,node=1,billing=1", "02:00:00")
    assert {tres.split(",")[0] for tres, _ in asked.values()} == {"cpu=1"}


def test_a_gpu_is_given_where_one_is_needed_and_nowhere_else(finished, cluster):
    seen = cluster.devices()
    for job in finished[0]:
        on_gpu = name(job) == "finetune_backbone"
        assert job.get("TresPerJob", "").strip() == ("gres:gpu:1" if on_gpu else "")
        assert seen[job["JobId"]] == ({"0"} if on_gpu else {"unset"}), name(job)


@pytest.mark.skipif(shutil.which("nvidia-smi") is not None, reason="there may be a GPU")
def test_extraction_on_a_gpu_goes_to_its_partition_and_asks_for_more_again(
    finished, cluster, checkout, study
):
    """The cluster's GPUs are pretended: the job gets one, and says that PyTorch sees none. As good
    a failure as any to see the next attempt get twice the memory and the time."""
    change_config(study, backbone={"transfer": "frozen", "device": "cuda"})
    patient = read(study / "patients.tsv")["patient"][0]
    target = f"results/features/{patient}/CT/AP.npz"
    failed = cluster.run(f"{slurm.commands(study.name)[1]} {target}", checkout)
    assert failed.returncode != 0
    assert "E35 backbone: device: cuda, but PyTorch sees no GPU" in failed.stdout + failed.stderr
    known = {job["JobId"] for job in finished[0]}
    jobs = [job for number, job in cluster.jobs().items() if number not in known]
    assert {(name(job), job["Partition"]) for job in jobs} == {("features", "gpu")}
    assert {job["TresPerJob"].strip() for job in jobs} == {"gres:gpu:1"}
    assert [job["MinMemoryNode"] for job in jobs] == ["4000M", "8000M"]
    assert [job["TimeLimit"] for job in jobs] == ["00:01:00", "00:02:00"]
    for job in jobs:
        assert cluster.devices()[job["JobId"]] <= {"0", "1"}
        assert cluster.devices()[job["JobId"]], "the job's task began"


def test_a_whole_snakemake_in_one_submission(finished, cluster, checkout, study):
    """The cluster page's command, with the cores that a node here has."""
    (command,) = commands("cluster")
    command = command.replace("--cpus-per-task=16", "--cpus-per-task=2")
    rois = study / "results" / "roi" / read(study / "patients.tsv")["patient"][1]
    before = {path.name: path.read_bytes() for path in rois.rglob("*.npz")}
    shutil.rmtree(rois)
    done = cluster.run(command.replace("sbatch", "sbatch --wait", 1), checkout)
    said = "".join(path.read_text() for path in checkout.glob("slurm-*.out"))
    assert done.returncode == 0, done.stderr + said[-3000:]
    assert {path.name: path.read_bytes() for path in rois.rglob("*.npz")} == before != {}
