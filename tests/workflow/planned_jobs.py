"""What Snakemake would do in a study: `python planned_jobs.py STUDY` prints for each rule, as JSON,
the longest text of a job's params, of its wildcards (which a cluster job is named by) and of its
resources.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from planned import planned


def longest(study: Path) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    with planned(study) as workflow:
        for job in workflow.dag.jobs:
            parts = {"params": job.params, "wildcards": job.wildcards, "resources": job.resources}
            sizes = found.setdefault(job.rule.name, dict.fromkeys(parts, 0))
            for name, part in parts.items():
                sizes[name] = max(sizes[name], len(repr(dict(part.items()))))
    return found


if __name__ == "__main__":
    print(json.dumps(longest(Path(sys.argv[1]))))
