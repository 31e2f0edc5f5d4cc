"""Finish a study without its work: `python finish.py STUDY` makes every output, empty, in the order
of the jobs, and lets Snakemake record it as it does after a run.

As `snakemake --touch` does for files that are there, which takes a tenth of a second for each job.
"""

import asyncio
import os
import sys
from pathlib import Path

from snakemake.api import SnakemakeApi
from snakemake.settings.types import OutputSettings, Quietness, ResourceSettings

ROOT = Path(__file__).resolve().parents[3]


def finish(study: Path) -> None:
    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        workflow = api.workflow(
            resource_settings=ResourceSettings(cores=2),
            snakefile=ROOT / "Snakefile",
            workdir=study,
        )
        workflow.dag().execute_workflow(executor="dryrun")
        os.chdir(study)
        dag = workflow._workflow.dag
        for level in dag.toposorted():
            for job in level:
                for path in map(Path, job.output):
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.touch()
            for job in level:
                asyncio.run(workflow._workflow.persistence.finished(job))


if __name__ == "__main__":
    finish(Path(sys.argv[1]))
