"""The ten colours, read from chart.css: apart for normal and for colour-blind eyes, and visible on the panel, light and dark.

Colour blindness is simulated by the matrices of Machado, Oliveira and Fernandes (2009) at full severity, in linear RGB; distance is
CIEDE2000 (Sharma, Wu and Dalal 2005).
"""

import re
from itertools import combinations

import numpy as np
import pytest

from webapp.paths import STATIC

CSS = (STATIC / "chart.css").read_text()
TOKENS = (STATIC / "vars.css").read_text()
MACHADO = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def colours(text: str, name: str) -> dict[str, list[np.ndarray]]:
    """The colours of the tokens `name` as linear RGB, light and dark, in order of their number."""
    light, _, rest = text.partition("prefers-color-scheme: dark")
    dark = rest.partition("@media print")[0]
    found = {"light": re.findall(rf"--{name}\d*: #([0-9a-f]{{6}})", light), "dark": re.findall(rf"--{name}\d*: #([0-9a-f]{{6}})", dark)}
    return {theme: [linear(code) for code in codes] for theme, codes in found.items()}


def linear(code: str) -> np.ndarray:
    channels = np.array([int(code[i : i + 2], 16) / 255 for i in (0, 2, 4)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def luminance(colour: np.ndarray) -> float:
    return float(colour @ [0.2126, 0.7152, 0.0722])


def lab(colour: np.ndarray) -> np.ndarray:
    matrix = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    x, y, z = (np.array(matrix) @ colour) / [0.95047, 1, 1.08883]
    f = [v ** (1 / 3) if v > 216 / 24389 else (24389 / 27 * v + 16) / 116 for v in (x, y, z)]
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def difference(one: np.ndarray, two: np.ndarray) -> float:
    """CIEDE2000 of two colours in Lab."""
    (l1, a1, b1), (l2, a2, b2) = one, two
    mean = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    g = 0.5 * (1 - np.sqrt(mean**7 / (mean**7 + 25.0**7)))
    c1, c2 = np.hypot(a1 * (1 + g), b1), np.hypot(a2 * (1 + g), b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1 * (1 + g))) % 360, np.degrees(np.arctan2(b2, a2 * (1 + g))) % 360
    turn = (h2 - h1 + 180) % 360 - 180
    dh = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn) / 2)
    light, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    hue = (h1 + turn / 2) % 360
    t = 1 - 0.17 * np.cos(np.radians(hue - 30)) + 0.24 * np.cos(np.radians(2 * hue))
    t += 0.32 * np.cos(np.radians(3 * hue + 6)) - 0.2 * np.cos(np.radians(4 * hue - 63))
    sl = 1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)
    sc, sh = 1 + 0.045 * chroma, 1 + 0.015 * chroma * t
    rt = -2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7)) * np.sin(np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2))))
    parts = (l2 - l1) / sl, (c2 - c1) / sc, dh / sh
    return float(np.sqrt(parts[0] ** 2 + parts[1] ** 2 + parts[2] ** 2 + rt * parts[1] * parts[2]))


def test_the_measure_of_difference_is_the_published_one() -> None:
    assert difference(np.array([50, 2.6772, -79.7751]), np.array([50, 0, -82.7485])) == pytest.approx(2.0425, abs=1e-4)
    assert difference(np.array([50, 2.5, 0]), np.array([73, 25, -18])) == pytest.approx(27.1492, abs=1e-4)
    assert difference(np.array([22.7233, 20.0904, -46.694]), np.array([23.0331, 14.973, -42.5619])) == pytest.approx(2.0373, abs=1e-4)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("eyes", MACHADO)
def test_any_two_colours_differ_for_all_eyes(theme: str, eyes: str) -> None:
    palette = colours(CSS, "c")[theme]
    assert len(palette) == 10
    seen = [lab(np.clip(np.array(MACHADO[eyes]) @ colour, 0, 1)) for colour in palette]
    nearest = min((difference(seen[a], seen[b]), a, b) for a, b in combinations(range(10), 2))
    assert nearest[0] >= (18 if eyes == "normal" else 12), nearest


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_colour_has_contrast_3_to_1_on_the_panel(theme: str) -> None:
    panel = luminance(colours(TOKENS, "panel")[theme][0])
    for colour in colours(CSS, "c")[theme]:
        brighter, darker = sorted((luminance(colour), panel), reverse=True)
        assert (brighter + 0.05) / (darker + 0.05) >= 3


def test_in_print_all_lines_are_black_and_dashes_tell_them_apart() -> None:
    printed = CSS.partition("@media print")[2]
    assert len(re.findall(r"--c\d: #000", printed)) == 10
    dashes = re.findall(r"\.d(\d)[^{]*\{ stroke-dasharray: ([\d. ]+);", CSS)
    assert len({pattern for _, pattern in dashes}) == 4


def test_dark_differs_from_light_in_colours_only() -> None:
    """What `tests.tabs.check_accessible` relies on: in dark it asks axe for its rules about colours alone."""
    block = re.compile(r"@media \(prefers-color-scheme: dark\) \{\s*:root \{([^{}]*)\}\s*\}")
    sheets = [sheet.read_text() for sheet in STATIC.glob("*.css")]
    blocks = [text for sheet in sheets for text in block.findall(sheet)]
    assert len(blocks) == sum(sheet.count("prefers-color-scheme") for sheet in sheets) >= 2
    settings = [setting.strip() for text in blocks for setting in text.split(";") if setting.strip()]
    assert [setting for setting in settings if not re.fullmatch(r"--[\w-]+: #[0-9a-f]{6}", setting)] == []
