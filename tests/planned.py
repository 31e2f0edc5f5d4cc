"""A study as Snakemake plans it, for what asks about its jobs; nothing is done."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from snakemake.api import SnakemakeApi
from snakemake.settings.types import OutputSettings, Quietness, ResourceSettings
from snakemake.workflow import Workflow

ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def planned(study: Path) -> Iterator[Workflow]:
    """The workflow with its graph of jobs (`dag`)."""
    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        workflow = api.workflow(
            resource_settings=ResourceSettings(cores=2),
            snakefile=ROOT / "Snakefile",
            workdir=study,
        )
        workflow.dag().execute_workflow(executor="dryrun")
        yield workflow._workflow
