"""Figures of a manuscript: numbers, captions, abbreviations."""

from radfuse.manuscript.findings import Places
from radfuse.manuscript.legends import legends
from radfuse.report.captions import CAPTIONS, KINDS, caption

DRAWN = ["cohort_flow", "design", "roc_train", "roc_CT", "nomogram_DLRR_CT", "nomogram_fused"]


def test_the_paper_s_figures_come_first_and_the_final_model_s_nomogram_is_one():
    found = legends([*DRAWN, "score_CT"], "fused")
    assert [each.number for each in found] == [
        *("Figure 1", "Figure 2", "Figure 3", "Figure 4"),
        *("Figure S1", "Figure S2", "Figure S3"),
    ]
    assert [each.file.removeprefix("figures/") for each in found] == [
        *("cohort_flow", "design", "roc_train", "nomogram_fused"),
        *("roc_CT", "nomogram_DLRR_CT", "score_CT"),
    ]
    assert legends(["nomogram_R_CT"], None)[0].number == "Figure S1"
    assert legends([], "fused") == []


def test_a_legend_explains_what_it_abbreviates():
    (roc,) = legends(["roc_CT"], None)
    assert str(roc) == (
        "Figure S1. ROC curves of the CT models. CT, computed tomography; ROC, receiver operating "
        "characteristic. File: figures/roc_CT.png and .svg."
    )


def test_the_text_names_figures_by_their_number():
    places = Places(legends(DRAWN, "fused"))
    assert places.see("figure roc_train", "performance") == " (Figure 3)"
    assert places.see("roc_train") == ""


def test_captions_name_what_a_figure_is_of():
    assert caption("nomogram_DLRR_CT") == "Nomogram of the model DLRR CT."
    assert caption("shap_waterfall_P017").endswith("for P017.")
    assert caption("shap_summary") == CAPTIONS["shap_summary"]
    assert caption("new_thing") == "New thing."
    assert all("{}" in text for text in KINDS.values())
