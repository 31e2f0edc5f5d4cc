"""What Snakemake would do in a study: `python planned_jobs.py STUDY` prints for each rule, as JSON,
the longest text of a job's params, of its wildcards (which a cluster job is named by) and of its
resources.
"""

import json
import sys
from pathlib import Path

from snakemake.api import SnakemakeApi
from snakemake.settings.types import OutputSettings, Quietness, ResourceSettings

ROOT = Path(__file__).resolve().parents[2]


def longest(study: Path) -> dict[str, dict[str, int]]:
    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        workflow = api.workflow(
            resource_settings=ResourceSettings(cores=2),
            snakefile=ROOT / "Snakefile",
            workdir=study,
        )
        dag = workflow.dag()
        dag.execute_workflow(executor="dryrun")
        found: dict[str, dict[str, int]] = {}
        for job in workflow._workflow.dag.jobs:
            parts = {"params": job.params, "wildcards": job.wildcards, "resources": job.resources}
            sizes = found.setdefault(job.rule.name, dict.fromkeys(parts, 0))
            for name, part in parts.items():
                sizes[name] = max(sizes[name], len(repr(dict(part.items()))))
    return found


if __name__ == "__main__":
    print(json.dumps(longest(Path(sys.argv[1]))))
