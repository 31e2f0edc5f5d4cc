"""A modality's features from the user's own table (from PyRadiomics, say) in place of images."""

from collections.abc import Mapping

import pandas as pd

from radfuse.features.own_features import read_features
from radfuse.jobs.job import job
from radfuse.tables import read_table


def main(
    tables: Mapping[str, str], patients: str, outcome: str, features: str, repeats: str
) -> None:
    """`tables` by role as of `own_features.read_features`, which see for what it raises. Patients
    who are not in the table `patients` are left out."""
    wanted = read_table(patients)["patient"].tolist()
    frames = read_features(tables, wanted, outcome)
    first = frames.pop("table")
    first.loc[wanted].sort_index().to_parquet(features)
    again = [
        frame.loc[sorted(set(frame.index) & set(wanted)), first.columns]
        .reset_index()
        .assign(reader=role)
        for role, frame in sorted(frames.items())
    ]
    none = first.iloc[:0].reset_index().assign(reader="")
    both = pd.concat(again, ignore_index=True) if again else none
    both[["patient", "reader", *first.columns]].to_parquet(repeats, index=False)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            tables=dict(snakemake.params.tables),
            patients=snakemake.input.patients,
            outcome=snakemake.params.outcome,
            features=output.features,
            repeats=output.repeats,
        )
