# Around a run: one at a time in a study folder, and what is said at its end.


def in_words(function):
    """What a function returns; a StudyError ends the process with its sentences alone."""
    try:
        return function()
    except StudyError as error:
        sys.exit("\n".join(error.problems))


if workflow.is_main_process:
    runs.name_run()
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
