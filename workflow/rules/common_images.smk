# Functions only: what a job on one image reads and needs.
from radfuse.planning import replaced
from snakemake.io import IOFile
from snakemake.persistence.file import FilePersistence


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


# What the region of an image depends on, but for code and the content of its files.
IMAGE_PARAMS = {
    # inputs are compared without their names: a mask that moves from one role to another would
    # change nothing; params too, so that what belongs to a name stands in one of them
    "files": image_files,
    "within": image_places,
    "roi": lambda wildcards: STUDY.roi(),
    "intensity": lambda wildcards: STUDY.intensity(wildcards.modality),
    "simulated": lambda wildcards: STUDY.simulated,
}
try:
    RECORDS = FilePersistence(nolock=True)
except PermissionError as error:
    refuse([runs.forbidden(error.filename)])


def accepted_as_it_is(wildcards):
    """Whether an image was accepted and is asked for as it was then: its files may be away."""
    key, files = tuple(wildcards), image_files(wildcards)
    record = inspection.record_path(key)
    if not record.exists() or replaced.differs(key, replaced.changed(key, files), known={}):
        return False
    made = RECORDS.metadata(IOFile(str(record)))
    asked = [code("resample_roi", "imaging"), *(of(wildcards) for of in IMAGE_PARAMS.values())]
    return made is None or sorted(made["params"]) == sorted(map(repr, asked))


def image_input(wildcards):
    """The files of one image that are there, and what else lies beside them.

    The others are refused by the job, which then can name them beside all that is wrong; as missing
    inputs they would end the whole run. Of an image that was accepted, and of which nothing else
    is asked now, they stay inputs: files that are away for a while take no result with them.
    """
    files = image_files(wildcards)
    if SIMULATED:
        return files
    present = {role: path for role, path in files.items() if there(Path(path))}
    if len(present) < len(files) and accepted_as_it_is(wildcards):
        present = files
    return {
        **present,
        "beside": [str(each) for path in present.values() for each in beside(Path(path))],
    }


def control_input(wildcards):
    """As `image_input`; files that are away stay inputs where the controls are cut already."""
    files = image_input(wildcards)
    if SIMULATED or Path("results/controls/patches", *wildcards).with_suffix(".npz").exists():
        return files
    return {role: path for role, path in files.items() if role == "beside" or there(Path(path))}


def image_memory(wildcards, input, attempt):
    """Megabytes: compressed images unfold, N4 works on floating point, and a retry gets more."""
    n4 = STUDY.intensity(wildcards.modality)["bias_correction"] == "n4"
    # a cluster is asked before simulated images are there
    files = [] if SIMULATED else map(Path, input)
    return int(((2500 if n4 else 1000) + memory_mb(set(files))) * attempt)
