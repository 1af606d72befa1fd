"""Words that several photos share are right with any of them."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from lens.errors import EvaluationError
from lens.evaluation.captions import recalled
from tests.fakes import ColourEncoder, paint


def test_any_photo_with_the_same_words_is_right(tmp_path: Path):
    encoder = ColourEncoder()
    said = ["red"] * 6 + ["blue", "lime"]
    shades = [f"#{255 - 8 * number:02x}0000" for number in range(6)] + ["blue", "lime"]
    images = [Image.open(paint(tmp_path / f"{number}.png", each)) for number, each in enumerate(shades)]
    vectors = encoder.encode_images(images)
    photos = [SimpleNamespace(id=str(number)) for number in range(8)]
    captions = [(photo.id, text) for photo, text in zip(photos, said, strict=True)]
    found = recalled([encoder], photos, {"colour": vectors}, np.arange(8), captions)
    assert found["captions, first 1"]["colour"].tolist() == [1.0] * 8
    few = np.array([5, 6])  # the faintest red alone judges: those before it are red too, and no mistakes
    found = recalled([encoder], photos, {"colour": vectors}, few, captions)
    assert found["captions, first 1"]["colour"].tolist() == [1.0, 1.0]
    unsaid = [each for each in captions if each[0] not in {"0", "1"}]
    found = recalled([encoder], photos, {"colour": vectors}, few, unsaid)
    assert found["captions, first 1"]["colour"].tolist() == [0.0, 1.0]
    assert found["captions, first 5"]["colour"].tolist() == [1.0, 1.0]
    with pytest.raises(EvaluationError, match="has a caption"):
        recalled([encoder], photos, {"colour": vectors}, np.arange(8), [("99", "red")])
