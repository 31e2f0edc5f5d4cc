# The config, and before it is read how problems are told, and what YAML would pass over in silence.
import os
import sys
from pathlib import Path

if "--local-groupid" in sys.argv and "--keep-going" not in sys.argv:
    # the members of a group on a cluster: one that fails would stop those after it, for Snakemake
    # hands most options on to its jobs, but not this one
    os.chdir(workflow.workdir_init)
    os.execv(sys.executable, [sys.executable, "-m", "snakemake", *sys.argv[1:], "--keep-going"])

WORKFLOW = Path(workflow.basedir) / "workflow"
sys.path.insert(0, str(WORKFLOW / "scripts"))

os.environ.pop("PYTHONPATH", None)  # or jobs would take from there what the clone has
os.environ.update(MPLBACKEND="agg")  # a notebook's own would fail in a job

from radfuse.inputs.written import as_written
from radfuse.jobs import failures, progress
from snakemake.exceptions import WorkflowError


def refuse(problems):
    """End the run with one error that lists every problem."""
    heading = f"{len(problems)} {progress.PROBLEMS} {Path.cwd()}:"
    raise WorkflowError("\n".join([heading, *problems])) from None


FAILED = failures.Failed()
if workflow.is_main_process:
    manager = workflow.logger_manager
    manager.logger.addHandler(FAILED)
    progress.show(manager.logger, manager.get_log_handlers(), workflow.output_settings.quiet)
    written = [Path("config/config.yaml"), *workflow.config_settings.configfiles]
    files = {path.absolute() for path in written if path.exists()}
    found = [text for path in sorted(files) for text in as_written(path, "E01 config")]
    if found:
        refuse(found)


configfile: "config/config.yaml"
