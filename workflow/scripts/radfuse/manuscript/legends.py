"""The figures of a manuscript, numbered, each with its legend."""

from collections.abc import Sequence
from dataclasses import dataclass

from radfuse.manuscript.printed import abbreviations
from radfuse.report.captions import caption

# those of the paper itself, in the order of its text; all others are supplementary
MAIN = ("cohort_flow", "design", "examples", "roc_train", "roc_test", "roc_external")
MAIN += ("calibration", "decision_curve", "nomogram_{final}", "shap_summary")


@dataclass(frozen=True)
class Legend:
    """`key` as `Places.see` asks for it; `text` is the legend without its number."""

    key: str
    number: str  # "Figure 2", "Figure S5"
    text: str
    file: str  # without its ending, seen from results/

    def __str__(self) -> str:
        return f"{self.number}. {self.text} File: {self.file}.png and .svg."


def legends(figures: Sequence[str], final: str | None) -> list[Legend]:
    """The legends of these figures (names of files without their ending), the main ones first.

    `final` is the final model, whose nomogram is a main figure.
    """
    main = [name.format(final=final) for name in MAIN]
    chosen = [name for name in main if name in figures]
    others = [name for name in figures if name not in main]
    numbered = [(f"Figure {place}", name) for place, name in enumerate(chosen, start=1)]
    numbered += [(f"Figure S{place}", name) for place, name in enumerate(others, start=1)]
    return [
        Legend(f"figure {name}", number, legend(name), f"figures/{name}")
        for number, name in numbered
    ]


def legend(name: str) -> str:
    text = caption(name)
    return " ".join(filter(None, [text, abbreviations([text])]))
