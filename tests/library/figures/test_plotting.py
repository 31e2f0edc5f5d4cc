"""The figures' common look, and that the same figure gives the same bytes."""

import re
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from radfuse.figures.plotting import MM, cohort_title, model_styles, new_figure, save, shade
from radfuse.modelling.models import model_names

STUDY = model_names(["CT", "MRI"], ["CT", "MRI"], ["CT", "MRI"])


def saved(folder: Path, simulated: bool) -> tuple[Path, Path]:
    figure = new_figure(85, 60)
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], label="R CT")
    axes.set_title("A title & more")
    axes.legend()
    folder.mkdir()
    png, svg = folder / "figure.png", folder / "figure.svg"
    save(figure, str(png), str(svg), simulated)
    return png, svg


def test_a_models_look_follows_its_kind_and_modality() -> None:
    styles = model_styles(STUDY)
    assert len({style.colour for style in styles.values()}) == len(STUDY) == 7
    for kind in ("R", "DLRS", "DLRR"):
        ct, mri = styles[f"{kind}_CT"], styles[f"{kind}_MRI"]
        assert (ct.line, ct.marker) == (mri.line, mri.marker)
    assert len({styles[f"{kind}_CT"].marker for kind in ("R", "DLRS", "DLRR")}) == 3
    assert styles["fused"].colour == "#000000"


def test_a_look_does_not_depend_on_the_kinds_that_a_study_has() -> None:
    styles = model_styles(STUDY)
    without_radiology = model_styles(["DLRS_CT", "DLRS_MRI", "fused"])
    assert all(without_radiology[name] == styles[name] for name in without_radiology)


@pytest.mark.parametrize("modalities", [1, 3, 6, 7, 12, 18])
def test_any_number_of_modalities_has_colours_of_its_own(modalities: int) -> None:
    styles = model_styles([f"DLRS_M{i}" for i in range(modalities)])
    assert len({style.colour for style in styles.values()}) == modalities


def test_shades() -> None:
    assert shade("#804020", 0) == "#804020"
    assert (shade("#804020", 1), shade("#804020", -1)) == ("#ffffff", "#000000")


def test_same_figure_same_bytes(tmp_path: Path) -> None:
    first, second = (saved(tmp_path / name, simulated=True) for name in "ab")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_size_resolution_and_text(tmp_path: Path) -> None:
    png, svg = saved(tmp_path / "a", simulated=False)
    with Image.open(png) as image:
        assert image.size == (int(85 * MM * 300), int(60 * MM * 300))
        assert image.info["dpi"][0] == pytest.approx(300, abs=0.1)
    drawing = svg.read_text(encoding="utf-8")
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", drawing)
    assert "A title &amp; more" in texts and "R CT" in texts
    assert "DejaVu Sans" in drawing and "dc:date" not in drawing


def test_long_labels_are_not_cut_at_the_border(tmp_path: Path) -> None:
    figure = new_figure(120, 40)
    label = "Deep-learning radiomics score\n(MRI) = −0.51"
    figure.subplots().set_yticks([0, 1], [label, label], fontsize=6)
    png = tmp_path / "figure.png"
    save(figure, str(png), str(tmp_path / "figure.svg"), False)
    with Image.open(png) as image:
        left = ImageOps.invert(image.convert("L")).getbbox()[0]
    assert left >= 8  # of the 12 pixels that the layout leaves


def test_a_simulated_study_says_so_in_the_figure(tmp_path: Path) -> None:
    real, simulated = saved(tmp_path / "a", simulated=False), saved(tmp_path / "b", simulated=True)
    assert ">Simulated data<" in simulated[1].read_text(encoding="utf-8")
    assert "imulated" not in real[1].read_text(encoding="utf-8")
    with Image.open(simulated[0]) as image, Image.open(real[0]) as other:
        assert "SIMULATED" in image.info["Description"]
        assert "Description" not in other.info
        assert image.tobytes() != other.tobytes()


def test_titles_name_the_cohort_and_its_counts() -> None:
    assert cohort_title("train", 124, 28) == "Training cohort (n = 124, 28 positive)"


def test_a_dollar_in_a_sheet_is_a_dollar(tmp_path) -> None:
    figure = new_figure(40, 20)
    text = figure.text(0.1, 0.5, r"cost $5, not $\bad{10")
    assert not text.get_parse_math()
    save(figure, str(tmp_path / "a.png"), str(tmp_path / "a.svg"), False)
    assert r"cost $5, not $\bad{10" in (tmp_path / "a.svg").read_text()
