"""CLIPScore: the formula, files of pairs, and what cannot be read."""

import numpy as np
import pytest
from PIL import Image

from lens.caption_score import PROMPT, Pair, read_pairs, score_captions
from lens.errors import QueryError
from lens.models import load
from tests.fakes import ColourEncoder


def test_scores_are_the_papers_formula(photos, encoder):
    pairs = [Pair(photos / "red.png", "red"), Pair(photos / "red.png", "cyan"), Pair(photos / "green.jpg", "lime")]
    found = score_captions(pairs, encoder)
    for pair, each in zip(pairs, found.scores, strict=True):
        with Image.open(pair.photo) as opened:
            photo = encoder.encode_images([opened.convert("RGB")])[0]
        cosine = float(photo @ encoder.encode_texts([PROMPT.format(pair.caption)])[0])
        assert each.score == pytest.approx(2.5 * max(cosine, 0), abs=1e-3)
    assert found.scores[1].score == 0
    assert found.mean == pytest.approx(np.mean([each.score for each in found.scores]))
    assert found.low <= found.mean <= found.high


def test_a_photo_is_read_once_and_one_that_cannot_be_is_told(photos):
    (photos / "broken.jpg").write_bytes(b"x")
    encoder = ColourEncoder()
    pairs = [Pair(photos / "red.png", "red"), Pair(photos / "red.png", "blue"), Pair(photos / "broken.jpg", "red")]
    found = score_captions(pairs, encoder)
    assert encoder.encoded == 1
    assert [each.score is None for each in found.scores] == [False, False, True]
    assert found.scores[2].problem
    assert score_captions(pairs[2:], encoder).mean is None


def test_files_of_pairs(tmp_path):
    file = tmp_path / "captions.csv"
    file.write_text('\ufeffcaption,photo,more\n"a dog, asleep",dog.jpg,x\n', encoding="utf-8")
    assert read_pairs(file) == [Pair(tmp_path / "dog.jpg", "a dog, asleep")]
    file.write_text("image,caption\ndog.jpg,a dog\ncat.jpg,\ncat.jpg,  \n,a cat\n")
    assert read_pairs(file) == [Pair(tmp_path / "dog.jpg", "a dog")]
    for content, reason in (("photo,text\n1,2\n", "no column caption"), ("photo,caption\n", "no caption")):
        file.write_text(content)
        with pytest.raises(QueryError, match=reason):
            read_pairs(file)
    with pytest.raises(QueryError, match="cannot be read"):
        read_pairs(tmp_path / "none.csv")


def test_a_true_caption_beats_a_false_one(samples):
    pizza = samples / "pizza.jpg"
    true, false = score_captions([Pair(pizza, "a pizza"), Pair(pizza, "a giraffe")], load("builtin")).scores
    assert true.score > false.score
