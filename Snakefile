# radfuse. Wiring only: the config, the stages in the order of the data, and what `all` makes.
from snakemake.utils import min_version

min_version("9.0")


include: "workflow/rules/common_config.smk"
include: "workflow/rules/common.smk"
include: "workflow/rules/common_images.smk"


wildcard_constraints:
    patient="[A-Za-z0-9_-]+",
    modality="|".join(STUDY.modalities),
    sequence="[A-Za-z0-9-]+",


include: "workflow/rules/run.smk"
include: "workflow/rules/check.smk"
include: "workflow/rules/cohort.smk"
include: "workflow/rules/readers.smk"
include: "workflow/rules/imaging.smk"
include: "workflow/rules/backbone.smk"
include: "workflow/rules/features.smk"
include: "workflow/rules/radiology.smk"
include: "workflow/rules/models.smk"
include: "workflow/rules/crossfit.smk"
include: "workflow/rules/controls.smk"
include: "workflow/rules/evaluation.smk"
include: "workflow/rules/usefulness.smk"
include: "workflow/rules/resampling.smk"
include: "workflow/rules/centers.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/score_figures.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/manuscript.smk"
include: "workflow/rules/cost.smk"
include: "workflow/rules/audit.smk"
include: "workflow/rules/design.smk"


rule all:
    """The whole study: tables, figures, models, the report."""
    input:
        targets.everything(STUDY),
