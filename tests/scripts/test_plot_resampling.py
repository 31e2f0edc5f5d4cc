"""The figure of the resamples: every point is there, also those beyond a panel."""

import numpy as np
import pandas as pd
from collect_resamples import main as collect
from plot_resampling import SLOPES, draw, main

from radfuse.modelling.distributions import COLUMNS
from radfuse.tables import header_path, read_table, write_table


def parts(folder, count: int = 9) -> list[str]:
    """A file per resample: two models and their difference, the last resample unfitted."""
    paths = []
    for seed in range(1, count + 1):
        rows = pd.DataFrame({"model": ["DLRS_CT", "DLRS_MRI", "DLRS_MRI"], "n": 20, "events": 8})
        rows["against"] = [None, None, "DLRS_CT"]
        rows["auc"] = [0.6 + seed / 50, 0.7 + seed / 50, 0.1]
        rows["slope"] = [seed - 4.0, 0.5 + seed / 10, np.nan]
        rows["problem"] = None
        if seed == count:
            rows.loc[:, ["n", "events", "auc", "slope"]] = np.nan
            rows["problem"] = "E23 statistics: none"
        paths.append(str(folder / f"{seed}.tsv"))
        rows = rows.assign(seed=seed).reindex(columns=list(COLUMNS))
        write_table(rows, paths[-1], title="t", columns=COLUMNS, simulated=True)
    return paths


def collected(folder) -> tuple[str, str]:
    resamples, table = str(folder / "resamples.tsv"), str(folder / "resampling.tsv")
    collect(
        parts=parts(folder),
        caution="The network knows them.",
        simulated=True,
        resamples=resamples,
        table=table,
    )
    return resamples, table


def test_all_resamples_are_collected_and_failures_told(tmp_path):
    resamples, table = map(read_table, collected(tmp_path))
    assert resamples["seed"].tolist() == [seed for seed in range(1, 10) for _ in range(3)]
    assert (table["failed"] == 1).all() and (table["resamples"] == 9).all()
    header = header_path(tmp_path / "resampling.tsv").read_text()
    assert "The network knows them." in header
    assert "DLRS_CT failed in 1 of 9 resamples: 1 x E23 statistics: none" in header


def test_panels_rows_and_points(tmp_path):
    resamples, table = map(read_table, collected(tmp_path))
    area, slope, difference = draw(resamples, table).axes
    names = [text.get_text().split("\n")[0] for text in area.get_yticklabels()]
    assert names == ["DLRS CT", "DLRS MRI"]
    assert area.get_yticklabels()[0].get_text().endswith("8 of 9")
    [pair] = [text.get_text() for text in difference.get_yticklabels()]
    assert pair.startswith("DLRS MRI − DLRS CT\n0.10")
    points = [line for line in area.get_lines() if line.get_marker() == "o"]
    assert [len(line.get_xdata()) for line in points] == [8, 8]
    # the slopes of DLRS CT are -3 to 4
    beyond = {line.get_marker(): line for line in slope.get_lines() if line.get_marker() in "<>"}
    assert beyond["<"].get_xdata().tolist() == [SLOPES[0]] * 2
    assert beyond[">"].get_xdata().tolist() == [SLOPES[1]]


def test_the_same_figure_has_the_same_bytes(tmp_path):
    resamples, table = collected(tmp_path)
    made = []
    for name in ("a", "b"):
        paths = {kind: str(tmp_path / f"{name}.{kind}") for kind in ("png", "svg")}
        main(resamples=resamples, table=table, simulated=True, **paths)
        made.append(
            (tmp_path / f"{name}.png").read_bytes() + (tmp_path / f"{name}.svg").read_bytes()
        )
    assert made[0] == made[1]
