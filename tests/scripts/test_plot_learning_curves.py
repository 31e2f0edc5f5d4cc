"""Learning curves draw what the histories say."""

from pathlib import Path

import numpy as np
import pandas as pd
from plot_learning_curves import draw, main

from radfuse.tables import write_table


def history(sequence: str, losses: list[float], chosen: int) -> pd.DataFrame:
    frame = pd.DataFrame({"modality": "CT", "sequence": sequence, "epoch": range(len(losses))})
    frame["train_loss"], frame["validation_loss"] = losses, np.array(losses) + 0.05
    frame["chosen"] = np.where(frame["epoch"] == chosen, "yes", None)
    frame["n"], frame["events"], frame["validation_n"], frame["validation_events"] = 40, 13, 10, 3
    return frame


def test_every_curve_and_the_chosen_epoch_are_the_history_s():
    histories = [history(name, [0.7, 0.6, 0.5, 0.4], 2) for name in ("NP", "AP", "VP", "DP")]
    panels = [axes for axes in draw(histories).axes if axes.get_visible()]
    assert len(panels) == 4
    for axes, frame in zip(panels, histories, strict=True):
        training, validation, line, point = axes.get_lines()
        np.testing.assert_array_equal(training.get_xydata(), frame[["epoch", "train_loss"]])
        np.testing.assert_array_equal(validation.get_xydata(), frame[["epoch", "validation_loss"]])
        assert list(line.get_xdata()) == [2, 2]
        assert point.get_xydata().tolist() == [[2, 0.55]]
        place, *sizes = axes.get_title().splitlines()
        assert place == f"CT {frame['sequence'][0]}"
        assert sizes == ["n = 40 (13 positive);", "10 (3 positive) held out"]


def test_one_legend_explains_the_curves():
    figure = draw([history("AP", [0.7, 0.9], 0)])
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts == ["Training", "Inner validation", "Chosen epoch"]


def test_main_writes_both_files(tmp_path: Path):
    frame, path = history("AP", [0.7, 0.6], 1), tmp_path / "history.tsv"
    columns = dict.fromkeys(frame.columns, "as named")
    write_table(frame, path, title="history", columns=columns, simulated=True)
    png, svg = tmp_path / "figure.png", tmp_path / "figure.svg"
    main(histories=[str(path)], png=str(png), svg=str(svg), simulated=True)
    assert "Inner validation" in svg.read_text(encoding="utf-8") and png.stat().st_size > 0
