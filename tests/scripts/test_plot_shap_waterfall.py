"""The waterfall of one patient adds up to what the model predicts."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from plot_shap_waterfall import draw, main, row_label, steps

from radfuse.tables import write_table

BASE = -1.4


def shap(patient: str = "P07", values: tuple[float, ...] = (0.3, -2.0, 0.05)) -> pd.DataFrame:
    rows = [
        [patient, "test", "fused", f"c{place}", f"Covariate {place} (CT)", place + 0.5, size, BASE]
        for place, size in enumerate(values)
    ]
    names = "patient cohort model covariate label value shap base_value"
    return pd.DataFrame(rows, columns=names.split()).assign(n=80, events=20)


def test_from_the_base_value_to_the_patient_s_log_odds() -> None:
    found = steps(shap())
    assert found["start"].iloc[0] == pytest.approx(BASE)
    assert found["end"].iloc[-1] == pytest.approx(BASE + 0.3 - 2.0 + 0.05)
    assert found["start"].iloc[1:].to_numpy() == pytest.approx(found["end"].iloc[:-1].to_numpy())
    assert found["covariate"].tolist() == ["c2", "c0", "c1"]


def test_bars_colours_and_words() -> None:
    figure = draw(shap())
    axes = figure.axes[0]
    bars = [container.patches[0] for container in axes.containers]
    found = [(bar.get_x(), bar.get_width()) for bar in bars]
    expected = [(BASE, 0.05), (BASE + 0.05, 0.3), (BASE + 0.35, -2.0)]
    np.testing.assert_allclose(found, expected, atol=1e-9)
    assert bars[0].get_facecolor() == bars[1].get_facecolor() != bars[2].get_facecolor()
    assert [text.get_text() for text in axes.texts] == ["+0.05", "+0.30", "−2.00"]
    # 1 / (1 + exp(3.05))
    assert "log odds −3.05, probability 0.045" in axes.get_title()
    assert "patient P07 (test cohort)" in axes.get_title()
    assert "n = 80, 20 positive" in axes.get_xlabel()


@pytest.mark.parametrize(
    ("values", "least"),
    [((3.0, -2.0, 1.5), 3), ((0.0, 0.0), 2), ((0.003, -0.001), 2), ((9.5, 0.001), 3)],
)
@pytest.mark.parametrize("base", [BASE, 9.0, -9.0])
def test_the_upper_axis_has_probabilities_at_their_log_odds(values, least, base) -> None:
    axes = draw(shap(values=values).assign(base_value=base)).axes[0]
    (top,) = axes.child_axes
    texts = [text.get_text() for text in top.get_xticklabels()]
    places = top.get_xticks()
    few = 1 if max(values) > 9 else 2  # from 0.9999 upwards
    assert len(texts) >= (few if base > 0 else least)
    low, high = axes.get_xlim()
    assert low < min(places) and max(places) < high
    for text, place in zip(texts, places, strict=True):
        assert 1 / (1 + np.exp(-place)) == pytest.approx(float(text))


def test_values_are_readable() -> None:
    row = pd.Series({"label": "Cirrhosis (CT)", "value": 1.0})
    assert row_label(row) == "Cirrhosis (CT)\u00a0=\u00a01"
    row = pd.Series({"label": "DL radiomics score (MRI)", "value": -0.61173})
    assert row_label(row).split() == ["DL", "radiomics", "score", "(MRI)", "=", "−0.61"]
    row["label"] = "Rim-like arterial phase hyperenhancement (MRI)"
    assert max(map(len, row_label(row).split("\n"))) <= 36


def test_no_movement_does_not_crash() -> None:
    assert draw(shap(values=(0.0, 0.0))).axes


@pytest.mark.parametrize(("patient", "said"), [("P07", "Covariate 1"), ("P99", "is missing")])
def test_main_writes_both_files(tmp_path: Path, patient: str, said: str) -> None:
    path, png, svg = (tmp_path / name for name in ("shap.tsv", "w.png", "w.svg"))
    frame = pd.concat([shap(), shap("P08")])
    columns = dict.fromkeys(frame.columns, "as named")
    write_table(frame, path, title="shap", columns=columns, simulated=True)
    main(shap=str(path), patient=patient, png=str(png), svg=str(svg), simulated=True)
    assert said in svg.read_text(encoding="utf-8") and png.stat().st_size > 0
