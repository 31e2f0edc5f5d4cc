"""The nomogram draws what its table says, and no label over another."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from plot_nomogram import draw, main, sides, value_text

from radfuse.statistics.nomogram import Nomogram, nomogram_table
from radfuse.tables import write_table


def table(covariates: bool = True) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    values = pd.DataFrame({"score": rng.normal(size=40), "finding": np.arange(40) % 2.0})
    betas = {"score": 1.2, "finding": 1.0} if covariates else {}
    found = nomogram_table(Nomogram.of(-1.0, betas, values), values)
    found["label"] = found["covariate"].map({"score": "A score", "finding": "Finding (CT)"})
    found["meaning"] = np.where(found["value"].eq(1), "present", "")
    return found.assign(model="DLRR_CT", n=40, events=13)


def test_an_axis_per_row_from_least_to_most() -> None:
    frame = table()
    axes = draw(frame).axes[0]
    labels = [text.get_text() for text in axes.get_yticklabels()]
    assert labels == ["Points", "A score", "Finding (CT)", "Total points", "Probability"]
    spans = {
        -line.get_ydata()[0]: line.get_xdata()
        for line in axes.get_lines()
        if line.get_ydata()[0] == line.get_ydata()[1]
    }
    for row, name in ((1, "score"), (2, "finding")):
        own = frame[frame["covariate"] == name]["points"]
        np.testing.assert_allclose(spans[row], [own.min(), own.max()])
    totals, risks = (frame[frame["kind"] == kind]["points"] for kind in ("total", "risk"))
    stretch = 100 / max(totals.max(), risks.max())
    np.testing.assert_allclose(spans[3], np.array([totals.min(), totals.max()]) * stretch)
    np.testing.assert_allclose(spans[4], np.array([risks.min(), risks.max()]) * stretch)


def test_values_are_written_as_their_meaning() -> None:
    assert value_text(pd.Series({"meaning": "present", "value": 1.0})) == "present"
    assert value_text(pd.Series({"meaning": np.nan, "value": -3.0})) == "−3"
    assert value_text(pd.Series({"meaning": "", "value": 0.125})) == "0.12"


def test_labels_that_would_touch_go_above_or_are_left_out() -> None:
    places = [0.0, 1.0, 2.0, 50.0, 99.5, 100.0]
    found = sides(places, ["0.01", "0.02", "0.05", "0.5", "0.95", "0.99"], 100)
    assert found == [1, -1, 0, 1, -1, 1]
    # an axis that is too short for both ends
    assert sides([0.0, 0.5], ["absent", "present"], 100) == [1, -1]


@pytest.mark.parametrize("covariates", [True, False])
def test_main_writes_both_files(tmp_path: Path, covariates: bool) -> None:
    path, png, svg = (tmp_path / name for name in ("nomogram.tsv", "n.png", "n.svg"))
    frame = table(covariates)
    columns = dict.fromkeys(frame.columns, "as named")
    write_table(frame, path, title="nomogram", columns=columns, simulated=True)
    main(table=str(path), png=str(png), svg=str(svg), simulated=True)
    said = "DLRR CT model" if covariates else "no covariates that count"
    assert said in svg.read_text(encoding="utf-8") and png.stat().st_size > 0
