"""Which numbers of patients explain the printed rows of a table."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Key = tuple[int, int]  # patients, positive ones among them
ALL_SIZES = 400  # patients up to which every cohort size is tried
SMALLEST = 10
ENOUGH = 3  # rows that numbers other than the stated ones must explain to be believed


@dataclass(frozen=True)
class Explained:
    """`n` patients, `events` of them positive, explain `rows` of `of` rows.

    `stated_rows` are those that the stated numbers explain, `stated_n_rows` those that the stated
    number of patients explains with any number of positives. `runner_up` is the next best
    (n, events) that is no mirror or multiple, and explains `runner_up_rows`.
    """

    n: int
    events: int
    rows: int
    of: int
    stated_rows: int
    stated_n_rows: int
    runner_up: Key | None
    runner_up_rows: int

    @property
    def convincing(self) -> bool:
        """Enough rows, half of them, and twice as many as any other numbers explain."""
        enough = max(ENOUGH, 2 * self.runner_up_rows)
        return self.rows >= enough and 2 * self.rows >= self.of


def candidate_sizes(stated: Iterable[int]) -> list[int]:
    """Cohort sizes to try: all up to the largest that is stated; of large studies those stated."""
    stated = sorted(set(stated))
    largest = stated[-1]
    return list(range(SMALLEST, largest + 1)) if largest <= ALL_SIZES else stated


def explain(rows: Sequence[set[Key]], n: int | None, events: int | None) -> Explained | None:
    """The numbers that explain most rows; of equals the ones nearest to the stated `n`, `events`.

    `rows` holds for every row the numbers that reproduce it. None where no row has any. A size
    twice as large with twice as many positives explains the same proportions: it is no rival.
    """
    counted = Counter(key for row in rows for key in row)
    if not counted:
        return None
    share = 0.5 if events is None or n is None else events / n

    def closeness(key: Key) -> tuple:
        size, positive = key
        toward = 0 if n is None else abs(size - n)
        wrong_side = (2 * positive > size) != (share > 0.5)
        return counted[key], -toward, not wrong_side, -abs(positive - share * size)

    best = max(counted, key=closeness)
    rivals = {key: found for key, found in counted.items() if not is_alike(key, best)}
    runner_up = max(rivals, key=closeness_of(rivals, best), default=None)
    return Explained(
        *best,
        rows=counted[best],
        of=len(rows),
        stated_rows=counted[n, events],
        stated_n_rows=sum(any(key[0] == n for key in row) for row in rows),
        runner_up=runner_up,
        runner_up_rows=rivals.get(runner_up, 0),
    )


def closeness_of(rivals: dict[Key, int], best: Key):
    """A key function: the most rows first, then the size nearest to the best one's."""
    return lambda key: (rivals[key], -abs(key[0] - best[0]), -abs(key[1] - best[1]))


def is_alike(key: Key, best: Key) -> bool:
    """The same numbers, the classes swapped, or both in the same proportion."""
    (n, events), (m, positive) = key, best
    return n * positive == m * events or n * positive == m * (n - events)
