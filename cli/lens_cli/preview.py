"""Pictures in the terminal, where the terminal says that it can show them.

Kitty's graphics protocol (https://sw.kovidgoyal.net/kitty/graphics-protocol/), iTerm2's inline images
(https://iterm2.com/documentation-images.html) and sixels (DEC VT330/VT340 Programmer Reference, chapter 14). Nothing is
asked of the terminal, only its environment is looked at.
"""

import base64
import io
import re
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, TextIO

if TYPE_CHECKING:
    from PIL import Image

    from lens.search import Match

Protocol = Literal["kitty", "iterm2", "sixel"]

SHOWN = 10  # photos
CHUNK = 4096  # characters of base64 that kitty takes at once
COLOURS = 255  # of sixels
BAND = 6  # rows of pixels that a row of sixels holds
REPEATED = re.compile(r"(.)\1{3,}")  # what is shorter when it is counted


def protocol_of(environment: Mapping[str, str]) -> Protocol | None:
    """The protocol that a terminal announces; None if it announces none, or another program stands between."""
    program = environment.get("TERM_PROGRAM", "")
    if "TMUX" in environment or environment.get("TERM", "").startswith(("screen", "tmux", "dumb")):
        return None
    if "KITTY_WINDOW_ID" in environment or environment.get("TERM") == "xterm-kitty" or program == "ghostty":
        return "kitty"
    if program in {"iTerm.app", "WezTerm", "mintty"}:
        return "iterm2"
    return "sixel" if environment.get("TERM", "").startswith(("foot", "mlterm", "yaft")) else None


def sequence(picture: "Image.Image", protocol: Protocol) -> str:
    """What a terminal must be sent to show a picture."""
    if protocol == "sixel":
        return _sixels(picture)
    made = io.BytesIO()
    picture.save(made, "PNG")
    data = base64.b64encode(made.getvalue()).decode()
    if protocol == "iterm2":
        return f"\x1b]1337;File=inline=1;size={len(made.getvalue())}:{data}\x07"
    pieces = [data[start : start + CHUNK] for start in range(0, len(data), CHUNK)]
    heads = ["f=100,a=T," if number == 0 else "" for number in range(len(pieces))]
    more = [int(number + 1 < len(pieces)) for number in range(len(pieces))]
    return "".join(f"\x1b_G{head}m={left};{piece}\x1b\\" for head, left, piece in zip(heads, more, pieces, strict=True))


def _sixels(picture: "Image.Image") -> str:
    """A picture in 255 colours: for each six rows of pixels and each colour in them, six pixels a character."""
    import numpy as np

    reduced = picture.convert("RGB").quantize(COLOURS)
    pixels = np.asarray(reduced)
    percent = np.array(reduced.getpalette()).reshape(-1, 3) * 100 // 255
    parts = [f'\x1bPq"1;1;{picture.width};{picture.height}']
    parts += [f"#{number};2;{red};{green};{blue}" for number, (red, green, blue) in enumerate(percent.tolist())]
    weights = 1 << np.arange(BAND)
    for top in range(0, picture.height, BAND):
        band = pixels[top : top + BAND]
        for colour in np.unique(band):
            bits = weights[: len(band)] @ (band == colour)
            row = (bits + ord("?")).astype(np.uint8).tobytes().decode("ascii").rstrip("?")
            parts.append(f"#{colour}{REPEATED.sub(_counted, row)}$")
        parts.append("-")
    return "".join(parts) + "\x1b\\"


def _counted(run: "re.Match[str]") -> str:
    return f"!{len(run[0])}{run[1]}"


def width_of(terminal: TextIO) -> int | None:
    """How many pixels a terminal is wide; None where it does not tell."""
    if sys.platform == "win32":
        return None
    import fcntl
    import struct
    import termios

    try:
        told = fcntl.ioctl(terminal.fileno(), termios.TIOCGWINSZ, bytes(8))
    except OSError:
        return None
    width: int = struct.unpack("HHHH", told)[2]
    return width or None


def preview(results: Sequence[tuple[str, Sequence["Match"]]], protocol: Protocol) -> None:
    """Show the best photos of each query."""
    from lens.search.sheet import contact_sheet

    found = [(query, matches[:SHOWN]) for query, matches in results if matches]
    if found:
        sheet = contact_sheet(found)
        sheet.thumbnail((width_of(sys.stdout) or sheet.width, sheet.height))  # what is wider may be cut off
        sys.stdout.write(sequence(sheet, protocol) + "\n")
