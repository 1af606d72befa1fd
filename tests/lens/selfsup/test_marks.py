"""What is common to photos is found and filled; what is only alike in them is left alone."""

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps

from lens.selfsup.marks import FEWEST, common, without_marks

SIDE = 40


@pytest.fixture(scope="module")
def photos(samples) -> torch.Tensor:
    """The sample photos, (28, 3, 40, 40)."""
    some = [ImageOps.fit(Image.open(file).convert("RGB"), (SIDE, SIDE)) for file in sorted(samples.rglob("*.jpg"))]
    return torch.from_numpy(np.stack([np.asarray(each) for each in some])).permute(0, 3, 1, 2)


def stamped(photos: torch.Tensor, opacity: float) -> tuple[torch.Tensor, torch.Tensor]:
    """With a hook off the middle, and where it is."""
    hook = torch.zeros(SIDE, SIDE, dtype=torch.bool)
    hook[14:18, 12:24] = hook[14:26, 12:16] = True
    covered = (1 - opacity) * photos.float() + opacity * 255
    return torch.where(hook, covered.round().byte(), photos), hook


def test_real_photos_are_not_touched(photos):
    assert len(photos) >= FEWEST
    assert not common(photos).any()
    assert without_marks(photos) is photos
    assert not common(photos[:FEWEST]).any()


@pytest.mark.parametrize("opacity", [1.0, 0.7])
def test_a_mark_is_found_and_little_else(photos, opacity):
    marked, hook = stamped(photos, opacity)
    found = common(marked)
    assert found[hook].all()
    assert found.sum() < 2 * hook.sum()  # its edge is a pixel wide


def test_a_mark_that_is_mostly_seen_through_is_not_found(photos):
    assert not common(stamped(photos, 0.2)[0]).any()


def test_what_is_filled_is_the_same_in_all_turns(photos):
    marked, _ = stamped(photos, 1.0)
    filled = without_marks(marked)
    changed = (filled != marked).any(dim=0).any(dim=0)
    assert changed.any()
    for turns in range(4):
        at = common(marked).rot90(turns)
        means = marked.float().mean(dim=(2, 3)).round().byte()
        assert (filled[:, :, at] == means[..., None]).all()
    everywhere = torch.stack([common(marked).rot90(turns) for turns in range(4)]).any(dim=0)
    assert torch.equal(filled[:, :, ~everywhere], marked[:, :, ~everywhere])


def test_of_few_photos_nothing_is_said(photos):
    assert not common(stamped(photos[: FEWEST - 1], 1.0)[0]).any()
