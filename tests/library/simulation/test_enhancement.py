import numpy as np
import pytest
from simulate_image import SPACING_MM
from test_phantom import ROW

from radfuse.errors import StudyError
from radfuse.simulation.enhancement import (
    UNENHANCED,
    lesion_levels,
    paint,
    paint_lesion,
    sequence_look,
)
from radfuse.simulation.phantom import Truth, voxel_axes

NONE = dict.fromkeys((name for name, value in ROW.items() if value == "0.2"), "0")
HCC = {"hyper": "0.9", "washout": "0.9", "pseudocapsule": "0.9"}
ICCA = {"rim": "0.9", "progressive": "0.9", "target": "0.9", "t2_rim": "0.9", "stroma": "0.9"}
RADIUS = 25.0


def truth(pattern: dict[str, str]) -> Truth:
    return Truth.from_row(ROW | NONE | pattern, "P")


def drawn(pattern: dict[str, str], modality: str, sequence: str) -> tuple[dict, float]:
    """Mean level of the drawn lesion's core, periphery and shell, and the liver's."""
    look = sequence_look(modality, sequence)
    u, v, w = voxel_axes(np.zeros(3), np.full(3, 70.0), np.ones(3))
    distance = np.sqrt(u[:, None, None] ** 2 + v[:, None] ** 2 + w**2) - np.float32(RADIUS)
    image = np.full(distance.shape, look.levels["liver"], dtype=np.float32)
    nothing = np.zeros_like(image)
    paint_lesion(image, distance, RADIUS, truth(pattern), look, nothing, nothing)
    parts = {
        "core": image[distance < -0.7 * RADIUS].mean(),
        "periphery": image[(distance < -2) & (distance > -5)].mean(),
        "shell": image[np.abs(distance - 0.4) < 0.5].mean(),
        "outside": image[distance > 6].mean(),
    }
    return parts, look.levels["liver"]


@pytest.mark.parametrize("modality", ["CT", "MRI"])
def test_hcc_washes_in_and_out_with_a_capsule(modality):
    arterial, liver = drawn(HCC, modality, "AP")
    assert arterial["core"] > liver + 25
    assert arterial["core"] == pytest.approx(arterial["periphery"], rel=0.05)
    for phase in ("VP", "DP"):
        late, liver = drawn(HCC, modality, phase)
        assert late["core"] < liver - 20
        assert late["shell"] > late["core"] + 30
        assert late["shell"] > drawn(HCC | {"pseudocapsule": "0"}, modality, phase)[0]["shell"]


@pytest.mark.parametrize("modality", ["CT", "MRI"])
def test_icca_has_an_arterial_rim_and_fills_from_the_periphery(modality):
    arterial, liver = drawn(ICCA, modality, "AP")
    assert arterial["periphery"] > liver + 15 > arterial["core"] + 15
    core, above_liver = {}, {}
    for phase in ("AP", "VP", "DP"):
        parts, liver = drawn(ICCA, modality, phase)
        core[phase], above_liver[phase] = parts["core"], parts["core"] - liver
        assert parts["periphery"] > parts["core"] - 1
    assert core["DP"] > core["VP"] > core["AP"]
    assert above_liver["DP"] > 0 > above_liver["VP"]


def test_target_on_dwi_and_bright_rim_on_t2():
    diffusion, liver = drawn(ICCA, "MRI", "DWI")
    assert diffusion["periphery"] > diffusion["core"] + 80
    assert diffusion["core"] > liver
    even, _ = drawn({}, "MRI", "DWI")
    assert even["periphery"] == pytest.approx(even["core"], rel=0.02)
    t2, _ = drawn(ICCA, "MRI", "T2WI")
    assert t2["periphery"] > t2["core"] + 60
    central, _ = drawn({"t2_centre": "0.9"}, "MRI", "T2WI")
    assert central["core"] > central["periphery"] + 60


def test_unenhanced_lesions_are_darker_than_the_liver_and_the_liver_is_left_alone():
    for modality, sequence in (("CT", "NP"), ("MRI", "T1WI")):
        parts, liver = drawn({}, modality, sequence)
        assert parts["core"] < liver - 8
        assert parts["outside"] == pytest.approx(liver)


def test_textbook_levels_of_ct():
    levels = {phase: sequence_look("CT", phase).levels for phase in ("NP", "AP", "VP")}
    assert levels["NP"]["air"] == -1000
    assert 50 <= levels["NP"]["liver"] <= 65
    assert 100 <= levels["VP"]["liver"] <= 120
    assert 200 <= levels["AP"]["artery"] <= 350
    assert levels["AP"]["artery"] > levels["VP"]["artery"]
    assert -120 <= levels["NP"]["fat"] <= -80


def test_uptake_scales_enhancement_only():
    assert sequence_look("CT", "NP", 1.3) == sequence_look("CT", "NP")
    less, more = (sequence_look("CT", "VP", uptake).levels["liver"] for uptake in (0.5, 1.5))
    unenhanced = sequence_look("CT", "NP").levels["liver"]
    assert (more - unenhanced) == pytest.approx(3 * (less - unenhanced))


def test_necrosis_takes_up_no_contrast():
    with_necrosis, _ = drawn(HCC | {"necrosis": "0.9"}, "CT", "AP")
    assert with_necrosis["core"] == pytest.approx(UNENHANCED["CT"]["NP"][-1], abs=3)
    assert lesion_levels(truth({}), sequence_look("MRI", "T2WI")).necrosis > 500


def test_septa_darken_a_fibrous_lesion_early():
    look = sequence_look("CT", "AP")
    distance = np.full((4, 4, 4), -10.0, dtype=np.float32)
    images = []
    for septa in (0.0, 1.0):
        image = np.zeros((4, 4, 4), dtype=np.float32)
        pattern, none = truth(ICCA), np.zeros_like(image)
        paint_lesion(image, distance, RADIUS, pattern, look, none, np.full_like(image, septa))
        images.append(image)
    assert (images[1] - images[0]) == pytest.approx(0.9 * look.septa, abs=0.1)


def test_paint_mixes():
    image = np.array([0.0, 10.0, 20.0], dtype=np.float32)
    paint(image, np.array([0.0, 0.5, 1.0], dtype=np.float32), 100)
    assert image.tolist() == [0, 55, 100]


def test_every_sequence_that_has_levels_has_all_that_drawing_needs():
    for modality, sequences in UNENHANCED.items():
        assert modality in SPACING_MM
        for sequence in sequences:
            look = sequence_look(modality, sequence)
            assert look.levels["liver"] > 0
            assert lesion_levels(truth({}), look)


@pytest.mark.parametrize(("modality", "sequence"), [("CT", "T2WI"), ("PET", "AP")])
def test_an_unknown_sequence_is_refused(modality, sequence):
    with pytest.raises(StudyError, match=f"E06 simulation: no images of {modality} {sequence}"):
        sequence_look(modality, sequence)
