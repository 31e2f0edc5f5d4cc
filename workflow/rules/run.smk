# Around a run: one at a time in a study folder, and what is said at its end.
from types import SimpleNamespace

from radfuse.jobs import failures
from radfuse.jobs.staging import put_back


def in_words(function):
    """What a function returns; a StudyError ends the process with its sentences alone."""
    try:
        return function()
    except StudyError as error:
        sys.exit("\n".join(error.problems))


def make_again(paths):
    """Have outputs made again by the next run that needs them, and this one."""
    RECORDS.started(SimpleNamespace(output=[IOFile(path) for path in paths]))  # and not finished


def unrecorded(paths):
    """Those outputs of which Snakemake has no record: it would miss later changes."""
    return [path for path in paths if RECORDS.metadata(IOFile(path)) is None]


if workflow.is_main_process:
    runs.name_run()
    notes = runs.made_by_killed_runs()
    make_again(unrecorded(path for paths in notes.values() for path in paths))
    runs.forget(notes)  # Snakemake knows it all now, and may have nothing to do
    others = replaced.replaced(STUDY, tell=lambda text: print("Note:", text, file=sys.stderr))
    make_again(map(str, map(inspection.record_path, others)))
    if unrecorded(filter(os.path.exists, ["results/cohort/split.tsv"])):
        told = "the results came without the folder .snakemake, which says how they were made"
        print(f"Note: {told}: copy it too, or use --forceall once.", file=sys.stderr)
else:  # a job on another machine
    in_words(runs.folder)


envvars:
    runs.VARIABLE,


onstart:
    note = in_words(runs.begin)
    if note:
        print("Note:", note, file=sys.stderr)


onerror:
    make_again(unrecorded(put_back()))
    refused = inspection.close_run(STUDY.image_keys(), STARTED, STUDY.simulated)
    if refused:
        make_again([inspection.TABLE])  # or it would pass for the verdict on all images
    told = [inspection.GATE, "inspect_images", "check"]  # above, and by the target itself
    rest = failures.in_words(STARTED, told, FAILED.logs, said=refused)
    for said in filter(None, [refused, rest]):
        print(said, file=sys.stderr)
