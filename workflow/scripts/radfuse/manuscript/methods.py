"""The Methods of a run, section by section: what any account of it says."""

from radfuse.manuscript.methods_analysis import evaluation, models, readings
from radfuse.manuscript.methods_data import features, patients
from radfuse.manuscript.methods_images import images
from radfuse.manuscript.run import Run
from radfuse.manuscript.software import software
from radfuse.manuscript.text import Section

SECTIONS = (patients, images, features, readings, models, evaluation, software)


def methods(run: Run) -> list[Section]:
    """The sections that this run has something to say in."""
    made = [section(run) for section in SECTIONS]
    return [section for section in made if section.texts]
