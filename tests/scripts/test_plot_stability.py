"""The stability figure draws and counts what the table of stability says."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from plot_stability import BIN, bin_edges, describe, draw, main, row_title, shares

from radfuse.figures.plotting import model_styles, shade
from radfuse.tables import write_table

MODELS = ["R_CT", "DLRS_CT", "R_MRI", "DLRS_MRI", "fused"]
SETTINGS = {"threshold": 0.75, "form": "ICC(2,1)", "by": "estimate"}


def table() -> pd.DataFrame:
    """Two sequences of 200 features; some constant, some undefined, reader 2 in one only."""
    generator = np.random.default_rng(2)
    parts = []
    for sequence, pairs in (("AP", 12), ("VP", 0)):
        part = pd.DataFrame({"feature": [f"{sequence}_{i:04d}" for i in range(200)]})
        part["sequence"], part["n"], part["events"] = sequence, 30, 10
        part["n_intra"], part["n_inter"] = 20, pairs
        part["intra"] = np.round(1 - generator.gamma(2, 0.1, 200), 6)
        part["inter"] = np.round(1 - generator.gamma(2, 0.2, 200), 6) if pairs else np.nan
        part.loc[:6, ["intra", "inter"]] = np.nan
        part["reason"] = ""
        part.loc[part["intra"] < 0.75, "reason"] = "intra-reader ICC below threshold"
        part.loc[:3, "reason"] = "constant"
        part.loc[4:6, "reason"] = "undefined"
        part["stable"] = np.where(part["reason"] == "", "yes", "no")
        for kind in ("intra", "inter"):
            part[f"{kind}_low"] = part[kind] - 0.2
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def bars(axes: Axes) -> list[tuple[np.ndarray, np.ndarray, bool]]:
    """Heights, edges, and whether they are filled."""
    return [(*patch.get_data()[:2], patch.get_fill()) for patch in axes.patches]


@pytest.mark.parametrize("by", ["estimate", "lower"])
def test_bars_are_the_tables_iccs_and_the_filled_ones_reach_the_threshold(by: str) -> None:
    frame = table()
    axes = draw(frame, "CT", {**SETTINGS, "by": by}, MODELS).axes[0]
    own = frame[frame["sequence"] == "AP"]
    below_intra, above_intra, below_inter, above_inter = bars(axes)
    for below, above, kind, side in (
        (below_intra, above_intra, "intra", 1),
        (below_inter, above_inter, "inter", -1),
    ):
        values = own[f"{kind}_low" if by == "lower" else kind].dropna()
        assert not below[2] and above[2]
        assert below[1][-1] == above[1][0] == 0.75
        assert side * above[0].sum() == pytest.approx(100 * (values >= 0.75).mean())
        counts, _ = np.histogram(values, np.append(below[1], above[1][1:]))
        drawn = side * np.append(below[0], above[0])
        np.testing.assert_allclose(drawn * len(values) / 100, counts, atol=1e-9)
        assert counts.sum() == len(values)


def test_titles_count_what_is_stable_and_what_cannot_be_judged() -> None:
    frame = table()
    figure = draw(frame, "CT", SETTINGS, MODELS)
    for axes, sequence in zip(figure.axes[::2], ("AP", "VP"), strict=True):
        own = frame[frame["sequence"] == sequence]
        kept = (own["stable"] == "yes").sum()
        said = f"{sequence}: {kept} of 200 features stable ({kept / 2:.1f}%)"
        assert axes.get_title(loc="left") == f"{said}; 4 constant, 3 undefined"
    assert figure.get_suptitle().startswith("CT: ")
    assert figure.get_suptitle().endswith("Training cohort (n = 30, 10 positive)")


def test_the_numbers_beside_the_bars() -> None:
    own = table()[lambda frame: frame["sequence"] == "AP"]
    said = describe(own, "inter", SETTINGS)
    first, middle, third = own["inter"].quantile([0.25, 0.5, 0.75])
    reached = (own["inter"] >= 0.75).sum()
    assert said == {
        "what": "Inter-reader",
        "pairs": "12",
        "middle": f"{middle:.2f} ({first:.2f}–{third:.2f})",
        "reached": f"{reached} of 193 ({100 * reached / 193:.1f}%)",
    }
    figure = draw(table(), "CT", SETTINGS, MODELS)
    texts = [text.get_text() for text in figure.axes[1].texts]
    assert set(said.values()) <= set(texts)
    assert "≥ 0.75 (filled)" in texts


def test_readers_without_pairs_are_not_assessed_and_draw_nothing() -> None:
    frame = table()
    figure = draw(frame, "CT", SETTINGS, MODELS)
    axes, numbers = figure.axes[2:4]
    assert "not assessed" in [text.get_text() for text in numbers.texts]
    assert all(not heights.any() for heights, _, _ in bars(axes)[2:])
    own = frame[frame["sequence"] == "VP"].assign(n_intra=1, intra=np.nan, stable="yes", reason="")
    assert row_title("VP", own) == "VP: 200 of 200 features kept, stability not assessed (100.0%)"
    assert row_title("-", own).startswith("200 of 200 features kept")
    nothing = frame.assign(intra=np.nan, inter=np.nan, reason="undefined", stable="no")
    assert describe(nothing, "intra", SETTINGS)["reached"] == "undefined"
    assert np.isfinite(draw(nothing, "CT", SETTINGS, MODELS).axes[0].get_xlim()).all()


def test_the_axis_names_what_is_judged() -> None:
    axes = draw(table(), "CT", {**SETTINGS, "form": "ICC(3,k)"}, MODELS).axes
    assert axes[2].get_xlabel() == "ICC(3,k)"
    axes = draw(table(), "CT", {**SETTINGS, "by": "lower"}, MODELS).axes
    assert axes[2].get_xlabel() == "Lower 95% limit of the ICC(2,1)"
    threshold = draw(table(), "CT", {**SETTINGS, "threshold": 0.6}, MODELS).axes[0]
    assert [line.get_xdata()[0] for line in threshold.get_lines()][-1] == 0.6


@pytest.mark.parametrize("threshold", [0.75, 0.6, 0.813, 1.0, 0.0, -1.0])
def test_the_threshold_is_an_edge_and_every_icc_has_a_bin(threshold: float) -> None:
    values = np.array([-7.5, -0.4, 0.2, threshold, 1.0])
    edges = bin_edges(values, threshold)
    assert threshold in edges
    assert edges[0] <= -1 and 1 <= edges[-1] < 1 + 2 * BIN
    assert shares(values, edges).sum() == pytest.approx(100)
    assert shares(np.array([]), edges).sum() == 0


def test_a_modality_keeps_its_colour() -> None:
    hue = model_styles(MODELS)["DLRS_MRI"].colour
    axes = draw(table(), "MRI", SETTINGS, MODELS).axes[1]
    assert [line.get_color() for line in axes.get_lines()] == [shade(hue, -0.35), shade(hue, 0.35)]


def test_main_writes_both_files(tmp_path: Path) -> None:
    frame, path = table(), tmp_path / "stability_CT.tsv"
    columns = dict.fromkeys(frame.columns, "as named")
    write_table(frame, path, title="stability", columns=columns, simulated=True)
    png, svg = tmp_path / "figure.png", tmp_path / "figure.svg"
    files = {"png": str(png), "svg": str(svg)}
    main(table=str(path), modality="CT", stability=SETTINGS, models=MODELS, **files, simulated=True)
    drawing = svg.read_text(encoding="utf-8")
    assert "4 constant, 3 undefined" in drawing and "Simulated data" in drawing
    assert png.stat().st_size > 0
