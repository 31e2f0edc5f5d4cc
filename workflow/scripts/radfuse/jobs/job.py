"""What every job does around its work: a log file, whole outputs, errors that read as sentences."""

import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace

from radfuse.errors import StudyError
from radfuse.jobs.staging import Outputs, staged

logger = logging.getLogger("radfuse")
INTERRUPTED = 130  # the exit status of what Ctrl-C ends


@contextmanager
def job(log: str, outputs: Outputs) -> Iterator[SimpleNamespace]:
    """Log to `log`, and write to the paths that this gives, which are those of `outputs` aside."""
    with logged(log), staged(outputs) as output:
        yield output


class LogFile(logging.FileHandler):
    """A log; what cannot be written to it, on a full disk, is said on the terminal."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        print(record.getMessage(), file=sys.stderr)


@contextmanager
def logged(path: str) -> Iterator[logging.Logger]:
    """Log to `path`; a StudyError ends the job with its sentences, an interruption without a word,
    any other error with its traceback."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    handler = LogFile(path, mode="w", encoding="utf-8")
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
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)  # Ctrl-C reaches every job that is going
    except Exception:
        logger.error(traceback.format_exc())
        raise
    finally:
        with suppress(OSError):  # what could not be written has been said
            handler.close()
