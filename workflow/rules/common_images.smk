# Functions only: what a job on one image reads and needs.


def image_files(wildcards):
    """The image and the masks of one patient, modality and sequence, by role."""
    key = (wildcards.patient, wildcards.modality, wildcards.sequence)
    if key not in STUDY.image_rows:
        raise WorkflowError(f"{' '.join(key)}: the study has no such image.")
    return STUDY.files(*key)


def image_places(wildcards):
    """Where in its files an image and its lesion are: the columns label and volume of its row."""
    row = STUDY.image_rows[(wildcards.patient, wildcards.modality, wildcards.sequence)]
    return {"label": row["label"], "volume": row["volume"]}


def image_input(wildcards):
    """The files of one image that are there, and what else lies beside them.

    The others are refused by the job, which then can name them beside all that is wrong; as missing
    inputs they would end the whole run. Of an image that was accepted they stay inputs: files that
    are away for a while take no result with them.
    """
    files, key = image_files(wildcards), tuple(wildcards)
    if SIMULATED:
        return files
    accepted = inspection.record_path(key).exists()
    present = {role: path for role, path in files.items() if accepted or there(Path(path))}
    return {
        **present,
        "beside": [str(each) for path in present.values() for each in beside(Path(path))],
    }


def image_memory(wildcards, input, attempt):
    """Megabytes: compressed images unfold, N4 works on floating point, and a retry gets more."""
    n4 = STUDY.intensity(wildcards.modality)["bias_correction"] == "n4"
    size = 0 if SIMULATED else input.size_mb  # a cluster is asked before simulated ones are there
    return int(((2500 if n4 else 1000) + 15 * size) * attempt)
