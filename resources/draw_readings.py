"""Both readers' radiological readings of a simulated study, with published frequencies.

Codes are drawn within each class by rank, so that their counts are those asked for exactly.
"""

from collections.abc import Mapping

import numpy as np

CLASSES = ((True, "icca"), (False, "other"))
ARTERIAL = ("rim_hyperenhancement", "diffuse_hyperenhancement", "diffuse_hypoenhancement")
LATER = ("washin_washout", "progressive_enhancement", "stable_enhancement")
Columns = dict[str, np.ndarray]  # one array over the patients per name


def highest(scores: np.ndarray, count: int) -> np.ndarray:
    """True for the `count` highest scores."""
    chosen = np.zeros(len(scores), dtype=bool)
    chosen[np.argsort(-scores, kind="stable")[:count]] = True
    return chosen


def draw_scores(
    random: np.random.Generator, published: Mapping, likeness: np.ndarray
) -> list[Columns]:
    """How strongly each patient tends to each finding within its class, in CT and in MRI."""
    scores: list[Columns] = [{}, {}]
    for name, finding in (published["findings"] | published["levels"]).items():
        loading = finding["likeness"]
        own = random.standard_normal(len(likeness))
        score = loading * likeness + np.sqrt(1 - loading**2) * own
        for columns in scores:
            columns[name] = score + random.normal(0, 0.35, len(likeness))
    return scores


def draw_pattern(score: Mapping[str, np.ndarray], count: Mapping[str, int]) -> Columns:
    """Exclusive arterial patterns and, in keeping with them, exclusive later ones (one class)."""
    rim, hyper, hypo = ARTERIAL
    washout, progressive, stable = LATER
    found = {hyper: highest(score[hyper], count[hyper])}
    found[rim] = highest(score[rim] - 99 * found[hyper], count[rim])
    found[hypo] = ~(found[hyper] | found[rim])
    wash = score[washout] + 1.5 * found[hyper] - 99 * found[hypo]
    found[washout] = highest(wash, count[washout])
    fill = score[progressive] - 0.8 * found[hyper] - 99 * found[washout]
    found[progressive] = highest(fill, count[progressive])
    rest = score[stable] - 99 * (found[washout] | found[progressive])
    found[stable] = highest(rest, count[stable])
    return found


def draw_readings(
    published: Mapping, modality: str, score: Mapping[str, np.ndarray], icca: np.ndarray
) -> Columns:
    """Reader 1's codes of one modality, with the published share of each code in each class."""
    names = (*published["findings"], *published["levels"], *ARTERIAL, *LATER)
    codes = {name: np.zeros(len(icca), dtype=int) for name in names}
    for part, (positive, group) in enumerate(CLASSES):
        members = np.flatnonzero(icca == positive)
        scale = len(members) / published["totals"][modality][part]
        own = {name: values[members] for name, values in score.items()}
        count = {
            name: round(finding[modality][part] * scale)
            for name, finding in published["findings"].items()
        }
        found = {name: highest(own[name], count[name]) for name in count}
        for name, present in (found | draw_pattern(own, count)).items():
            codes[name][members] = present
        for name, levels in published["levels"].items():
            bounds = np.cumsum(levels[group])[:-1] * len(members) - 0.5
            ranks = np.argsort(np.argsort(own[name], kind="stable"))
            first = 1 if name in ("location", "morphology") else 0
            codes[name][members] = first + (ranks[:, None] > bounds).sum(axis=1)
    return codes


def kappa(first: np.ndarray, second: np.ndarray) -> float:
    """Cohen's kappa of two readers' codes; 1 where there is but one code."""
    levels = np.union1d(first, second)
    chance = sum(np.mean(first == level) * np.mean(second == level) for level in levels)
    return (np.mean(first == second) - chance) / (1 - chance) if chance < 1 else 1.0


def disagreement(random: np.random.Generator, codes: np.ndarray, icca: np.ndarray) -> np.ndarray:
    """Whose code the second reader gives each patient: some are swapped within their class.

    Of 60 random swaps the one whose kappa is nearest to a target between 0.72 and 0.9.
    """
    target, best, best_gap = random.uniform(0.72, 0.9), np.arange(len(codes)), np.inf
    for share in random.uniform(0.05, 0.5, 60):
        order = np.arange(len(codes))
        for positive, _ in CLASSES:
            chosen = np.flatnonzero((icca == positive) & (random.random(len(codes)) < share))
            order[chosen] = random.permutation(chosen)
        gap = abs(kappa(codes, codes[order]) - target)
        if gap < best_gap:
            best, best_gap = order, gap
    return best


def second_readings(random: np.random.Generator, codes: Columns, icca: np.ndarray) -> Columns:
    """Reader 2's codes; a patient's whole enhancement pattern is swapped at once."""
    arterial, later = (
        np.select([codes[name] == 1 for name in names], [1, 2, 3]) for names in (ARTERIAL, LATER)
    )
    pattern = disagreement(random, 4 * arterial + later, icca)
    second = {}
    for name, values in codes.items():
        joint = name in (*ARTERIAL, *LATER)
        second[name] = values[pattern if joint else disagreement(random, values, icca)]
    return second
