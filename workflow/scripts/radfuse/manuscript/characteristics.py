"""The table of characteristics and the outcome, as a journal prints it."""

from radfuse.formatting import interval, p_value, positives
from radfuse.manuscript.printed import NONE, Printed, header_notes
from radfuse.manuscript.results import Results
from radfuse.report.forms import form_of

SEPARATED, SELECTED, ESTIMATED = "†", "*", "‡"
ODDS_RATIOS = (
    "OR of one level more where ordered, of one unit more where measured, against the reference of "
    "a nominal characteristic. CIs by profile likelihood. P by Wald’s test, by the penalised "
    "likelihood ratio where Firth’s likelihood was used, of a nominal characteristic as a whole by "
    "the likelihood ratio, penalised likewise."
)


def characteristics(results: Results, modality: str) -> list[Printed]:
    """Univariate and multivariable odds ratios side by side."""
    key = f"characteristics_{modality}"
    frame = results.frame(key)
    if frame.empty:
        return []
    selection = results.frame(f"selection_{modality}")
    # as in display: sizes that all rows share stand in the title
    shared = len(frame[["n", "events"]].drop_duplicates()) == 1
    sizes = f" ({positives(frame['n'].iloc[0], frame['events'].iloc[0])})" if shared else ""
    # whether the outcome separates the stepwise model, which has one answer for all its rows
    jointly = SEPARATED if (selection["separated"] == "yes").any() else ""
    rows, used, reasons = [], set(), {}
    for row in frame.to_dict("records"):
        marks = {SEPARATED: row["separated"] == "yes", SELECTED: row["selected"] == "yes"}
        if str(row["method"]).startswith("not estimable"):
            marks[ESTIMATED] = True
            reasons[row["method"].removeprefix("not estimable: ")] = True
        used |= {mark for mark, stands in marks.items() if stands} | {jointly}
        name = row["characteristic"] + "".join(mark for mark, stands in marks.items() if stands)
        cells = [
            interval(row["or"], row["low"], row["high"]),
            p_value(row["p"]),
            interval(row["multi_or"], row["multi_low"], row["multi_high"]),
            p_value(row["multi_p"]),
        ]
        cells[2:] = [f"{cell}{jointly}" if cell else "" for cell in cells[2:]]
        counts = [] if shared else [f"{row['n']} ({row['events']})"]
        rows.append([name, *counts, *(cell or NONE for cell in cells)])
    meanings = {
        SELECTED: f"refitted as the model R {modality}",
        SEPARATED: "separated by the outcome: Firth’s penalised likelihood",
        ESTIMATED: f"not estimable ({'; '.join(reasons)})",
    }
    notes = [f"{mark} {meaning}." for mark, meaning in meanings.items() if mark in used]
    notes += [f"{NONE} not in the model, or no such estimate.", ODDS_RATIOS]
    title = f"{form_of(key).title}{sizes}"
    columns = ["Characteristic", *([] if shared else ["n (positive)"])]
    heads = [("", len(columns)), ("Univariate", 2), ("Multivariable (stepwise)", 2)]
    columns += ["OR (95% CI)", "P"] * 2
    source = results.paths[key]
    notes += header_notes(source)
    return [Printed(key, title, columns, [("", rows)], notes, [str(source)], heads)]
