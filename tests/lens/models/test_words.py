"""The words of a CLIP without torch: the same vectors, or none."""

import html
import os
import subprocess
import sys

import ftfy
import pytest

from lens import Library
from lens.models import load
from lens.models.encoders import words_export
from lens.models.encoders.cards import card_file
from lens.models.encoders.words import CLEANERS
from lens.models.encoders.words_export import prepare_words
from lens.models.imported import import_model
from lens.models.loading import load_words
from tests import checkpoints

TEXTS = [
    "a dog",
    "A LARGE Dog, in the snow!",
    "",
    "it's o'clock — don't",
    "café №5 ☃ 日本語",
    "1234 5,678.90",
    "under_score",
    "&lt;b&gt; caf\u00c3\u00a9",
    "the small ball " * 60,
    "  tabs\tand\nlines  ",
    "👩‍👩‍👧 emoji",
    "a photo of the green tower",
]


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LENS_CACHE", str(tmp_path / "cache"))


@pytest.mark.parametrize(
    "write", [checkpoints.open_clip_clip, checkpoints.open_clip_siglip, *checkpoints.DUAL.values()]
)
def test_prepared_words_give_the_vectors_of_the_model(tmp_path, write):
    import_model(write(tmp_path / write.__name__), "mine")
    encoder = load("mine", device="cpu")
    assert load_words("mine") is None
    prepared = prepare_words(encoder)
    words = load_words("mine")
    assert (words is not None) == prepared
    if not prepared:
        assert write is checkpoints.transformers_siglip2, "only NaFlex is known not to survive the export"
        return
    assert words.info == encoder.info
    ours, theirs = words.encode_texts(TEXTS), encoder.encode_texts(TEXTS)
    assert (ours * theirs).sum(axis=1).min() > 0.9999
    assert (theirs @ theirs.T).min() < 0.9
    assert words.encode_texts([]).shape == (0, encoder.info.dim)


@pytest.mark.parametrize(
    "text",
    [
        "a dog",
        "  A photo\tof\ntwo cats ",
        "what's <this>?",
        "a &lt;b&gt; c",
        "caf\u00e9",
        "cafÃ©",
        "\u201cquoted\u201d",
        "\x1b[1m",
    ],
)
def test_what_needs_no_mending_is_told_apart(text):
    """Loading what mends texts takes long."""
    mended = html.unescape(html.unescape(ftfy.fix_text(text)))
    assert CLEANERS["whitespace"](text) == " ".join(mended.split())


def test_words_that_come_out_differently_are_not_kept(tmp_path, monkeypatch):
    import_model(checkpoints.open_clip_clip(tmp_path / "clip"), "mine")
    encoder = load("mine", device="cpu")
    whole = words_export.card_of
    monkeypatch.setattr(
        words_export, "card_of", lambda each: type(whole(each))(**vars(whole(each)) | {"cleaner": "none"})
    )
    assert not prepare_words(encoder)
    assert load_words("mine") is None


def test_a_card_that_is_damaged_or_of_another_revision_is_not_used(tmp_path):
    import_model(checkpoints.open_clip_clip(tmp_path / "clip"), "mine")
    encoder = load("mine", device="cpu")
    assert prepare_words(encoder)
    file = card_file("words", "mine", encoder.info.revision)
    file.write_bytes(file.read_bytes().replace(encoder.info.revision.encode(), b"0" * len(encoder.info.revision)))
    assert load_words("mine") is None
    file.write_bytes(b"{")
    assert load_words("mine") is None
    assert load("mine", device="cpu").encode_texts(["a"]).shape == (1, encoder.info.dim)


def test_a_search_by_words_then_needs_no_torch(tmp_path, samples):
    import_model(checkpoints.open_clip_clip(tmp_path / "clip"), "mine")
    library = Library.open(tmp_path / "index")
    library.index([samples / "food"], "mine")  # prepares the words at its end
    expected = [match.path for match in Library.open(tmp_path / "index", device="cpu").search("a pizza")]
    program = (
        "import sys; from lens import Library; found = Library.open(sys.argv[1]).search('a pizza');"
        "print(*(match.path for match in found), sep='\\n');"
        "assert not {'torch', 'lancedb', 'open_clip', 'transformers'} & set(sys.modules)"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", program, library.uri], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [str(path) for path in expected]
