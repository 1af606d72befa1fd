"""Pictures in the terminal: only where it announces them, and whole when they get there."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from lens_cli.preview import protocol_of, sequence


@pytest.mark.parametrize(
    ("environment", "protocol"),
    [
        ({"TERM": "xterm-kitty", "KITTY_WINDOW_ID": "1"}, "kitty"),
        ({"TERM": "xterm-ghostty", "TERM_PROGRAM": "ghostty"}, "kitty"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, "iterm2"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, "iterm2"),
        ({"TERM": "foot"}, "sixel"),
        ({"TERM": "xterm-256color"}, None),
        ({"TERM": "dumb", "TERM_PROGRAM": "iTerm.app"}, None),
        ({"TERM": "tmux-256color", "KITTY_WINDOW_ID": "1", "TMUX": "/tmp/t"}, None),
        ({}, None),
    ],
)
def test_a_terminal_announces_its_protocol(environment, protocol):
    assert protocol_of(environment) == protocol


@pytest.fixture
def picture() -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8))


def test_kitty_gets_the_picture_in_pieces(picture):
    pieces = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", sequence(picture, "kitty"))
    assert len(pieces) > 2
    assert [head for head, _ in pieces] == ["f=100,a=T,m=1", *["m=1"] * (len(pieces) - 2), "m=0"]
    assert all(len(data) <= 4096 for _, data in pieces)
    shown = Image.open(io.BytesIO(base64.b64decode("".join(data for _, data in pieces))))
    assert np.array_equal(shown, picture)


def test_iterm2_gets_the_picture_at_once(picture):
    size, data = re.fullmatch(
        r"\x1b\]1337;File=inline=1;size=(\d+):([^\x07]*)\x07", sequence(picture, "iterm2")
    ).groups()
    made = base64.b64decode(data)
    assert len(made) == int(size)
    assert np.array_equal(Image.open(io.BytesIO(made)), picture)


def test_sixels_are_the_picture_in_few_colours():
    """Read back as a terminal would draw them."""
    picture = Image.new("RGB", (20, 15), "white")
    picture.paste("red", (0, 0, 7, 15))
    picture.paste((0, 51, 255), (3, 2, 18, 9))
    sent = sequence(picture, "sixel")
    head, body = re.fullmatch(r"\x1bPq\"1;1;20;15((?:#\d+;2;\d+;\d+;\d+)+)(.*)\x1b\\", sent).groups()
    palette = {number: rgb for number, *rgb in re.findall(r"#(\d+);2;(\d+);(\d+);(\d+)", head)}
    shown = np.zeros((18, 20, 3), np.uint8)
    for band, lines in enumerate(body.split("-")[:-1]):
        for number, cells in re.findall(r"#(\d+)([?-~]+)\$", lines):
            for x, cell in enumerate(cells):
                for y in range(6):
                    if (ord(cell) - 63) >> y & 1:
                        shown[band * 6 + y, x] = [round(int(part) * 2.55) for part in palette[number]]
    assert np.abs(shown[:15].astype(int) - np.asarray(picture)).max() <= 3
    assert not shown[15:].any()
