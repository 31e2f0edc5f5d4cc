"""Every model in every centre, and whether outcome and models differ between the centres."""

import pandas as pd

from radfuse.inputs.sheets import read_sheet
from radfuse.jobs.job import job
from radfuse.tables import read_table, write_table
from radfuse.validation.centers import by_center, effects
from radfuse.validation.discrimination import AUC, GROUP, NEWCOMBE, SHARES, apparent

COLUMNS = {
    **{name: GROUP[name] for name in ("protocol", "cohort")},
    "center": "where the patients come from",
    **{name: GROUP[name] for name in ("model", "n", "events")},
    **AUC,
    **SHARES,
    **NEWCOMBE,
}
EFFECTS = {
    **{name: GROUP[name] for name in ("protocol", "cohort")},
    "tested": "the outcome, or the model whose log odds are tested given the outcome",
    "n": "labelled patients whose centre is stated; of a model, those with a probability",
    "events": GROUP["events"],
    "centers": "centres that they come from",
    "method": "the test: chi-square or, where an expected count is below 5, Fisher's of outcome "
    "and centre; the F test of the centre in an analysis of covariance of log odds on outcome and "
    "centre",
    "r2": "share of the variance that the centres explain: of the outcome, or of what the outcome "
    "leaves of the log odds (partial R2)",
    "f": "F statistic",
    "df1": "its numerator's degrees of freedom",
    "df2": "its denominator's degrees of freedom",
    "p": "P of the test",
    "p_adjusted": "P adjusted by Holm's method for all models of the cohort",
}


def main(
    *, predictions: str, patients: str, simulated: bool, centers: str, center_effects: str
) -> None:
    rows = read_table(predictions)
    center_of = read_sheet(patients).set_index("patient")["center"]
    write_table(
        pd.DataFrame(by_center(rows, center_of), columns=list(COLUMNS)),
        centers,
        title="Every model in every centre.",
        columns=COLUMNS,
        simulated=simulated,
        not_for="ranking centres: their patients are few, and differ.",
        notes=apparent(rows["cohort"]),
    )
    write_table(
        pd.DataFrame(effects(rows, center_of), columns=list(EFFECTS)),
        center_effects,
        title="Do outcome and models differ between the centres?",
        columns=EFFECTS,
        simulated=simulated,
        not_for="showing that scanners and protocols do not matter: small cohorts hardly ever "
        "show a difference.",
        notes=[
            "Log odds that differ between centres among patients of the same outcome may reflect "
            "scanners and protocols, or other patients.",
            "In the training cohort a score of the published protocol knows its patients' "
            "outcomes; judge it there by the cross-fitted rows.",
        ],
    )


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            predictions=snakemake.input.predictions,
            patients=snakemake.input.patients,
            simulated=snakemake.params.simulated,
            centers=output.centers,
            center_effects=output.effects,
        )
