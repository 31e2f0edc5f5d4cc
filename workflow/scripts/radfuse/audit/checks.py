"""All checks of a published study, in the order of its tables."""

from collections.abc import Sequence

from radfuse.audit.baseline_checks import check_means, check_percentages
from radfuse.audit.explaining import Explained, candidate_sizes
from radfuse.audit.facts import Publication, Statement
from radfuse.audit.finding import Finding
from radfuse.audit.ledger import check_ledger
from radfuse.audit.odds_checks import check_odds_ratios
from radfuse.audit.performance_checks import check_performance


def check_statement(
    publication: Publication, statement: Statement, sizes: Sequence[int]
) -> tuple[list[Finding], Explained | None]:
    """The findings of one table on one cohort, and the numbers of patients behind its rows."""
    match statement.kind:
        case "odds_ratios":
            return check_odds_ratios(publication, statement, sizes)
        case "performance":
            return check_performance(publication, statement, sizes)
        case "means":
            return check_means(publication, statement)
        case "percentages":
            return check_percentages(publication, statement), None
    return [], None


def check_publication(publication: Publication) -> list[Finding]:
    """All findings: the ledger's first, then table by table."""
    stated = [each.n for each in publication.statements if each.n is not None]
    sizes = candidate_sizes(stated)
    findings, pairs = [], []
    for statement in publication.statements:
        found, explained = check_statement(publication, statement, sizes)
        findings += found
        pairs.append((statement, explained))
    return [*check_ledger(pairs), *findings]
