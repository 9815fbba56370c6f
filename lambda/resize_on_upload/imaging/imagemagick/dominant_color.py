"""The colour that stands for an image until it is loaded."""

from __future__ import annotations

from collections import defaultdict

from . import magick


def dominant_color(image: magick.Image) -> str:
    """The mean of the largest group of similar pixels, as #rrggbb.

    Pixels are similar if the two highest bits of each channel are the same;
    transparent ones count as on white.
    """
    data = bytes(magick.pixels(image, "RGBA"))
    groups: dict[tuple[int, ...], list[tuple[int, ...]]] = defaultdict(list)
    for start in range(0, len(data), 4):
        *channels, alpha = data[start : start + 4]
        color = tuple(255 - (255 - value) * alpha // 255 for value in channels)
        groups[tuple(value >> 6 for value in color)].append(color)
    largest = max(groups.values(), key=len)
    means = (sum(channel) // len(largest) for channel in zip(*largest, strict=True))
    return "#" + "".join(f"{mean:02x}" for mean in means)
