"""Pretext tasks: what is told, that it can be learned, and that shortcuts are barred."""

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter, shift
from torch import nn
from torch.nn import functional

from lens.selfsup.backbones import Backbone, transformer
from lens.selfsup.jigsaw import Jigsaw, cut, orders
from lens.selfsup.mae import MAE
from lens.selfsup.method import Method
from lens.selfsup.rotation import QUARTERS, Rotation
from lens.selfsup.training import Recipe, Trained, train
from tests.lens.selfsup.conftest import SIDE, layers, told

PUZZLE_SIDE, CELL = 24, 8


def textures() -> Backbone:
    """A small network that knows textures, and not where they are."""
    network = nn.Sequential(
        nn.Conv2d(3, 32, 3, padding=1),
        nn.BatchNorm2d(32),
        nn.ReLU(),
        nn.Conv2d(32, 32, 3, padding=1, stride=2),
        nn.BatchNorm2d(32),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
    )
    return Backbone(network, 32, [0.5] * 3, [0.25] * 3)


def untouched(method: Method) -> None:
    """Let views be the photos themselves."""
    method.view = replace(
        method.view, area=(1.0, 1.0), inset=0.0, stretch=1.0, mirrored=0.0, jittered=0.0, grey=0.0, blurred=0.0
    )  # fmt: skip


def trained(method: Method, photos: np.ndarray, folder: Path, epochs: int = 12, batch: int = 64) -> Trained:
    ended = train(method, photos, Recipe(epochs=epochs, batch=batch, learning_rate=3e-3), folder / "run.safetensors")
    method.eval()
    return ended


def pixels(photos: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(photos).permute(0, 3, 1, 2).float() / 255


def test_no_two_orders_agree_in_more_than_one_place():
    found = orders()
    assert found.shape == (72, 9)
    assert (found[0] == np.arange(9)).all()
    assert (np.sort(found, axis=1) == np.arange(9)).all()
    assert min((one != other).sum() for one, other in combinations(found, 2)) == 8


def test_tiles_come_from_their_cells_with_gaps_between_them():
    torch.manual_seed(0)
    view = torch.zeros(1, 3, 75, 75)
    for cell in range(9):
        row, column = divmod(cell, 3)
        view[..., 25 * row : 25 * row + 25, 25 * column : 25 * column + 25] = (cell + 1) / 10
    tiles = cut(view, 20)
    assert tiles.shape == (1, 9, 3, 20, 20)
    assert torch.allclose(tiles.mean(dim=(0, 2, 3, 4)), torch.arange(1, 10) / 10, atol=1e-5)
    place = torch.linspace(0, 1, 75).expand(200, 3, 75, 75)
    ends = cut(place, 20)[:, 4, 0]
    spread = ends[..., 0].mean(dim=1)
    assert spread.std() > 0.007  # from somewhere in the cell
    assert (ends[..., -1] - ends[..., 0]).mean() == pytest.approx(64 / 75 * 25 / 74 * 19 / 20, abs=0.005)
    colours = cut(place, 20)[:, 4, :, 0, 0]
    assert (colours[:, 0] - colours[:, 1]).abs().mean() > 0.001  # moved against each other


def test_jigsaws_loss_is_the_cross_entropy_of_the_order_drawn(monkeypatch):
    torch.manual_seed(0)
    method = Jigsaw(layers_of_tiles(), PUZZLE_SIDE)
    view = torch.rand(4, 3, PUZZLE_SIDE, PUZZLE_SIDE)
    tiles, right = torch.rand(4, 9, 3, 8, 8), torch.tensor([0, 5, 71, 30])
    monkeypatch.setattr("lens.selfsup.jigsaw.cut", lambda *_: tiles)
    monkeypatch.setattr(torch, "randint", lambda *_, **__: right)
    terms = []
    for photo in range(4):
        features = []
        for tile in orders()[right[photo]]:
            shown = tiles[photo, tile]
            flat = shown.flatten(1)
            shown = (shown - flat.mean(dim=1)[:, None, None]) / (flat.std(dim=1)[:, None, None] + 1e-3)
            features.append(method.enter(method.backbone.network(shown[None]))[0])
        said = method.head(torch.cat(features)[None])[0]
        terms.append(torch.logsumexp(said, 0) - said[right[photo]])
    loss = method.loss([view], 0.0)
    assert loss.item() == pytest.approx((sum(terms) / 4).item(), abs=1e-4)


def layers_of_tiles() -> Backbone:
    return Backbone(nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 8, 16)), 16, [0.4] * 3, [0.3] * 3)


def photos_of(cells: Callable[[np.random.Generator, int], np.ndarray], seed: int, count: int) -> np.ndarray:
    """Photos of nine cells, each made from its number; (count, 24, 24, 3) uint8."""
    rng = np.random.default_rng(seed)
    photos = np.empty((count, PUZZLE_SIDE, PUZZLE_SIDE, 3))
    for cell in range(9):
        row, column = divmod(cell, 3)
        made = [cells(rng, cell) for _ in range(count)]
        photos[:, CELL * row : CELL * row + CELL, CELL * column : CELL * column + CELL] = made
    return (photos + rng.normal(0, 10, photos.shape)).clip(0, 255).astype(np.uint8)


def waves(rng: np.random.Generator, cell: int) -> np.ndarray:
    """Of a direction that tells the cell, begun anywhere."""
    rows, columns = np.mgrid[:CELL, :CELL]
    angle = cell * np.pi / 9
    along = np.cos(angle) * columns + np.sin(angle) * rows
    return np.repeat((127 + 80 * np.sin(1.2 * along + rng.uniform(0, 2 * np.pi)))[..., None], 3, axis=2)


def brightness(_: np.random.Generator, cell: int) -> np.ndarray:
    """As where a lens darkens corners: it tells the cell, and nothing of what is in the photo."""
    return np.full((CELL, CELL, 3), 30 + 20 * cell)


@torch.no_grad()
def put_right(method: Jigsaw, photos: np.ndarray) -> float:
    """Share of photos whose order is told."""
    torch.manual_seed(1)
    right = torch.randint(len(method.orders), (len(photos),))
    tiles = method.alike(method.tiles(pixels(photos)))
    return float((method.told(tiles, method.orders[right]).argmax(dim=1) == right).float().mean())


def test_a_jigsaw_is_put_right_by_what_is_in_its_tiles(tmp_path):
    torch.manual_seed(0)
    method = Jigsaw(textures(), PUZZLE_SIDE)
    untouched(method)
    trained(method, photos_of(waves, 0, 512), tmp_path, epochs=8)
    assert put_right(method, photos_of(waves, 1, 256)) > 0.9


def test_a_jigsaw_told_the_orders_of_others_is_not_put_right(tmp_path):
    torch.manual_seed(0)
    method = Jigsaw(textures(), PUZZLE_SIDE)
    untouched(method)

    def loss(views, done):
        [view] = views
        right = torch.randint(len(method.orders), (len(view),))
        return functional.cross_entropy(
            method.told(method.alike(method.tiles(view)), method.orders[right.roll(1)]), right
        )

    method.loss = loss
    trained(method, photos_of(waves, 0, 512), tmp_path, epochs=8)
    assert put_right(method, photos_of(waves, 1, 256)) < 0.1


@pytest.mark.parametrize("guarded", [True, False])
def test_brightness_alone_does_not_put_a_jigsaw_right(guarded, tmp_path, monkeypatch):
    if not guarded:
        monkeypatch.setattr(Jigsaw, "alike", lambda _, tiles: tiles)
    torch.manual_seed(0)
    method = Jigsaw(textures(), PUZZLE_SIDE)
    untouched(method)
    trained(method, photos_of(brightness, 0, 512), tmp_path, epochs=8)
    solved = put_right(method, photos_of(brightness, 1, 256))
    assert solved < 0.1 if guarded else solved > 0.9


def fine_textures() -> Backbone:
    """A small network that sees how colours lie beside each other."""
    network = nn.Sequential(
        nn.Conv2d(3, 32, 3), nn.ReLU(), nn.Conv2d(32, 32, 1), nn.BatchNorm2d(32), nn.ReLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.BatchNorm1d(32),
    )  # fmt: skip
    return Backbone(network, 32, [0.5] * 3, [0.25] * 3)


def fringed(seed: int, count: int) -> np.ndarray:
    """Grey clouds whose red is moved away from the middle, by a 240th of the photo."""
    clouds = gaussian_filter(np.random.default_rng(seed).normal(size=(count, 48, 48)), (0, 0.8, 0.8))
    clouds = 127 + 50 * clouds / clouds.std()
    photos = np.repeat(clouds[..., None], 3, axis=3)
    for cell in range(9):
        row, column = divmod(cell, 3)
        part = (slice(None), slice(16 * row, 16 * row + 16), slice(16 * column, 16 * column + 16))
        photos[(*part, 0)] = shift(clouds, (0, 0.2 * (row - 1), 0.2 * (column - 1)), order=1, mode="nearest")[part]
    return photos.clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("guarded", [True, False])
def test_the_fringes_of_a_lens_do_not_put_a_jigsaw_right(guarded, tmp_path, monkeypatch):
    if not guarded:
        monkeypatch.setattr("lens.selfsup.jigsaw.FRINGE", 0.0)
    torch.manual_seed(0)
    method = Jigsaw(fine_textures(), 48)
    untouched(method)  # no photo is grey, which would hide them altogether
    trained(method, fringed(0, 384), tmp_path, epochs=7)
    solved = put_right(method, fringed(1, 256))
    assert solved < 0.3 if guarded else solved > 0.8, solved


def marked(seed: int) -> np.ndarray:
    """Clouds without a direction, which all have the same mark near the lower right corner."""
    photos = np.random.default_rng(seed).integers(60, 200, (512, PUZZLE_SIDE, PUZZLE_SIDE, 3)).astype(np.uint8)
    photos[:, -2:, -10:] = 255  # over two cells of a jigsaw
    return photos


@pytest.mark.parametrize("guarded", [True, False])
def test_a_watermark_does_not_put_a_jigsaw_right(guarded, tmp_path):
    torch.manual_seed(0)
    method = Jigsaw(textures(), PUZZLE_SIDE)
    margin = method.view.inset
    untouched(method)
    method.view = replace(method.view, inset=margin if guarded else 0.0)
    trained(method, marked(0), tmp_path, epochs=8)
    seen = method.views(torch.from_numpy(marked(1)).permute(0, 3, 1, 2), torch.Generator().manual_seed(0))[0]
    solved = put_right(method, (255 * seen).byte().permute(0, 2, 3, 1).numpy())
    assert solved < 0.1 if guarded else solved > 0.5, solved


def nothing_filled(monkeypatch) -> None:
    """Leave marks where they are, so that the margin alone is a guard."""
    monkeypatch.setattr("lens.selfsup.rotation.without_marks", lambda photos: photos)


@pytest.mark.parametrize("guarded", [True, False])
def test_a_watermark_does_not_tell_the_rotation(guarded, tmp_path, monkeypatch):
    nothing_filled(monkeypatch)
    torch.manual_seed(0)
    method = Rotation(layers(), SIDE)
    margin = method.view.inset
    untouched(method)
    method.view = replace(method.view, inset=margin if guarded else 0.0)
    trained(method, marked(0), tmp_path)
    seen = method.views(torch.from_numpy(marked(1)).permute(0, 3, 1, 2), torch.Generator().manual_seed(0))[0]
    solved = turns_told(method, seen)
    assert solved < 0.4 if guarded else solved > 0.9, solved


def marked_in_the_middle(seed: int) -> np.ndarray:
    """Clouds without a direction, which all have the same hook in the middle."""
    photos = np.random.default_rng(seed).integers(60, 200, (512, PUZZLE_SIDE, PUZZLE_SIDE, 3)).astype(np.uint8)
    photos[:, 9:11, 9:15] = photos[:, 9:15, 9:11] = 255  # inside the middle cell of a jigsaw
    return photos


@pytest.mark.parametrize("guarded", [True, False])
def test_a_mark_in_the_middle_does_not_tell_the_rotation(guarded, tmp_path, monkeypatch):
    if not guarded:
        nothing_filled(monkeypatch)
    torch.manual_seed(0)
    method = Rotation(layers(), SIDE)
    margin = method.view.inset
    untouched(method)
    method.view = replace(method.view, inset=margin)  # which bars no mark in the middle
    trained(method, marked_in_the_middle(0), tmp_path)
    seen = method.views(torch.from_numpy(marked_in_the_middle(1)).permute(0, 3, 1, 2), torch.Generator().manual_seed(0))
    solved = turns_told(method, seen[0])
    assert solved < 0.4 if guarded else solved > 0.9, solved


def test_a_mark_in_the_middle_tells_a_jigsaw_one_place_of_nine(tmp_path):
    torch.manual_seed(0)
    method = Jigsaw(textures(), PUZZLE_SIDE)
    untouched(method)
    trained(method, marked_in_the_middle(0), tmp_path, epochs=8)
    assert put_right(method, marked_in_the_middle(1)) < 0.25  # where one tile lies leaves eight orders


def test_rotations_loss_is_the_cross_entropy_of_every_turn():
    method = Rotation(layers(), SIDE)
    method.backbone.eval()
    view = torch.rand(5, 3, SIDE, SIDE)
    terms = []
    for photo in view:
        for turns in range(QUARTERS):
            turned = torch.from_numpy(np.rot90(photo.numpy(), turns, axes=(1, 2)).copy())
            said = method.head(method.backbone(turned[None]))[0]
            terms.append(torch.logsumexp(said, 0) - said[turns])
    assert method.loss([view], 0.0).item() == pytest.approx((sum(terms) / 20).item(), abs=1e-5)


@torch.no_grad()
def turns_told(method: Rotation, views: torch.Tensor) -> float:
    """Share of turns that are told."""
    right = [method.head(method.backbone(views.rot90(turns, dims=(2, 3)))).argmax(1) == turns for turns in range(4)]
    return float(torch.cat(right).float().mean())


def test_rotation_learns_which_way_up_photos_are(taught, asked, tmp_path):
    torch.manual_seed(0)
    method = Rotation(layers(), SIDE)
    untouched(method)
    before = turns_told(method, pixels(asked.photos))
    trained(method, taught.photos, tmp_path)
    assert before < 0.5
    assert turns_told(method, pixels(asked.photos)) > 0.85


def test_rotation_whose_turns_are_mixed_up_learns_nothing(taught, asked, tmp_path):
    torch.manual_seed(0)
    method = Rotation(layers(), SIDE)
    untouched(method)

    def loss(views, done):
        [view] = views
        turned = torch.cat([view.rot90(turns, dims=(2, 3)) for turns in range(QUARTERS)])
        right = torch.arange(QUARTERS).repeat(len(view))  # goes through the turns photo by photo
        return functional.cross_entropy(method.head(method.backbone(turned)), right)

    method.loss = loss
    trained(method, taught.photos, tmp_path)
    assert turns_told(method, pixels(asked.photos)) < 0.5


@pytest.mark.parametrize("guarded", [True, False])
def test_a_border_alone_does_not_tell_the_rotation(guarded, tmp_path, monkeypatch):
    nothing_filled(monkeypatch)

    def framed(seed: int) -> np.ndarray:
        photos = np.random.default_rng(seed).integers(0, 200, (512, 16, 16, 3)).astype(np.uint8)
        photos[:, 0] = 255
        return photos

    torch.manual_seed(0)
    method = Rotation(layers(), SIDE)
    if not guarded:
        untouched(method)
    trained(method, framed(0), tmp_path)
    seen = method.views(torch.from_numpy(framed(1)).permute(0, 3, 1, 2), torch.Generator().manual_seed(0))[0]
    solved = turns_told(method, seen)
    assert solved < 0.5 if guarded else solved > 0.9


def hidden_patches(broken: bool, taught, asked, folder: Path) -> tuple[float, float]:
    """How much better kinds are told after MAE, and its last loss; a broken one's decoder knows no places."""
    torch.manual_seed(0)
    backbone = transformer("vit_tiny_patch16_224", SIDE, patch_size=2, embed_dim=48, depth=2, num_heads=3)
    method = MAE(backbone, SIDE, depth=1)
    untouched(method)
    if broken:
        method.decoder.pos_embed.zero_()
    before = told(method.backbone, taught, asked)
    ended = trained(method, taught.photos, folder, epochs=20, batch=32)
    return told(method.backbone, taught, asked) - before, ended.curve[-1]["loss"]


def test_mae_tells_hidden_patches_by_what_it_found(taught, asked, tmp_path):
    better, loss = hidden_patches(False, taught, asked, tmp_path)
    assert better > 0.2
    assert loss < 0.8  # half of the patches are noise, which nobody can tell


def test_mae_without_places_tells_little(taught, asked, tmp_path):
    assert hidden_patches(True, taught, asked, tmp_path)[1] > 0.85
