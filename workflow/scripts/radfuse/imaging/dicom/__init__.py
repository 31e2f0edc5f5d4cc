"""DICOM: series and their places, segmentations, structure sets."""
