"""A picture of what was cropped: the slice, the readers' outlines, the square the network sees."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from radfuse.imaging.intensity import rescale
from radfuse.marking import SIMULATED_SHORT
from radfuse.imaging.roi import Roi
from radfuse.imaging.view import in_radiological_view

OUTLINES = {"reader1": (0, 200, 255), "repeat": (255, 200, 0), "reader2": (255, 80, 160)}
SQUARE = (255, 255, 255)
HEIGHT = 320  # of the slice in the picture, pixels


def edge(area: np.ndarray) -> np.ndarray:
    """The pixels of a 2D area that touch its outside."""
    padded = np.pad(area, 1)
    inner = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return area & ~inner


def save_overlay(roi: Roi, low: float, high: float, title: str, simulated: bool, path: str) -> None:
    """Draw the slice of reader 1's patch with its caption, as PNG.

    The file's text entry `slice` says where in the picture the slice is: left upper right lower.
    """
    picture = draw_slice(roi, low, high)
    framed = with_caption(picture, title, list(roi.masks), simulated)
    left = (framed.width - picture.width) // 2
    place = PngInfo()
    place.add_text("slice", f"{left} 0 {left + picture.width} {picture.height}")
    framed.save(path, pnginfo=place)


def draw_slice(roi: Roi, low: float, high: float) -> Image.Image:
    """The slice that reader 1's patch comes from, with every reader's outline on it."""
    square = roi.squares["reader1"]
    direction = roi.volume.direction
    voxels = roi.volume.voxels
    on_slice = [slice(None)] * 3
    on_slice[square.axis] = slice(square.start[square.axis], square.start[square.axis] + 1)
    slab = rescale(voxels[tuple(on_slice)], low, high)
    picture = in_radiological_view((slab * 255).astype(np.uint8), square.axis, direction)
    zoom = max(1, round(HEIGHT / picture.shape[0]))
    size = (picture.shape[1] * zoom, picture.shape[0] * zoom)
    canvas = np.array(
        Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC).convert("RGB")
    )

    seen = np.zeros(voxels.shape, dtype=bool)
    seen[tuple(slice(max(a, 0), b) for a, b in zip(square.start, square.stop, strict=True))] = True
    areas = [(seen, SQUARE)]
    areas += [(mask, OUTLINES[reader]) for reader, mask in reversed(roi.masks.items())]
    for area, colour in areas:
        section = in_radiological_view(
            area[tuple(on_slice)].astype(np.uint8), square.axis, direction
        )
        canvas[edge(np.kron(section, np.ones((zoom, zoom), np.uint8)).astype(bool))] = colour
    return Image.fromarray(canvas)


def with_caption(
    picture: Image.Image, title: str, readers: list[str], simulated: bool
) -> Image.Image:
    """The picture above its title, a legend of the outlines and, where true, `simulated`."""
    font = ImageFont.load_default(size=12)
    lines = [[(title, (255, 255, 255))], [(reader, OUTLINES[reader]) for reader in readers]]
    if simulated:
        lines.append([(SIMULATED_SHORT, (255, 160, 160))])
    width = max(picture.width, int(font.getlength(title)) + 12)
    framed = Image.new("RGB", (width, picture.height + 16 * len(lines) + 6))
    framed.paste(picture, ((width - picture.width) // 2, 0))
    pen = ImageDraw.Draw(framed)
    for row, words in enumerate(lines):
        x = 6.0
        for word, colour in words:
            pen.text((x, picture.height + 2 + 16 * row), word, fill=colour, font=font)
            x += font.getlength(word) + 12
    return framed
