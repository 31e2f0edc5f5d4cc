"""Errors a user can act on: a code, what disagrees, and the fix."""


class StudyError(Exception):
    """Problems in a study's sheets, config or images.

    `problems` are complete sentences that each begin with their code (`E13 geometry: ...`).
    All problems that one look can find are raised together.
    """

    def __init__(self, *problems: str) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(self.problems))
