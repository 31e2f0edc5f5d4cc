"""The graph of a study's jobs as Snakemake plans them, and what the figure of its design is given:
`python designed.py STUDY` prints them as JSON; nothing is done.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from planned import planned


def designed(study: Path) -> dict:
    with planned(study) as workflow:
        dag = workflow.dag
        made = {str(path) for job in dag.jobs for path in job.output}
        given = {
            (str(path), job.rule.name) for job in dag.jobs for path in job.input if path not in made
        }
        edges = {
            (other.rule.name, job.rule.name)
            for job in dag.jobs
            for other in dag.dependencies[job]
            if job.rule.name != "all"
        }
        (figure,) = (job for job in dag.jobs if job.rule.name == "plot_design")
        return {"edges": sorted(edges), "given": sorted(given), "design": figure.params.design}


if __name__ == "__main__":
    print(json.dumps(designed(Path(sys.argv[1]))))
