"""What the names of files and folders say of photos, as far as somebody chose them."""

import re
from pathlib import Path

__all__ = ["captions_from_names"]

CAMERAS = """
_dsc dcim dji dsc dscf dscn gopr gx img imgp image images imag mvi mvimg p pano pict pxl sam screenshot snapchat vid
video wa whatsapp facebook instagram signal telegram received fb camera roll burst cover portrait hdr
"""
"""How cameras, phones and programs begin their names."""
MATTERLESS = """
a an and album albums at by copy de der die download downloads edit edited export exported file files final folder for
from full in jpeg jpg large misc my new no of old on original originals other photo photos picture pictures pic pics
scan scans small test the thumb thumbnail tmp to train unsorted untitled val validation various with
january february march april may june july august september october november december
jan feb mar apr jun jul aug sep sept oct nov dec
monday tuesday wednesday thursday friday saturday sunday
"""
"""Words that say nothing of a photo when they stand alone, or beside one another."""
NOTHING = {*CAMERAS.split(), *MATTERLESS.split()}
LEAST_LETTERS = 3
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)  # RFC 9562
CODE = re.compile(r"[0-9a-f]{7,}", re.IGNORECASE)
WORD = re.compile(r"([^\W\d_]+)\d*")
APART = re.compile(r"[\W_]+")
HUMPS = re.compile(r"(?<=[a-zß-ÿ])(?=[A-Z])")
VOWELS = re.compile(r"[aeiouyà-öø-ÿ]|[^\x00-\xff]", re.IGNORECASE)


def captions_from_names(photo: Path) -> tuple[str, ...]:
    """What a file's name says, and the name of the folder that it lies in; none, one or two captions."""
    said = (_said(photo.stem), _said(photo.parent.name))
    return tuple(dict.fromkeys(text for text in said if text))


def _said(name: str) -> str | None:
    """A name as words: without dates, numbers and codes; None if no word is left that could say something.

    A digit among letters makes a code of them; a number behind them counts photos. Words say something if one of them
    has three letters, a vowel (of an alphabet that is not Latin, every letter counts as one), and is none of `NOTHING`.
    """
    parts = [
        found[1]
        for part in APART.split(UUID.sub(" ", name))
        if (found := WORD.fullmatch(part)) and not CODE.fullmatch(part)
    ]
    words = [word for part in parts for word in HUMPS.split(part)]
    telling = any(len(word) >= LEAST_LETTERS and VOWELS.search(word) and word.lower() not in NOTHING for word in words)
    return " ".join(words) if telling else None
