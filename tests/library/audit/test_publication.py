"""A published study as a folder: what is refused, what its numbers of patients explain."""

import shutil
from pathlib import Path

import pytest

from radfuse.audit.explaining import ALL_SIZES, candidate_sizes, explain, is_alike
from radfuse.audit.facts import Statement, fact_files, load_publication
from radfuse.audit.ledger import check_ledger, entries
from radfuse.errors import StudyError

PAPER = Path(__file__).resolve().parents[3] / "resources" / "paper"


@pytest.fixture
def folder(tmp_path) -> Path:
    return Path(shutil.copytree(PAPER, tmp_path / "paper"))


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def problems(folder: Path) -> list[str]:
    with pytest.raises(StudyError) as caught:
        load_publication(folder)
    return caught.value.problems


def test_the_paper_is_read(folder):
    publication = load_publication(folder)
    assert publication.citation.startswith("Cheng et al.")
    assert publication.largest == 178
    assert [statement.table for statement in publication.statements][:4] == ["Text"] * 3 + [
        "Table 1"
    ]
    train = next(s for s in publication.statements if s.kind == "performance")
    assert len(publication.rows_of(train)) == 7
    names = {Path(path).name for path in fact_files(folder)}
    assert names == {path.name for path in folder.iterdir()} - {
        "README.md",
        "recovered_counts_ct.tsv",
    }


def test_without_a_citation_the_folder_names_the_study(folder):
    (folder / "citation.txt").unlink()
    assert load_publication(folder).citation == "paper"
    assert not any(path.endswith("citation.txt") for path in fact_files(folder))


def test_an_index_that_lacks_columns(folder):
    change(folder / "tables.tsv", "cohort", "cohorts")
    assert problems(folder)[0].startswith("E02 sheet: ")
    assert "'cohort'; did you mean 'cohorts'?" in problems(folder)[0]


def test_no_index_at_all(tmp_path):
    assert fact_files(tmp_path) == [(tmp_path / "tables.tsv").as_posix()]
    assert problems(tmp_path)[0].startswith("E02 sheet: ")


def test_every_problem_of_the_index_is_listed(folder):
    change(folder / "tables.tsv", "\tperformance\ttrain\t124", "\tperformances\ttrain\t0")
    change(folder / "tables.tsv", "train\t124\t28\tnon_icca\ticca", "train\t124\t200\tnon_icca\t")
    found = problems(folder)
    assert any("'performances'" in text and "did you mean 'performance'?" in text for text in found)
    assert any("n '0' is no count" in text for text in found)
    assert any("200 positive of 124" in text for text in found)
    assert any("needs 'positive'" in text for text in found)
    assert all(text.startswith("E05 value: ") for text in found)


def test_a_threshold_is_youden_s_or_its_own(folder):
    change(folder / "tables.tsv", "own", "best")
    assert "threshold 'best' is not own or youden" in problems(folder)[0]


def test_a_folder_without_any_number_of_patients(tmp_path):
    (tmp_path / "tables.tsv").write_text(
        "table\tfile\tkind\tcohort\tn\tevents\nText\t\t\tall\t\t\n"
    )
    assert "no row states a number of patients" in problems(tmp_path)[0]


def test_cells_and_columns_of_the_tables(folder):
    change(folder / "table4.tsv", "0.875", "0.875*")
    change(folder / "table2_ct.tsv", "univariate_low", "univariate_lower")
    found = problems(folder)
    assert any("table4.tsv row 2, auc: '0.875*' is no printed number" in text for text in found)
    assert any("table2_ct.tsv has no column 'univariate_low'" in text for text in found)


def test_the_numbers_that_explain_most_rows():
    rows = [{(178, 36), (178, 142), (100, 7)}, {(178, 36), (178, 142)}, {(178, 36)}, set()]
    found = explain(rows, 124, 28)
    assert (found.n, found.events, found.rows, found.of) == (178, 36, 3, 4)
    assert (found.runner_up, found.runner_up_rows) == ((100, 7), 1)
    assert found.convincing and found.stated_rows == found.stated_n_rows == 0
    assert explain([set()], 124, 28) is None


def test_of_equals_the_stated_numbers_win():
    rows = [{(54, 15), (108, 30)}] * 3
    assert explain(rows, 54, 15).stated_rows == 3
    assert (explain(rows, 54, 11).n, explain(rows, 108, None).n) == (54, 108)
    mirrored = [{(178, 36), (178, 142)}] * 3
    assert explain(mirrored, 178, 130).events == 142
    assert explain(mirrored, None, None).events == 36
    assert explain(mirrored, 178, 130).runner_up is None


def test_two_rows_convince_nobody():
    assert not explain([{(178, 36)}, {(178, 36)}], 124, 28).convincing
    rivals = [{(178, 36), (150, 40)}] * 3
    assert not explain(rivals, 124, 28).convincing


def test_alike_are_mirrors_and_multiples():
    assert is_alike((178, 142), (178, 36)) and is_alike((108, 30), (54, 15))
    assert not is_alike((178, 35), (178, 36))


def test_sizes_to_try():
    assert candidate_sizes([54, 178, 124]) == list(range(10, 179))
    assert candidate_sizes([ALL_SIZES + 400, 300]) == [300, ALL_SIZES + 400]


def stated(table: str, cohort: str, n: int, events: int | None) -> tuple[Statement, None]:
    return Statement(table, "", "", cohort, n, events), None


def test_the_ledger_sums_cohorts_and_compares_sources():
    pairs = [
        stated("Text", "all", 178, None),
        stated("Table 1", "train", 124, 28),
        stated("Table 1", "test", 54, 11),
        (Statement("Table 2", "t.tsv", "odds_ratios", "train", 124, 28), explained(178, 36)),
        (Statement("Table 4", "t.tsv", "performance", "test", 54, 11), explained(54, 11)),
    ]
    texts = {(entry.cohort, entry.text) for entry in entries(pairs)}
    assert ("all", "Table 1, summed: 39 of 178") in texts
    assert ("all", "Table 2: 36 of 178") in texts
    found = {finding.cohort: finding for finding in check_ledger(pairs)}
    assert found["all"].verdict == "disagrees"
    assert "36 of 178, 39 of 178" in found["all"].explanation
    assert (found["test"].verdict, found["test"].n, found["test"].events) == ("agrees", 54, 11)
    assert "train" not in found


def explained(n: int, events: int):
    return explain([{(n, events)}] * 4, n, events)
