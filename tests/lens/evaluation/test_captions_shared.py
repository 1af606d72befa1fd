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
    with pytest.raises(EvaluationError, match="has a caption"):
        recalled([encoder], photos, {"colour": vectors}, np.arange(8), [("99", "red")])
