"""A picture of what was cropped: the acquired slice, the resampled one, the network's patch."""

from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from radfuse.imaging.axes import PLANES, as_seen
from radfuse.imaging.intensity import rescale
from radfuse.imaging.roi import Roi, patch
from radfuse.imaging.volume import Volume, by_axes
from radfuse.marking import short

OUTLINES = {"reader1": (0, 200, 255), "repeat": (255, 200, 0), "reader2": (255, 80, 160)}
SQUARE = (255, 255, 255)
TEXT = (255, 255, 255)
MUTED = (170, 170, 170)
WARNING = (255, 160, 160)
HEIGHT = 320  # of a panel, pixels
GAP = 8
LINE = 17  # of the caption

Words = list[tuple[str, tuple[int, int, int]]]


def edge(area: np.ndarray) -> np.ndarray:
    """The pixels of a 2D area that touch its outside."""
    padded = np.pad(area, 1)
    inner = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return area & ~inner


def rim(area: np.ndarray) -> np.ndarray:
    """The outermost two pixels of a 2D area: a line that is still seen in a thumbnail."""
    outer = edge(area)
    return outer | edge(area & ~outer)


def draw_panel(
    volume: Volume,
    index: np.ndarray,
    axis: int,
    limits: tuple[float, float],
    areas: Sequence[tuple[np.ndarray, tuple[int, int, int]]],
) -> Image.Image:
    """One slice of a volume, HEIGHT pixels high in true proportions, with the rims of `areas`.

    `index` (a tuple of slices) takes the slice out of the voxels; `areas` are of its shape.
    """
    grey = (rescale(volume.voxels[index], *limits) * 255).astype(np.uint8)
    picture = as_seen(grey, axis)
    rows, columns = np.delete(volume.spacing[::-1], axis)
    width = round(HEIGHT * picture.shape[1] * columns / (picture.shape[0] * rows))
    size = (max(width, 1), HEIGHT)
    canvas = np.array(
        Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC).convert("RGB")
    )
    for area, colour in areas:
        section = as_seen(area, axis).astype(np.uint8)
        enlarged = Image.fromarray(section).resize(size, Image.Resampling.NEAREST)
        canvas[rim(np.asarray(enlarged).astype(bool))] = colour
    return Image.fromarray(canvas)


def one_slice(axis: int, index: int) -> tuple[slice, ...]:
    return tuple(slice(index, index + 1) if a == axis else slice(None) for a in range(3))


def outlined(
    masks: Mapping[str, np.ndarray], index: tuple[slice, ...]
) -> list[tuple[np.ndarray, tuple[int, int, int]]]:
    """One slice of the masks with their readers' colours, reader 1 on top."""
    return [(mask[index], OUTLINES[reader]) for reader, mask in reversed(masks.items())]


def square_on(volume: Volume, index: tuple[slice, ...], roi: Roi) -> np.ndarray:
    """Reader 1's square on a slice of a volume that has the region's axes, where it lies in it."""
    square = roi.squares["reader1"]
    ends = roi.volume.position(np.stack([square.start, square.stop])[:, ::-1] - 0.5)
    first, last = (volume.index(ends)[:, ::-1] + 0.5).round().astype(int)
    seen = np.zeros(volume.voxels[index].shape, dtype=bool)
    window = [slice(max(a, 0), max(b, 0)) for a, b in zip(first, last, strict=True)]
    window[square.axis] = slice(None)
    seen[tuple(window)] = True
    return seen


def draw_patch(roi: Roi, limits: tuple[float, float], background: str) -> Image.Image:
    """Reader 1's patch as the network gets it, but for the size; of a 2.5D one the middle."""
    pixels = patch(roi, "reader1", *limits, background)
    middle = pixels[1] if pixels.ndim == 3 else pixels
    grey = Image.fromarray((middle * 255).astype(np.uint8))
    return grey.resize((HEIGHT, HEIGHT), Image.Resampling.BICUBIC).convert("RGB")


def save_overlay(
    image: Volume,
    masks: Mapping[str, np.ndarray],
    roi: Roi,
    limits: tuple[float, float],
    background: str,
    title: str,
    number: int,
    simulated: bool,
    path: str,
) -> None:
    """Draw the slice of reader 1's patch as acquired and as resampled, and the patch, as PNG.

    `image` has the patient's axes, `masks` its grid; `number` is the acquired slice's in its file,
    from 1. The picture's text entry `slice` says where in it the resampled slice is: left upper
    right lower.
    """
    square = roi.squares["reader1"]
    axis, acquired = square.axis, roi.acquired["reader1"]
    slices = [one_slice(axis, acquired), one_slice(axis, int(square.start[axis]))]
    panels = [
        draw_panel(
            volume,
            index,
            axis,
            limits,
            [(square_on(volume, index, roi), SQUARE), *outlined(outlines, index)],
        )
        for volume, index, outlines in (
            (image, slices[0], masks),
            (roi.volume, slices[1], roi.masks),
        )
    ]
    panels.append(draw_patch(roi, limits, background))
    before = by_axes(image.spacing, digits=3)
    facts = (
        f"{PLANES[axis]} slice {number} of {image.voxels.shape[axis]}, "
        f"{before} mm; resampled to {roi.volume.spacing[0]:g} mm; patch {square.side} x "
        f"{square.side} voxels"
    )
    legend: Words = [(reader, OUTLINES[reader]) for reader in roi.masks]
    lines: list[Words] = [
        [(title, TEXT), *([(short(simulated), WARNING)] if simulated else [])],
        [(facts, MUTED)],
        [*legend, ("white: what the network sees", MUTED)],
    ]
    framed, left = framed_panels(panels, lines)
    place = PngInfo()
    place.add_text("slice", f"{left} 0 {left + panels[1].width} {HEIGHT}")
    framed.save(path, pnginfo=place, compress_level=1)


def framed_panels(panels: Sequence[Image.Image], lines: Sequence[Words]) -> tuple[Image.Image, int]:
    """Panels in a row above lines of text; the picture, and where the second panel begins."""
    font = ImageFont.load_default(size=13)
    widths = [sum(font.getlength(word) + 12 for word, _ in words) for words in lines]
    total = sum(panel.width + GAP for panel in panels) - GAP
    framed = Image.new(
        "RGB", (max(total, int(max(widths)) + 6), HEIGHT + LINE * len(lines) + 8), "black"
    )
    lefts, left = [], 0
    for panel in panels:
        framed.paste(panel, (left, 0))
        lefts.append(left)
        left += panel.width + GAP
    pen = ImageDraw.Draw(framed)
    for row, words in enumerate(lines):
        x = 6.0
        for word, colour in words:
            pen.text((x, HEIGHT + 3 + LINE * row), word, fill=colour, font=font)
            x += font.getlength(word) + 12
    return framed, lefts[1]
