# Around a run: one at a time in a study folder, and what is said at its end.
from types import SimpleNamespace

from snakemake.io import IOFile
from snakemake.persistence.file import FilePersistence


def in_words(function):
    """What a function returns; a StudyError ends the process with its sentences alone."""
    try:
        return function()
    except StudyError as error:
        sys.exit("\n".join(error.problems))


def make_again(paths):
    """Have outputs made again of which Snakemake has no record: it would miss later changes."""
    records = FilePersistence(nolock=True)
    files = [IOFile(path) for path in paths]
    unknown = [file for file in files if records.metadata(file) is None]
    records.started(SimpleNamespace(output=unknown))  # and not finished


if workflow.is_main_process:
    runs.name_run()
    make_again(runs.made_by_killed_runs())
else:  # a job on another machine
    in_words(runs.folder)


envvars:
    runs.VARIABLE,


onstart:
    note = in_words(runs.begin)
    if note:
        print("Note:", note, file=sys.stderr)


onerror:
    print(inspection.close_run(STUDY.image_keys(), STARTED, STUDY.simulated), file=sys.stderr)
