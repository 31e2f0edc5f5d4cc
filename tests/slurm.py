"""A real SLURM cluster on this machine, for as long as a test needs it.

Two nodes, two partitions, as many pretended cores, bytes and GPUs as a study asks for: what is real
is the scheduler, its queue, its limits and its records. It has a folder, a key and ports of its own
and leaves a cluster that this machine may belong to alone.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager, suppress
from pathlib import Path

from studies import ROOT

PROFILE = ROOT / "profiles" / "slurm" / "config.yaml"
README = ROOT / "README.md"
# rules without a group: those that are submitted alone, and those that the submitter runs
ALONE = {"export_backbone", "finetune_backbone", "audit"}
SUBMITTED_FROM = {"all", "check", "download_weights"}
# What the test cluster's own users would change: it has no accounting, and is waited for.
SITE = {
    "# slurm-status-command: squeue": "slurm-status-command: squeue",
    "# slurm-no-account: true": "slurm-no-account: true",
    "status-checks: 10": "status-checks: 1",
    "images: 60": "images: 4",
    "features: 120": "features: 4",
}
# of a cluster that this machine belongs to, or of a GPU that it has
FOREIGN = ("SLURM_", "SBATCH_", "SRUN_", "CUDA_VISIBLE_DEVICES")
DAEMONS = ("munged", "slurmctld", "slurmd")
CONFIG = """\
ClusterName=radfuse
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
GresTypes=gpu
SlurmdParameters=config_overrides
ReturnToService=1
KillWait=5
# jobs that have ended stay in the controller's memory: they are its records
SchedulerParameters=batch_sched_delay=1,sched_min_interval=100000
MinJobAge=86400
TaskProlog={folder}/prolog
NodeName=c1 NodeHostname={host} NodeAddr=127.0.0.1 Port={c1} CPUs=2 RealMemory=64000
NodeName=g1 NodeHostname={host} NodeAddr=127.0.0.1 Port={g1} CPUs=2 RealMemory=64000 Gres=gpu:2
PartitionName=cpu Nodes=c1 Default=YES MaxTime=1-00:00:00
PartitionName=gpu Nodes=g1 MaxTime=1-00:00:00
"""
# What a task finds in its environment, before it runs, in the environment that it runs in.
PROLOG = """\
#!/bin/sh
echo "$SLURM_JOB_ID ${{CUDA_VISIBLE_DEVICES-unset}}" >> {folder}/devices
"""
# The SLURM plugin takes SLURM_CONF, with all of SLURM_*, from a job's environment before it starts
# any of these. Where the configuration is not at /etc/slurm this finds it.
COMMANDS = ("sbatch", "scancel", "scontrol", "squeue", "srun")
COMMAND = """\
#!/bin/sh
SLURM_CONF={folder}/slurm.conf exec {program} "$@"
"""


def lacking() -> str:
    """Why no cluster can be started here; nothing where one can."""
    absent = [name for name in DAEMONS if not shutil.which(name, path=_path())]
    if absent:
        return f"no {', '.join(absent)}: Debian's packages slurm-wlm and munge have them"
    return "" if os.geteuid() == 0 else "only root can start nodes and make GPU devices"


def _path() -> str:
    return f"{os.environ['PATH']}:/usr/sbin"


class Cluster:
    """What a test asks of the cluster."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)},
            "PATH": f"{folder / 'bin'}:{_path()}",
            "SLURM_CONF": str(folder / "slurm.conf"),
        }

    def ask(self, *command: str) -> str:
        completed = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=True
        )
        return completed.stdout

    def run(self, command: str, folder: Path) -> subprocess.CompletedProcess:
        """What a user types on the submit host, to its end."""
        return subprocess.run(
            ["bash", "-c", command],
            cwd=folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def nodes(self) -> list[str]:
        """Every partition and the state of its nodes; nothing while the controller is silent."""
        command = ["sinfo", "--noheader", "--format=%P %t"]
        completed = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        return completed.stdout.split()

    def jobs(self) -> dict[str, dict[str, str]]:
        """The controller's record of every job, by its number: field -> value."""
        records = self.ask("scontrol", "--oneliner", "--all", "show", "job").splitlines()
        jobs = [dict(re.findall(r"(\S+?)=(.*?)(?= \S+?=|$)", record)) for record in records]
        return {job["JobId"]: job for job in jobs if "JobId" in job}

    def until(self, reached: Callable[[dict[str, dict[str, str]]], object], seconds=120) -> object:
        """Wait until this is true of the jobs' records; returns what it returned."""
        end = time.monotonic() + seconds
        while not (found := reached(self.jobs())):
            assert time.monotonic() < end, self.jobs()
            time.sleep(0.2)
        return found

    def set_node(self, name: str, state: str) -> None:
        self.ask("scontrol", "update", f"nodename={name}", f"state={state}", "reason=a test")

    def devices(self) -> dict[str, set[str]]:
        """CUDA_VISIBLE_DEVICES of every job's tasks, by the job's number; `unset`."""
        found: dict[str, set[str]] = {}
        for line in (self.folder / "devices").read_text().splitlines():
            number, _, value = line.partition(" ")
            found.setdefault(number, set()).add(value)
        return found


def checkout(place: Path) -> Path:
    """A checkout as the README's reader has it, its profile changed for the test cluster."""
    for name in ("Snakefile", "pyproject.toml", "workflow", "envs", "resources"):
        (place / name).symlink_to(ROOT / name)
    (place / ".venv").symlink_to(sys.prefix)
    text = PROFILE.read_text(encoding="utf-8")
    for offered, taken in SITE.items():
        assert text.count(offered) == 1, offered
        text = text.replace(offered, taken)
    (place / "profiles" / "slurm").mkdir(parents=True)
    (place / "profiles" / "slurm" / "config.yaml").write_text(text, encoding="utf-8")
    return place


def commands(study: str) -> list[str]:
    """What the README's section on clusters says to type, of a study within the checkout."""
    readme = README.read_text(encoding="utf-8")
    section = re.search(r"^## On a cluster\n(.*?)^## ", readme, re.MULTILINE | re.DOTALL)[1]
    text = re.search(r"```sh plan\n(.*?)```", section, re.DOTALL)[1]
    return text.replace("../my_study", study).splitlines()


@contextmanager
def cluster():
    """Start a cluster, and end all of it however the test ends, killed too."""
    folder = Path(tempfile.mkdtemp(prefix="radfuse-slurm-"))
    folder.chmod(0o755)  # munge wants its socket to be within everyone's reach
    guard = [sys.executable, __file__, str(folder)]
    with subprocess.Popen(guard, stdin=subprocess.PIPE, start_new_session=True) as ending:
        _write(folder)
        running = Cluster(folder)
        munge = [f"--{name}-file={folder}/munge.{name}" for name in ("key", "log", "pid", "seed")]
        _start(running, "munged", "--foreground", f"--socket={folder}/munge.socket", *munge)
        _until(running, (folder / "munge.socket").exists)
        _start(running, "slurmctld", "-D")
        for node in ("c1", "g1"):
            _start(running, "slurmd", "-D", "-N", node)
        _until(running, lambda: running.nodes() == ["cpu*", "idle", "gpu", "idle"])
        yield running
    assert ending.returncode == 0


def _write(folder: Path) -> None:
    for name in ("bin", "state", "spool-c1", "spool-g1"):
        (folder / name).mkdir()
    key = folder / "munge.key"
    key.write_bytes(os.urandom(128))
    key.chmod(0o600)
    names = {"host": socket.gethostname().split(".")[0], "folder": folder}
    names |= dict(zip(("controller", "c1", "g1"), _free_ports(3), strict=True))
    (folder / "slurm.conf").write_text(CONFIG.format(**names))
    for number in (0, 1):  # a device file each: a null device under another name
        os.mknod(folder / f"gpu{number}", 0o020666, os.makedev(1, 3))
    (folder / "gres.conf").write_text(f"NodeName=g1 Name=gpu File={folder}/gpu[0-1]\n")
    (folder / "devices").touch()
    programs = {
        f"bin/{name}": COMMAND.format(**names, program=shutil.which(name)) for name in COMMANDS
    }
    for name, text in {"prolog": PROLOG.format(**names), **programs}.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)


def _free_ports(count: int) -> list[int]:
    """Ports that nobody listens on, held together so that they differ."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in held]
    for each in held:
        each.close()
    return ports


def _start(running: Cluster, *command: str) -> None:
    with (running.folder / f"{command[0]}.out").open("a") as out:
        subprocess.Popen(command, env=running.environment, stdout=out, stderr=out)


def _until(running: Cluster, there: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not there():
        if time.monotonic() > end:
            told = [path.read_text() for path in sorted(running.folder.glob("*.out"))]
            raise RuntimeError(f"No cluster after {seconds} s:\n" + "\n".join(told)[-6000:])
        time.sleep(0.1)


def guard(folder: Path) -> None:
    """Wait until the test lets go of this process's input, which its death does too; then end every
    process of the cluster: daemons, job steps, jobs, and who submitted them."""
    sys.stdin.read()
    end = time.monotonic() + 30
    while members := _members(folder):
        if time.monotonic() > end:
            sys.exit(f"These processes would not end: {members}")
        for number in members:
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        time.sleep(0.1)
    shutil.rmtree(folder)


def _members(folder: Path) -> list[int]:
    """The processes that were started in the cluster's environment, which all of it inherits.

    Read as bytes: a job step writes its title over the beginning, where other readers stop.
    """
    mark, found = f"SLURM_CONF={folder}/slurm.conf\0".encode(), []
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if mark in (place / "environ").read_bytes():
                found.append(int(place.name))
    return found


if __name__ == "__main__":
    guard(Path(sys.argv[1]))
