"""Pictures in the terminal: only where it announces them, and whole when they get there."""

import base64
import io
import os
import re
import struct

import numpy as np
import pytest
from PIL import Image

from lens.search import Match
from lens_cli.preview import preview, protocol_of, sequence, width_of


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
        for number, cells in re.findall(r"#(\d+)((?:!\d+)?[!-~]*?)\$", lines):
            for x, cell in enumerate(re.sub(r"!(\d+)(.)", lambda run: int(run[1]) * run[2], cells)):
                for y in range(6):
                    if (ord(cell) - 63) >> y & 1:
                        shown[band * 6 + y, x] = [round(int(part) * 2.55) for part in palette[number]]
    assert np.abs(shown[:15].astype(int) - np.asarray(picture)).max() <= 3
    assert not shown[15:].any()


def test_sixels_that_repeat_are_counted():
    sent = sequence(Image.new("RGB", (1000, 600), "red"), "sixel")
    assert "!1000~" in sent
    assert len(sent) < 5_000


def test_a_picture_is_no_wider_than_the_terminal_says_it_is(tmp_path, monkeypatch, capsys):
    pty, fcntl, termios = (pytest.importorskip(name) for name in ("pty", "fcntl", "termios"))
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 640, 480))
    with os.fdopen(theirs, "w") as terminal, (tmp_path / "file").open("w") as file:
        assert (width_of(terminal), width_of(file)) == (640, None)
    os.close(ours)
    photos = [tmp_path / f"{number}.png" for number in range(5)]
    for photo in photos:
        Image.new("RGB", (300, 200), "green").save(photo)
    matches = [Match(rank, photo, 0.5, "id", "hash") for rank, photo in enumerate(photos, start=1)]
    for width, shown in ((640, 640), (5000, 1272), (None, 1272)):
        monkeypatch.setattr("lens_cli.preview.width_of", lambda _, width=width: width)
        preview([("green", matches)], "iterm2")
        data = re.search(r"size=\d+:([^\x07]*)\x07", capsys.readouterr().out)[1]
        assert Image.open(io.BytesIO(base64.b64decode(data))).width == shown
