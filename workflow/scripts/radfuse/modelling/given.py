"""Models of another study that the config names (`apply_models`): are they models, and whole?"""

from collections.abc import Collection, Mapping
from pathlib import Path

from radfuse.errors import StudyError
from radfuse.inputs.config import load_schema, violations
from radfuse.modelling.models import fingerprint, parts, read_model

WANTED = "`apply_models` names the folder results/models of a finished study"


def read_models(folder: str) -> dict[str, dict]:
    """The models of a folder (results/models of a study) by name. Raises StudyError E27."""
    paths = [path for path in sorted(Path(folder).glob("*.json")) if path.name[0] != "."]
    if Path(folder, "models").is_dir():
        raise StudyError(
            f"E27 model: {folder} holds a folder of models, {folder}/models; {WANTED}: that one."
        )
    if not paths:
        raise StudyError(f"E27 model: {folder} holds no models; {WANTED}.")
    schema, found, problems = load_schema("model"), {}, []
    for path in paths:
        model, wrong = one_model(path, schema)
        problems += wrong
        if not wrong:
            found[path.stem] = model
    problems += incomplete(folder, found, {path.stem for path in paths}) + mixed(folder, found)
    if problems:
        raise StudyError(*problems)
    return found


def one_model(path: Path, schema: Mapping) -> tuple[dict, list[str]]:
    """A model, and what is wrong with its file."""
    try:
        model = read_model(path)
    except (OSError, ValueError) as error:
        return {}, [
            f"E27 model: {path} cannot be read as JSON in UTF-8 ({error}); copy it again, or take "
            "it away if it is no model."
        ]
    if not isinstance(model, Mapping) or "model" not in model:
        return {}, [f"E27 model: {path} is no model of radfuse; take it away. {WANTED}."]
    problems = violations(model, schema, str(path), "E27 model")
    if not problems and model["model"] != path.stem:
        problems = [
            f"E27 model: {path} holds the model {model['model']}, which is to be called "
            f"{model['model']}.json: rename it, or take it away if it is another copy."
        ]
    return dict(model), problems


def incomplete(folder: str, models: Mapping[str, Mapping], files: Collection[str]) -> list[str]:
    """Models whose parts are not there."""
    return [
        f"E27 model: {folder}: {name} is made of {part}, which is not there; copy the whole folder."
        for name, model in models.items()
        for part in parts(model)
        if part not in files
    ]


def mixed(folder: str, models: Mapping[str, Mapping]) -> list[str]:
    """Models that were fitted on others than those that are there."""
    return [
        f"E27 model: {folder}: {name} was fitted on another {part} than the one that is there: the "
        "folder holds models of two forms of a study, or one of both files was changed. Run that "
        "study to its end, delete what it says is left over, and copy the folder again."
        for name, model in models.items()
        for part, known in model.get("made_of", {}).items()
        if part in models and fingerprint(models[part]) != known
    ]
