"""Every format reads as the same volume, and what is no volume is refused with its code."""

import gzip
import struct

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from phantoms import AFFINES, RAS, affine_of, save, to_sitk

from radfuse.errors import StudyError
from radfuse.imaging.nifti import read_nifti
from radfuse.imaging.read import read_image, read_mask
from radfuse.imaging.volume import Volume

OBLIQUE = affine_of((0.8, 0.9, 5.0), angles=(0.2, -0.3, 0.4), origin=(12.0, -70.0, 33.0))
VOXELS = np.arange(60, dtype=np.int16).reshape(3, 4, 5)  # z, y, x
PLACE = "P01 CT AP image"


def nifti(voxels=VOXELS, affine=OBLIQUE, kind=nibabel.Nifti1Image) -> nibabel.Nifti1Image:
    return kind(voxels.T, RAS @ affine)


def read(tmp_path, image, name="i.nii", wanted="") -> Volume:
    """Write a nibabel image, or bytes, and read it."""
    path = tmp_path / name
    path.write_bytes(image if isinstance(image, bytes | bytearray) else image.to_bytes())
    return read_image(path, PLACE, wanted)


def refusal(tmp_path, image, name="i.nii", wanted="") -> str:
    with pytest.raises(StudyError) as caught:
        read(tmp_path, image, name, wanted)
    (problem,) = caught.value.problems
    assert PLACE in problem
    assert name in problem
    return problem


@pytest.mark.parametrize("kind", [nibabel.Nifti1Image, nibabel.Nifti2Image])
@pytest.mark.parametrize("name", ["i.nii", "i.nii.gz"])
def test_nifti_1_and_2_compressed_or_not(tmp_path, kind, name):
    nibabel.save(nifti(kind=kind), tmp_path / name)
    volume = read_image(tmp_path / name, PLACE)
    assert np.array_equal(volume.voxels, VOXELS)
    assert np.allclose(volume.affine, OBLIQUE, atol=1e-4)
    assert volume.notes == ()


@settings(max_examples=40, deadline=None)
@given(affine=AFFINES)
def test_every_voxel_lies_where_simpleitk_puts_it(tmp_path_factory, affine):
    path = save(tmp_path_factory.mktemp("v") / "v.nii", VOXELS, affine)
    volume, reference = read_image(path, PLACE), sitk.ReadImage(path)
    for index in [(0, 0, 0), (4, 1, 2), (1, 3, 2)]:
        expected = reference.TransformIndexToPhysicalPoint(index)
        assert np.allclose(volume.position(index), expected, atol=1e-3)
        assert np.allclose(volume.index(expected), index, atol=1e-3)
        assert volume.voxels[index[::-1]] == reference[index]


SCALINGS = [(np.nan, np.nan), (1.0, 0.0), (0.0, 9.0), (2.5, -7.0), (1.0, -1024.0), (-1.0, 3.0)]


def made(kind, order, dtype, unit, forms, codes, scaling, extended) -> bytes:
    """A NIfTI as any program may write it."""
    header = kind.header_class(endianness=order)
    header.set_data_dtype(np.dtype(dtype).newbyteorder(order))
    header.set_xyzt_units(unit, "sec")
    if extended:
        header.extensions.append(nibabel.nifti1.Nifti1Extension("comment", b"of no use" * 20))
    image = kind((VOXELS * 3 - 20 * (dtype[0] != "u")).T, None, header)
    image.set_sform(forms[0], code=codes[0])
    image.set_qform(forms[1], code=codes[1])
    content = bytearray(image.to_bytes())
    place, kinds = (112, "2f") if kind is nibabel.Nifti1Image else (176, "2d")
    struct.pack_into(order + kinds, content, place, *scaling)
    return bytes(content)


ANY_NIFTI = {
    "kind": st.sampled_from([nibabel.Nifti1Image, nibabel.Nifti2Image]),
    "order": st.sampled_from("<>"),
    "dtype": st.sampled_from(["u1", "i1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"]),
    "unit": st.sampled_from(["unknown", "meter", "mm", "micron"]),
    "forms": st.tuples(AFFINES, AFFINES),
    "codes": st.tuples(st.integers(0, 4), st.integers(0, 4)),
    "scaling": st.sampled_from(SCALINGS),
    "extended": st.booleans(),
}


@settings(max_examples=150, deadline=None)
@given(features=st.fixed_dictionaries(ANY_NIFTI))
def test_any_nifti_reads_as_nibabel_reads_it(tmp_path_factory, features):
    path = tmp_path_factory.mktemp("v") / "v.nii"
    path.write_bytes(made(**features))
    reference, volume = nibabel.load(path), read_nifti(path, PLACE)
    scale = {"meter": 1000.0, "micron": 0.001}.get(features["unit"], 1.0)
    affine = np.diag([scale, scale, scale, 1.0]) @ RAS @ reference.affine
    assert np.allclose(volume.voxels, np.asanyarray(reference.dataobj).T, rtol=1e-6)
    # a quaternion in single precision is known to 1e-3 where it turns by nearly 180 degrees
    assert np.allclose(volume.affine, affine, rtol=1e-5, atol=1e-2 * scale)
    if features["scaling"] in SCALINGS[:3]:
        assert volume.voxels.dtype == np.dtype(features["dtype"])
    sform, qform = features["codes"]
    apart = not np.allclose(reference.header.get_zooms(), volume.spacing / scale, rtol=0.01)
    assert len(volume.stated) == (sform > 0 and (qform > 0 or apart))


@pytest.mark.parametrize(
    "slope, inter, dtype",
    [(2.0, -1024.0, np.float32), (0.5, 0.0, np.float32), (1.0, -1024.0, np.int16)],
)
def test_slope_and_intercept_are_applied(tmp_path, slope, inter, dtype):
    content = bytearray(nifti().to_bytes())
    struct.pack_into("<2f", content, 112, slope, inter)
    volume = read(tmp_path, content)
    assert volume.voxels.dtype == dtype  # integers stay integers where they can
    assert np.array_equal(volume.voxels, VOXELS * slope + inter)


def test_a_slope_of_zero_means_no_rescaling(tmp_path):
    content = bytearray(nifti().to_bytes())
    struct.pack_into("<2f", content, 112, 0.0, 7.0)
    assert np.array_equal(read(tmp_path, content).voxels, VOXELS)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.int32, np.float32])
def test_the_stored_type_is_kept(tmp_path, dtype):
    volume = read(tmp_path, nifti(VOXELS.astype(dtype)))
    assert volume.voxels.dtype == dtype
    assert np.array_equal(volume.voxels, VOXELS)


def test_big_endian(tmp_path):
    header = nibabel.Nifti1Header(endianness=">")
    header.set_data_dtype(np.int16)
    content = nibabel.Nifti1Image(VOXELS.T, RAS @ OBLIQUE, header).to_bytes()
    assert content[:4] == (348).to_bytes(4, "big")
    volume = read(tmp_path, content)
    assert np.array_equal(volume.voxels, VOXELS)
    assert np.allclose(volume.affine, OBLIQUE, atol=1e-4)


def with_forms(shift_mm: float) -> nibabel.Nifti1Image:
    image, moved = nifti(), RAS @ OBLIQUE
    moved[2, 3] += shift_mm
    image.set_sform(RAS @ OBLIQUE, code=1)
    image.set_qform(moved, code=1)
    return image


def test_the_sform_is_used_and_a_note_says_how_far_the_qform_is(tmp_path):
    volume = read(tmp_path, with_forms(3.0))
    assert np.allclose(volume.affine, OBLIQUE, atol=1e-4)
    assert volume.notes == ("sform and qform disagree by up to 3.0 mm; the sform is used",)
    (other,) = volume.stated
    assert other[2, 3] - volume.affine[2, 3] == pytest.approx(3.0, abs=1e-4)


@pytest.mark.parametrize("qform", [0, 1])
def test_an_image_that_states_two_voxel_sizes_is_refused_and_a_mask_is_not(tmp_path, qform):
    """pixdim is half of what the sform says, as where a registration scaled the latter."""
    content = bytearray(nifti().to_bytes())
    zooms = struct.unpack_from("<3f", content, 80)
    struct.pack_into("<3f", content, 80, *(zoom / 2 for zoom in zooms))
    struct.pack_into("<2h", content, 252, qform, 1)
    path = tmp_path / "v.nii"
    path.write_bytes(content)
    with pytest.raises(StudyError, match=r"E12 .*v.nii states voxels of .* by its sform and of"):
        read_image(path, PLACE)
    mask = read_mask(path, PLACE, None)
    spacing = [np.linalg.norm(each[:3, :3], axis=0) for each in (mask.affine, *mask.stated)]
    assert np.allclose(spacing[0], 2 * spacing[1], rtol=1e-5)
    assert f"sform and {'qform' if qform else 'pixdim'} disagree by up to" in mask.notes[0]


@pytest.mark.parametrize(
    ("slices", "factors", "refused"),
    [
        (3, (1, 1, 1.02), True),
        (3, (1.02, 1, 1), True),
        (3, (1, 1, 1.005), False),  # rounded
        (1, (1, 1, 5), False),  # how thick a single slice is matters nowhere
        (1, (1.02, 1, 1), True),
    ],
)
def test_which_sizes_contradict_one_another(tmp_path, slices, factors, refused):
    content = bytearray(nifti(VOXELS[:slices]).to_bytes())
    zooms = struct.unpack_from("<3f", content, 80)
    struct.pack_into("<3f", content, 80, *np.multiply(zooms, factors))
    struct.pack_into("<2h", content, 252, 0, 1)
    (tmp_path / "v.nii").write_bytes(content)
    if refused:
        with pytest.raises(StudyError, match="by pixdim"):
            read_image(tmp_path / "v.nii", PLACE)
    else:
        read_image(tmp_path / "v.nii", PLACE)


def test_forms_that_agree_are_not_worth_a_note(tmp_path):
    assert read(tmp_path, with_forms(0.05)).notes == ()


def test_the_qform_is_used_where_it_stands_alone(tmp_path):
    content = bytearray(with_forms(3.0).to_bytes())
    struct.pack_into("<2h", content, 252, 1, 0)  # qform_code, sform_code
    volume = read(tmp_path, content)
    assert volume.affine[2, 3] == pytest.approx(OBLIQUE[2, 3] + 3.0, abs=1e-4)
    assert volume.stated == volume.notes == ()


@pytest.mark.parametrize("order", [(1, 0, 2), (0, 2, 1), (2, 1, 0), (1, 2, 0)])
@pytest.mark.parametrize("flips", [(1, 1, 1), (-1, 1, 1), (1, 1, -1), (-1, -1, -1)])
def test_half_a_turn_in_single_precision_is_half_a_turn(tmp_path, order, flips):
    affine = affine_of((0.5, 0.6, 4.0), origin=(5, 6, 7), order=order, flips=flips)
    image = nifti(affine=affine)
    image.set_sform(None, code=0)
    image.set_qform(RAS @ affine, code=1)
    assert np.allclose(read(tmp_path, image).affine, affine, atol=1e-5)


def test_a_file_without_orientation_says_so(tmp_path):
    content = bytearray(nifti().to_bytes())
    struct.pack_into("<2h", content, 252, 0, 0)
    volume = read(tmp_path, content)
    assert volume.notes == ("the file states no orientation (sform and qform codes are 0)",)
    assert np.allclose(volume.spacing, (0.8, 0.9, 5.0))


@pytest.mark.parametrize("unit, scale", [("meter", 1e-3), ("micron", 1e3), ("mm", 1), (0, 1)])
def test_units_become_millimetres(tmp_path, unit, scale):
    image = nifti(affine=np.diag([scale, scale, scale, 1]) @ OBLIQUE)
    image.header.set_xyzt_units(unit)
    assert np.allclose(read(tmp_path, image).affine, OBLIQUE, atol=1e-4)


@pytest.mark.parametrize("name", ["i.nrrd", "i.nhdr", "i.mha", "i.mhd"])
@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32])
def test_nrrd_and_metaimage_read_as_the_nifti_of_the_same_image(tmp_path, name, dtype):
    image = to_sitk(Volume(VOXELS.astype(dtype), OBLIQUE))
    for each in (name, "i.nii.gz"):
        sitk.WriteImage(image, tmp_path / each)
    volume, same = (read_image(tmp_path / each, PLACE) for each in (name, "i.nii.gz"))
    assert volume.voxels.dtype == same.voxels.dtype == dtype
    assert np.array_equal(volume.voxels, same.voxels)
    assert np.allclose(volume.affine, same.affine, atol=1e-4)


@pytest.mark.parametrize("name", ["i.mha", "i.mhd"])
@pytest.mark.parametrize("damage", ["flipped", "cut", "longer"])
def test_damaged_compressed_voxels_are_refused(tmp_path, name, damage, capfd):
    """ITK says so on the terminal alone, and returns what it could unpack."""
    voxels = np.random.default_rng(2).normal(50, 20, (8, 30, 40)).astype(np.int16)
    sitk.WriteImage(to_sitk(Volume(voxels, OBLIQUE)), tmp_path / name, useCompression=True)
    assert np.array_equal(read_image(tmp_path / name, PLACE).voxels, voxels)
    path = tmp_path / ("i.zraw" if name == "i.mhd" else name)
    content = bytearray(path.read_bytes())
    if damage == "flipped":
        content[-2000] ^= 0xFF
    path.write_bytes(content[:-900] if damage == "cut" else content)
    if damage == "longer":
        header = (tmp_path / name).read_bytes().replace(b"DimSize = 40 30 8", b"DimSize = 40 30 9")
        (tmp_path / name).write_bytes(header)
    with pytest.raises(StudyError, match=r"E11 file: .*cannot be read"):
        read_image(tmp_path / name, PLACE)


def test_compressed_data_with_a_header_of_their_own_are_itk_s_matter(tmp_path):
    sitk.WriteImage(to_sitk(Volume(VOXELS, OBLIQUE)), tmp_path / "i.mhd", useCompression=True)
    data, header = tmp_path / "i.zraw", (tmp_path / "i.mhd").read_bytes()
    data.write_bytes(b"12345678" + data.read_bytes())
    (tmp_path / "i.mhd").write_bytes(
        header.replace(b"ElementDataFile", b"HeaderSize = 8\nElementDataFile")
    )
    assert np.array_equal(read_image(tmp_path / "i.mhd", PLACE).voxels, VOXELS)


def test_an_nrrd_that_counts_to_the_right_and_to_anterior(tmp_path):
    header = (
        "NRRD0004\ntype: short\ndimension: 3\nspace: right-anterior-superior\nsizes: 5 4 3\n"
        "space directions: (2,0,0) (0,3,0) (0,0,4)\nkinds: domain domain domain\nendian: little\n"
        "encoding: raw\nspace origin: (10,20,30)\n\n"
    )
    volume = read(tmp_path, header.encode() + VOXELS.tobytes(), "i.nrrd")
    assert np.array_equal(volume.voxels, VOXELS)
    assert np.allclose(
        volume.affine, affine_of((2, 3, 4), origin=(-10, -20, 30), flips=(-1, -1, 1))
    )


@pytest.mark.parametrize("suffix", ["nrrd", "mha", "nii", "nii.gz"])
def test_the_format_is_known_by_content_not_by_name(tmp_path, suffix):
    original = tmp_path / f"a.{suffix}"
    sitk.WriteImage(to_sitk(Volume(VOXELS, OBLIQUE)), original)
    if suffix in ("nii", "nii.gz"):
        for other in ("b.nrrd", "b.nii", "b.nii.gz", "b"):
            assert np.array_equal(read(tmp_path, original.read_bytes(), other).voxels, VOXELS)
    else:
        volume = read(tmp_path, original.read_bytes(), f"b.{suffix}.nii.gz")
        assert np.array_equal(volume.voxels, VOXELS)


FOUR = np.stack([VOXELS, VOXELS + 100, VOXELS + 200])  # volume, z, y, x


@pytest.mark.parametrize("wanted", ["1", "2", "3"])
def test_a_volume_is_named_by_its_number(tmp_path, wanted):
    volume = read(tmp_path, nifti(FOUR), wanted=wanted)
    assert np.array_equal(volume.voxels, FOUR[int(wanted) - 1])


def test_a_volume_is_named_by_its_b_value(tmp_path):
    (tmp_path / "dwi.bval").write_text("0 50.0 800\n")
    volume = read(tmp_path, nifti(FOUR), "dwi.nii", "b800")
    assert np.array_equal(volume.voxels, FOUR[2])
    assert np.array_equal(read(tmp_path, nifti(FOUR), "dwi.nii", "b50").voxels, FOUR[1])


def test_a_volume_of_a_4d_metaimage(tmp_path):
    image = sitk.JoinSeries([to_sitk(Volume(each, OBLIQUE)) for each in FOUR])
    sitk.WriteImage(image, tmp_path / "i.mha")
    volume = read_image(tmp_path / "i.mha", PLACE, "2")
    assert np.array_equal(volume.voxels, FOUR[1])
    assert np.allclose(volume.affine, OBLIQUE, atol=1e-6)


def test_a_component_of_an_nrrd_is_a_volume(tmp_path):
    image = sitk.Compose([to_sitk(Volume(each, OBLIQUE)) for each in FOUR])
    sitk.WriteImage(image, tmp_path / "i.nrrd")
    assert np.array_equal(read_image(tmp_path / "i.nrrd", PLACE, "3").voxels, FOUR[2])
    with pytest.raises(StudyError, match=r"E18 volume: .*i.nrrd is 4D .* with 3 volumes"):
        read_image(tmp_path / "i.nrrd", PLACE)


@pytest.mark.parametrize("count", [1, 2])
def test_dimensions_of_one_do_not_count(tmp_path, count):
    assert np.array_equal(read(tmp_path, nifti(VOXELS[(None,) * count])).voxels, VOXELS)


@pytest.mark.parametrize(
    "voxels, bval, wanted, words",
    [
        (FOUR, "", "", "is 4D (5 x 4 x 3 x 3) with 3 volumes (1 to 3)"),
        (FOUR, "0 50 800", "", "(1: b0, 2: b50, 3: b800)"),
        (FOUR, "", "4", "has no volume '4'; it has 1 to 3"),
        (FOUR, "", "b800", "has no volume 'b800'; it has 1 to 3"),
        (FOUR, "0 800", "b800", "has no volume 'b800'; it has 1 to 3"),
        (FOUR, "0 50 800", "b400", "has no volume 'b400'; it has 1: b0, 2: b50, 3: b800"),
        (FOUR, "0 800 800", "b800", "has 2 volumes of b800 (1: b0, 2: b800, 3: b800)"),
        (VOXELS, "", "2", "has one volume, the sheet's 'volume' is '2'"),
    ],
)
def test_which_volume_is_meant_has_to_be_said(tmp_path, voxels, bval, wanted, words):
    if bval:
        (tmp_path / "dwi.bval").write_text(bval)
    problem = refusal(tmp_path, nifti(voxels), "dwi.nii", wanted)
    assert problem.startswith("E18 volume: ")
    assert words in problem


def test_a_fourth_dimension_of_none_is_no_volume(tmp_path):
    problem = refusal(tmp_path, nifti(FOUR[:0]), "empty.nii")
    assert problem.startswith("E12 geometry: ") and "4D (5 x 4 x 3 x 0) without a volume" in problem


def test_a_sidecar_that_holds_no_numbers_is_no_defect(tmp_path):
    (tmp_path / "dwi.bval").write_text("b-values: 0, 800\n")
    assert refusal(tmp_path, nifti(FOUR), "dwi.nii").startswith(("E11", "E18"))


def rgb() -> nibabel.Nifti1Image:
    colour = np.zeros((5, 4, 3), [("R", "u1"), ("G", "u1"), ("B", "u1")])
    return nibabel.Nifti1Image(colour, np.eye(4))


def with_sform(*rows: tuple[float, ...]) -> bytes:
    """A file whose header holds these rows as its sform, which no library would write."""
    content = bytearray(nifti().to_bytes())
    for row, values in enumerate(rows):
        struct.pack_into("<3f", content, 280 + 16 * row, *values)
    return bytes(content)


@pytest.mark.parametrize(
    "image, words",
    [
        (nifti(VOXELS[0]), "has 2 dimensions (5 x 4)"),
        (nifti(np.stack([FOUR, FOUR])), "has 5 dimensions (5 x 4 x 3 x 3 x 2)"),
        (nifti(VOXELS.astype(np.complex64)), "holds colours or complex numbers (complex64)"),
        (rgb(), "holds colours or complex numbers"),
        (with_sform((1, 0.5, 0), (0, 1, 0), (0, 0, 5)), "are 26.6 degrees off a right angle"),
        (with_sform((1, 0, 0), (0, 1, 0), (0, 0, 0)), "spans no volume (spacing 1 x 1 x 0 mm)"),
        (with_sform((1, 0, 0), (0, 1, 0), (0, 0, np.nan)), "(spacing 1 x 1 x nan mm)"),
        (with_sform((1, 1, 0), (0, 0, 0), (0, 0, 1)), "spans no volume (spacing 1 x 1 x 1 mm)"),
        (nifti(affine=affine_of((1, 1, 51))), "1 x 1 x 51 mm, which no scan"),
        (nifti(affine=affine_of((0.01, 1, 1))), "0.01 x 1 x 1 mm, which no scan"),
    ],
)
def test_what_is_no_grid_is_refused(tmp_path, image, words):
    problem = refusal(tmp_path, image)
    assert problem.startswith("E12 geometry: ")
    assert words in problem


@pytest.mark.parametrize("spacing", [(0.021, 0.021, 0.021), (0.5, 0.5, 50.0)])
def test_what_is_just_plausible_is_read(tmp_path, spacing):
    assert np.allclose(read(tmp_path, nifti(affine=affine_of(spacing))).spacing, spacing)


@pytest.mark.parametrize("name", ["i.nrrd", "i.mha"])
def test_a_2d_nrrd_or_metaimage_is_refused(tmp_path, name):
    sitk.WriteImage(sitk.GetImageFromArray(VOXELS[0]), tmp_path / name)
    with pytest.raises(StudyError, match=rf"E12 geometry: {PLACE}: .*{name} has 2 dimensions"):
        read_image(tmp_path / name, PLACE)


def test_a_missing_file(tmp_path):
    with pytest.raises(StudyError, match=rf"E10 file: {PLACE}: .*none.nii.gz does not exist"):
        read_image(tmp_path / "none.nii.gz", PLACE)


def packed() -> bytes:
    noise = np.random.default_rng(0).integers(0, 999, (20, 20, 20)).astype(np.int16)
    return gzip.compress(nifti(noise).to_bytes())


@pytest.mark.parametrize(
    "content, reason",
    [
        (packed()[:-2000], "end-of-stream marker"),
        (packed()[:5000] + b"0000" + packed()[5004:], ""),
        (gzip.decompress(packed())[:-2000], ""),
        (nifti().to_bytes()[:200], ""),
        (b"patient\tmodality\nP01\tCT\n", ""),
        (b"", ""),
    ],
    ids=["cut gzip", "damaged gzip", "cut nifti", "cut header", "text", "empty"],
)
def test_what_cannot_be_read_is_refused(tmp_path, content, reason):
    problem = refusal(tmp_path, content, "i.nii.gz")
    assert problem.startswith(f"E11 file: {PLACE}: ")
    assert reason in problem


@pytest.mark.parametrize("suffix", ["nrrd", "mha"])
@pytest.mark.parametrize("compressed", [True, False])
def test_a_cut_nrrd_or_metaimage_is_refused(tmp_path, suffix, compressed):
    original = tmp_path / f"a.{suffix}"
    sitk.WriteImage(to_sitk(Volume(VOXELS, OBLIQUE)), original, useCompression=compressed)
    cut = original.read_bytes()[:-50]
    assert refusal(tmp_path, cut, f"i.{suffix}").startswith("E11 file: ")


def test_a_header_without_its_data_is_refused(tmp_path):
    sitk.WriteImage(to_sitk(Volume(VOXELS, OBLIQUE)), tmp_path / "b.mhd")
    (tmp_path / "b.raw").unlink()
    with pytest.raises(StudyError, match=r"E11 file: .*b.mhd cannot be read"):
        read_image(tmp_path / "b.mhd", PLACE)


@pytest.mark.parametrize("suffix", ["nii", "nrrd"])
def test_voxels_that_are_not_finite_are_counted(tmp_path, suffix):
    voxels = VOXELS.astype(np.float32)
    voxels[0, 0, :3] = np.nan, np.inf, -np.inf
    sitk.WriteImage(to_sitk(Volume(voxels, OBLIQUE)), tmp_path / f"i.{suffix}")
    with pytest.raises(StudyError, match=r"E15 voxels: .* has 3 of 60 voxels that are NaN or inf"):
        read_image(tmp_path / f"i.{suffix}", PLACE)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(place=st.integers(0, 347), value=st.integers(0, 255))
@pytest.mark.filterwarnings("ignore")
def test_a_damaged_header_is_read_or_refused_but_no_defect(tmp_path_factory, place, value):
    content = bytearray(nifti().to_bytes())
    content[place] = value
    path = tmp_path_factory.mktemp("v") / "v.nii"
    path.write_bytes(content)
    try:
        assert read_image(path, PLACE).voxels.ndim == 3
    except StudyError as error:
        assert error.problems[0].startswith("E1")


def test_a_mask_s_volume_cannot_be_named(tmp_path):
    path = save(tmp_path / "m.nii", np.zeros((2, 3, 4, 5), np.uint8), np.eye(4))
    image = Volume(np.zeros((3, 4, 5)), np.eye(4))
    with pytest.raises(StudyError, match=r"E18 .* with 2 volumes .*; save the outline as a mask"):
        read_mask(path, PLACE, image)


def test_the_smallest_spacing_is_accepted_as_a_file_holds_it(tmp_path):
    path = save(tmp_path / "s.nii", np.zeros((3, 4, 5), np.uint8), np.diag([0.02, 1, 1, 1]))
    assert read_image(path, PLACE).spacing[0] == pytest.approx(0.02)
