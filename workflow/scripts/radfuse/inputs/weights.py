"""How the config names a network's weights."""

PACKAGED = "packaged"
RANDOM = "random_for_tests"
FILE_SUFFIXES = (".pth", ".pt", ".bin", ".safetensors")


def is_file(weights: str) -> bool:
    """Whether the weights are a file of the user's, and not a tag or those installed."""
    return weights.endswith(FILE_SUFFIXES)


def is_tag(weights: str) -> bool:
    """Whether the weights are a timm tag, which is to be downloaded."""
    return weights not in (PACKAGED, RANDOM) and not is_file(weights)
