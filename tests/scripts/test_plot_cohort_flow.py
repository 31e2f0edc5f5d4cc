"""The flow chart says what the ledger says."""

import itertools
from pathlib import Path

import pandas as pd
import pytest
from plot_cohort_flow import BOX_MM, draw, layout, main

from radfuse.figures.plotting import TWO_COLUMNS_MM
from radfuse.tables import write_table


def counts(*more: list) -> pd.DataFrame:
    rows = [
        ["registered", "", "", 190, 38],
        *more,
        ["analysed", "", "", 178, 36],
        ["train", "train", "", 124, 25],
        ["test", "test", "", 54, 11],
    ]
    return pd.DataFrame(rows, columns=["step", "cohort", "reason", "n", "events"])


EXCLUDED = [
    ["excluded", "", "no contrast phase", 6, 1],
    ["excluded", "", "a reason so long that it needs more than a single line of its box", 4, 1],
]
UNLABELLED = ["unlabelled", "", "no outcome", 2, 0]


def texts(frame: pd.DataFrame) -> list[str]:
    return [text.get_text().strip() for text in draw(frame).axes[0].texts if text.get_text()]


def test_every_step_with_its_counts() -> None:
    said = texts(counts(*EXCLUDED, UNLABELLED))
    assert "Registered (n = 190)" in said
    assert "Excluded (n = 10)" in said
    assert "no contrast phase (n = 6)" in said
    assert "Outcome unknown (n = 2)" in said
    assert said[said.index("Analysed (n = 178)") + 1] == "36 positive, 142 negative"
    assert said[said.index("Training cohort (n = 124)") + 1] == "25 positive, 99 negative"
    assert said[said.index("Test cohort (n = 54)") + 1] == "11 positive, 43 negative"


def test_a_long_reason_is_wrapped_not_cut() -> None:
    joined = " ".join(texts(counts(*EXCLUDED)))
    assert "a reason so long that it needs more than a single line of its box (n = 4)" in joined


def test_without_exclusions_there_is_no_side_box() -> None:
    assert not any("Excluded" in text or "unknown" in text for text in texts(counts()))


@pytest.mark.parametrize("cohorts", [("train",), ("train", "test"), ("train", "test", "external")])
def test_boxes_lie_on_the_page_and_do_not_overlap(cohorts: tuple[str, ...]) -> None:
    frame = counts(*EXCLUDED, UNLABELLED)
    frame = frame[~frame["cohort"].isin(["test"]) | ("test" in cohorts)]
    if "external" in cohorts:
        frame.loc[len(frame) + 9] = ["external", "external", "", 30, 12]
    trunk, side, ends, height = layout(frame)
    assert len(ends) == len(cohorts)
    boxes = [*trunk, *side, *ends]
    for box in boxes:
        assert box.x - BOX_MM / 2 >= 0 and box.x + BOX_MM / 2 <= TWO_COLUMNS_MM
        assert 0 <= box.bottom < box.top <= height
    for one, other in itertools.combinations(boxes, 2):
        apart = abs(one.x - other.x) >= BOX_MM
        assert apart or one.bottom >= other.top or other.bottom >= one.top


def test_main_writes_both_files(tmp_path: Path) -> None:
    frame, path = counts(["excluded", "", "a < b & c", 3, 0]), tmp_path / "counts.tsv"
    columns = dict.fromkeys(frame.columns, "as named")
    write_table(frame, path, title="counts", columns=columns, simulated=True)
    png, svg = tmp_path / "flow.png", tmp_path / "flow.svg"
    main(counts=str(path), png=str(png), svg=str(svg), simulated=True)
    assert "a &lt; b &amp; c (n = 3)" in svg.read_text(encoding="utf-8")
    assert png.stat().st_size > 0
