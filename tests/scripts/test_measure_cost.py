"""The table of costs and what its header says of the next patient."""

from pathlib import Path

import pandas as pd
from measure_cost import main
from plot_cost import draw
from plot_cost import main as plot

from radfuse.tables import read_table, write_table

HEADER = "s\th:m:s\tmax_rss\n"
PLACES = [(patient, "CT", sequence) for patient in ("P1", "P2") for sequence in ("AP", "VP")]


def measured(folder: Path, missing: int = 0) -> Path:
    images = pd.DataFrame(PLACES, columns=["patient", "modality", "sequence"])
    columns = dict.fromkeys(images, "as named")
    listed = folder / "images.tsv"
    write_table(images, listed, title="images", columns=columns, simulated=True)
    for key in PLACES[missing:]:
        path = folder / "benchmarks" / "resample_roi" / f"{'/'.join(key)}.tsv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEADER + "2.0\t0:00:02\t150.26\n")
    for rule in ("predict", "measure_cost", "audit"):
        (folder / "benchmarks" / f"{rule}.tsv").write_text(HEADER + "12.0\t0:00:12\t-\n")
    main(
        benchmarks=str(folder / "benchmarks"),
        images=str(listed),
        cores={"resample_roi": 1, "predict": 1, "measure_cost": 1},
        places=["CT"],
        finetuned=False,
        simulated=True,
        table=str(folder / "cost.tsv"),
    )
    return folder / "cost.tsv"


def test_the_table_counts_the_study_s_jobs_but_not_its_own(tmp_path: Path) -> None:
    table = read_table(measured(tmp_path))
    assert table["rule"].tolist() == ["predict", "resample_roi"]
    assert table["core_seconds"].tolist() == [12, 8]
    header = (tmp_path / "cost.header.txt").read_text()
    assert "The study: 20 core-seconds (20 s) in 5 jobs." in header
    assert "The next patient: 4.0 core-seconds (20% of the study) for 2 images, and 12 (" in header
    assert "no benchmark file" not in header


def test_files_that_lack_are_counted(tmp_path: Path) -> None:
    measured(tmp_path, missing=1)
    header = (tmp_path / "cost.header.txt").read_text()
    assert "resample_roi: 1 of 4 jobs left no benchmark file" in header


def test_the_figure_shows_every_rule(tmp_path: Path) -> None:
    table = measured(tmp_path)
    figure = draw(read_table(table))
    time, memory = figure.axes
    assert [text.get_text() for text in time.get_yticklabels()] == ["predict", "resample roi × 4"]
    assert time.collections[-1].get_offsets().tolist() == [[12, 0], [8, 1]]
    assert [bar.get_width() for bar in memory.patches] == [0, 150.3]
    assert figure.get_suptitle() == "20 s of one core in 5 jobs"
    plot(table=str(table), png=f"{table}.png", svg=f"{table}.svg", simulated=True)
    assert "predict" in Path(f"{table}.svg").read_text()


def test_without_any_file_the_figure_says_so(tmp_path: Path) -> None:
    figure = draw(read_table(measured(tmp_path)).head(0))
    assert "left a benchmark file" in figure.axes[0].texts[0].get_text()
