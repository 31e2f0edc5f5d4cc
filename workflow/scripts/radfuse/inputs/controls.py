"""The negative controls: what a lesion's patch is replaced by."""

SHUFFLED, BACKGROUND = "shuffled", "background"
CONTROLS = {
    SHUFFLED: "the lesion’s voxels in random order",
    BACKGROUND: "tissue of the lesion’s size beside it",
}
