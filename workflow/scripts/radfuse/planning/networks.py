"""The networks of a study: from which weights, where they lie, and what they learn from."""

from pathlib import Path

from radfuse.imaging.digests import file_digest
from radfuse.imaging.files import lack, there
from radfuse.inputs.weights import is_file, is_tag
from radfuse.modelling.applying import different, refusal
from radfuse.planning.study import Study

PRETRAINED = "results/backbone/backbone.json"
CAUTION = (
    "The network was fine-tuned on the training cohort's lesions and outcomes, and not again here: "
    "what is computed on its patients, held out or not, is apparent only."
)


def choice(study: Study) -> dict:
    """Which network with which weights, without what is done with it."""
    return {key: study.config["backbone"][key] for key in ("architecture", "weights", "sha256")}


def weights_file(study: Study) -> dict[str, str]:
    """The weights as an input where they are a file: the user's, or a download."""
    weights = study.config["backbone"]["weights"]
    if is_tag(weights):
        return {"downloaded": "results/backbone/downloaded.safetensors"}
    return {"weights": weights} if is_file(weights) else {}


def unfit(study: Study) -> list[str]:
    """A file of weights that is not there, and what shows before a run that applied models were
    built on another network."""
    backbone = study.config["backbone"]
    weights, own_file = Path(backbone["weights"]), is_file(backbone["weights"])
    if not study.imaged_modalities:
        return []
    if own_file and not there(weights):
        return [
            f"E30 backbone: backbone.weights: {weights} {lack(weights)}; it is sought from the "
            f"study folder {Path.cwd()}."
        ]
    ours = {"architecture": without_tag(backbone["architecture"])}
    if own_file and study.applies:
        ours["weights_sha256"] = file_digest(weights)
    problems = []
    for model in study.applied:
        theirs = model.get("features", {}).get("backbone")
        if theirs:
            theirs = {**theirs, "architecture": without_tag(theirs["architecture"])}
            problems += refusal(model, different("backbone", theirs, ours, list(ours)))
    return problems


def without_tag(architecture: str) -> str:
    """timm's name of a network without that of its weights: `resnet50` of `resnet50.a1_in1k`."""
    return architecture.partition(".")[0]


def on_gpu(study: Study) -> bool:
    return study.config["backbone"]["device"] == "cuda"


def gpus(study: Study) -> dict[str, int]:
    """What a job that computes on `backbone.device` asks of the machine."""
    return {"gpu": 1} if on_gpu(study) else {}


def finetuned(study: Study) -> bool:
    """Whether every sequence has a network of its own."""
    return bool(study.imaged_modalities) and study.config["backbone"]["transfer"] == "finetune"


def caution(study: Study) -> str:
    """What tables of results on training patients say where the network learnt from them."""
    return CAUTION if finetuned(study) else ""


def folder(study: Study) -> str:
    """Where the network of a sequence lies, with its record and its weights."""
    return f"results/backbone{'/{modality}/{sequence}' * finetuned(study)}"


def per_sequence(study: Study, file: str, of: str = "") -> list[str]:
    """One file of every sequence's own network, of all modalities or one; none where all share
    one."""
    return [
        f"results/backbone/{modality}/{sequence}/{file}"
        for modality in study.imaged_modalities
        if of in ("", modality)
        for sequence in study.modalities[modality]["sequences"]
        if finetuned(study)
    ]


def pretrained(study: Study) -> dict[str, str]:
    """The record of the pretrained network, where there are images."""
    return {"backbone": PRETRAINED} if study.imaged_modalities else {}


def records(study: Study, of: str = "") -> dict[str, str | list[str]]:
    """The record of the pretrained network, and of every one that was fine-tuned from it (for all
    modalities, or one)."""
    own = per_sequence(study, "backbone.json", of)
    return {**pretrained(study), "finetuned": own} if study.imaged_modalities else {}


def training_patches(study: Study, modality: str, sequence: str) -> list[str]:
    """One sequence's patches of the training patients with an outcome, and of nobody else."""
    return [f"results/roi/{p}/{modality}/{sequence}/patches.npz" for p in study.training.index]
