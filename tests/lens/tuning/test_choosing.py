"""Which photos are learned from."""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from PIL import Image

from lens import Library
from lens.curation.collection import load
from lens.tuning.choosing import OF_A_BURST, choose
from tests.fakes import ColourEncoder


def test_of_a_burst_a_few_are_learned_from_and_all_else_is(library: Library, encoder: ColourEncoder, tmp_path: Path):
    noon = datetime(2024, 5, 1, 12)
    seconds = {"burst": range(0, 60, 2), "slow": range(0, 300, 10), "undated": [None] * 10}
    rng = np.random.default_rng(0)
    for folder, moments in seconds.items():
        (tmp_path / folder).mkdir()
        for place, second in enumerate(moments):
            exif = Image.Exif()
            if second is not None:
                exif[0x0132] = f"{noon + timedelta(seconds=second):%Y:%m:%d %H:%M:%S}"
            pixels = rng.integers(0, 256, (48, 64, 3), np.uint8)
            Image.fromarray(pixels).save(tmp_path / folder / f"{place:02d}.png", exif=exif)
    library.index([tmp_path / name for name in seconds], encoder)
    chosen = choose(None, library._index, library._searcher, lambda _: None)
    of = {name: [each for each in chosen.photos if each.path.parent.name == name] for name in seconds}
    assert len(of["burst"]) == OF_A_BURST
    spread = [each.taken_at for each in of["burst"] if each.taken_at]
    assert max(spread) - min(spread) > timedelta(seconds=40)
    assert len(chosen.photos) + chosen.held_out + chosen.alike + chosen.burst == len(load(library._index()))
    assert chosen.burst > 10
    assert len(of["slow"]) > 15
    assert len(of["undated"]) > 4
    assert chosen.others == f"{chosen.held_out} held out, {chosen.alike} duplicates, {chosen.burst} of bursts"
