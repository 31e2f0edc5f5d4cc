"""The negative controls: what a lesion's patch is replaced by."""

SHUFFLED, BACKGROUND = "shuffled", "background"
CONTROLS = {
    SHUFFLED: "the lesion's voxels in random order",
    BACKGROUND: "as much tissue beside the lesion",
}
