"""What every job does around its work: a log file, and errors that read as sentences."""

import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from radfuse.errors import StudyError

logger = logging.getLogger("radfuse")


@contextmanager
def logged(path: str) -> Iterator[logging.Logger]:
    """Log to `path`; a StudyError ends the job with its sentences, any other with its traceback."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(path, mode="w", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").addHandler(handler)
    try:
        yield logger
    except StudyError as error:
        for problem in error.problems:
            logger.error(" ".join(problem.splitlines()))  # one line each: they are read back
        sys.exit(1)
    except Exception:
        logger.error(traceback.format_exc())
        raise
    finally:
        handler.close()
