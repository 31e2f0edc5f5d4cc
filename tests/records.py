"""What `resample_roi` records of an ordinary image."""

MEASURED = {
    "plane": "axial",
    "slice": 12,
    "slices": 40,
    "slice_spacing_mm": 5.0,
    "pixel_spacing_mm": 0.8,
    "extent_mm": 22.0,
    "area_mm2": 300.0,
    "lesions_mm3": {"reader1": [6000.0]},
    "lesion_median": 50.0,
    "intensity_limits": [-100.0, 200.0],
    "agreement": {},
    "clamped_voxels": 0,
    "crop_voxels": 10000,
    "notes": [],
}
