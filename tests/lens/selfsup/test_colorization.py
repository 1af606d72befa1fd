"""Colorization: colours as classes, how much each counts, and what is learned when they are right."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from lens.selfsup.backbones import Backbone, convolutional, transformer
from lens.selfsup.colorization import FINE, Colorization
from lens.selfsup.colours import Palette, bins, lab_of, rgb_of
from lens.selfsup.training import Recipe, train

SIDE, CELL = 24, 8
COLOURS = ((50.0, 30.0), (-40.0, 30.0), (0.0, -40.0), (0.0, 60.0))
GREY, RED = (0.0, 0.0), (50.0, 30.0)


class Textures(nn.Module):
    """A small network that knows textures, and has a map of them."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, 32, 5, padding=2, stride=2), nn.BatchNorm2d(32), nn.ReLU(),
            nn.Conv2d(32, 32, 3, padding=1, stride=2), nn.BatchNorm2d(32), nn.ReLU(),
            nn.AvgPool2d(2),
        )  # fmt: skip

    def forward_features(self, views: torch.Tensor) -> torch.Tensor:
        return self.layers(views)

    def forward(self, views: torch.Tensor) -> torch.Tensor:
        return self.forward_features(views).mean(dim=(2, 3))


def method_of_textures() -> Colorization:
    torch.manual_seed(0)
    return Colorization(Backbone(Textures(), 32, [0.5] * 3, [0.25] * 3), SIDE)


def lab_by_formula(rgb: np.ndarray) -> np.ndarray:
    """CIE Lab of sRGB under D65, from its definition; (..., 3)."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    matrix = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    relative = linear @ matrix.T / matrix.sum(axis=1)
    roots = np.where(relative > (6 / 29) ** 3, np.cbrt(relative), relative * (29 / 6) ** 2 / 3 + 4 / 29)
    x, y, z = np.moveaxis(roots, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def test_lab_is_that_of_the_cie_and_goes_back():
    views = torch.rand(3, 3, 16, 20, generator=torch.Generator().manual_seed(0))
    lab = lab_of(views)
    right = lab_by_formula(views.permute(0, 2, 3, 1).double().numpy())
    assert np.abs(lab.permute(0, 2, 3, 1).numpy() - right).max() < 0.8  # OpenCV looks it up: a twelfth of a square
    assert torch.allclose(rgb_of(lab), views, atol=0.01)
    grey = lab_of(torch.full((1, 3, 2, 2), 0.5))
    assert torch.allclose(grey[:, 1:], torch.zeros(1, 2, 2, 2), atol=0.1)


def test_squares_are_those_in_which_srgb_has_colours():
    centres = bins()
    levels = np.linspace(0, 1, 24)
    cube = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(-1, 3)
    colours = lab_by_formula(cube)[:, 1:]
    far = np.abs(colours[:, None] - centres[None]).max(axis=2)  # of the sides of squares
    assert far.min(axis=1).max() < 5.8  # every colour lies in one
    assert far.min(axis=0).max() < 7  # and every one has a colour, or nearly: there are more than those of the cube
    assert len(np.unique(centres, axis=0)) == len(centres) == pytest.approx(261, abs=3)
    assert (centres % 10 == 0).all()


def test_a_colour_is_shared_among_the_five_nearest_squares():
    palette = Palette()
    colours = torch.tensor([[12.0, -31.0], [0.0, 0.0], [70.0, 50.0]]).T[None, :, None]  # (1, 2, 1, 3)
    nearest, shares = palette.encoded(colours)
    assert nearest.shape == shares.shape == (1, 5, 1, 3)
    for place in range(3):
        a, b = colours[0, :, 0, place].tolist()
        far = sorted((math.hypot(a - x, b - y), number) for number, (x, y) in enumerate(palette.bins.tolist()))
        right = [math.exp(-(distance**2) / 50) for distance, _ in far[:5]]
        said = nearest[0, :, 0, place]
        assert [math.dist((a, b), palette.bins[number].tolist()) for number in said] == pytest.approx(
            [distance for distance, _ in far[:5]], abs=1e-3
        )
        assert shares[0, :, 0, place].tolist() == pytest.approx([each / sum(right) for each in right], abs=1e-4)


def test_rare_colours_count_more_as_the_papers_formula_has_it():
    palette = Palette()
    assert torch.equal(palette.weights(), torch.ones(len(palette.bins)))
    drawn = torch.randint(0, len(palette.bins), (2, 30, 4), generator=torch.Generator().manual_seed(0)) // 3
    palette.count(drawn)
    palette.count(torch.full((70,), 9))
    seen = [0] * len(palette.bins)
    for number in [*drawn.flatten().tolist(), *[9] * 70]:
        seen[number] += 1
    assert palette.seen.tolist() == seen
    places = palette.bins.tolist()
    often = [0.0] * len(places)
    for one, times in enumerate(seen):
        near = [math.exp(-(math.dist(places[one], other) ** 2) / 50) for other in places]
        for other, share in enumerate(near):
            often[other] += times / sum(seen) * share / sum(near)
    weights = [1 / (0.5 * share + 0.5 / len(places)) for share in often]
    mean = sum(share * weight for share, weight in zip(often, weights, strict=True))
    assert palette.weights().tolist() == pytest.approx([weight / mean for weight in weights], rel=1e-4)
    assert palette.weights()[9] == palette.weights().min()


def test_the_annealed_mean_lies_between_the_mean_and_the_likeliest():
    palette = Palette()
    logits = torch.randn(2, len(palette.bins), 3, 1, generator=torch.Generator().manual_seed(0))
    told = palette.annealed_mean(logits)
    assert told.shape == (2, 2, 3, 1)
    for photo in range(2):
        for place in range(3):
            chances = torch.softmax(logits[photo, :, place, 0], dim=0).tolist()
            sharp = [math.exp(math.log(chance) / 0.38) for chance in chances]
            for part in range(2):
                right = sum(
                    share * centre / sum(sharp)
                    for share, centre in zip(sharp, palette.bins[:, part].tolist(), strict=True)
                )
                assert told[photo, part, place, 0].item() == pytest.approx(right, abs=1e-3)
    sure = torch.full((1, len(palette.bins), 1, 1), -50.0)
    sure[0, 77] = 0
    assert torch.allclose(palette.annealed_mean(sure)[0, :, 0, 0], palette.bins[77])


def test_the_loss_is_the_weighted_cross_entropy_of_shared_colours():
    method = method_of_textures().eval()
    view = torch.rand(2, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
    lab = lab_of(view)
    said = method.told(lab[:, :1])
    assert said.shape == (2, len(method.palette.bins), 12, 12)  # three places, four colours each
    quarters = lab[:, 1:].unflatten(3, (12, 2)).unflatten(2, (12, 2)).mean(dim=(3, 5))
    nearest, shares = method.palette.encoded(quarters)
    method.palette.count(nearest[:, 0])
    weights, terms = method.palette.weights(), []
    for photo in range(2):
        for row in range(12):
            for column in range(12):
                at = said[photo, :, row, column]
                logs = at - torch.logsumexp(at, 0)
                numbers = nearest[photo, :, row, column]
                entropy = -sum(shares[photo, each, row, column] * logs[numbers[each]] for each in range(5))
                terms.append(weights[numbers[0]] * entropy)
    naive = sum(terms) / len(terms)
    method.palette.seen.zero_()
    loss = method.loss([view], 0.0)
    assert loss.item() == pytest.approx(naive.item(), abs=1e-4)
    learned = [each for each in method.parameters() if each.requires_grad]
    for one, other in zip(torch.autograd.grad(loss, learned), torch.autograd.grad(naive, learned), strict=True):
        assert torch.allclose(one, other, atol=1e-5)


def test_the_network_sees_no_colour():
    method = method_of_textures().eval()
    seen: list[torch.Tensor] = []
    method.backbone.network.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    method.backbone.network.layers.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    method.loss([torch.rand(2, 3, SIDE, SIDE)], 0.0)
    [given] = seen
    assert torch.equal(given, given[:, :1].expand_as(given))
    assert given.std() > 0.1


@pytest.mark.parametrize(
    ("backbone", "side", "rows"),
    [
        (lambda: convolutional("resnet10t"), 64, 2),
        (lambda: transformer("vit_tiny_patch16_224", 32, patch_size=8, embed_dim=48, depth=1, num_heads=3), 32, 4),
    ],
)
def test_every_kind_of_backbone_has_a_map_whose_mean_is_what_is_learned(backbone, side, rows):
    torch.manual_seed(0)
    method = Colorization(backbone(), side).eval()
    views = torch.rand(2, 3, side, side)
    assert method.backbone.map(views).shape == (2, method.backbone.width, rows, rows)
    assert method.told(views[:, :1]).shape[-2:] == (FINE * rows, FINE * rows)
    assert method.coloured(views).shape == views.shape
    assert torch.allclose(method.backbone(views), method.backbone.map(views).mean(dim=(2, 3)), atol=1e-5)


def photos(seed: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Photos of nine cells of waves, (n, 24, 24, 3) uint8, and a and b of each cell, (n, 3, 3, 2)."""
    rng = np.random.default_rng(seed)
    kinds = rng.integers(0, 4, (count, 3, 3))
    colours = np.array(COLOURS)[kinds]
    angle = kinds.repeat(CELL, axis=1).repeat(CELL, axis=2) * np.pi / 4
    rows, columns = np.mgrid[:SIDE, :SIDE]
    lab = np.empty((count, SIDE, SIDE, 3), np.float32)
    lab[..., 0] = 60 + 15 * np.sin(1.5 * (np.cos(angle) * columns + np.sin(angle) * rows))
    lab[..., 1:] = colours.repeat(CELL, axis=1).repeat(CELL, axis=2)
    return pixels_of(lab), colours


def pixels_of(lab: np.ndarray) -> np.ndarray:
    """(n, h, w, 3) uint8 of as many lightnesses, a and b."""
    rgb = rgb_of(torch.from_numpy(lab).permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
    return (255 * rgb.numpy()).round().astype(np.uint8)


def colours_told(method: Colorization, of: np.ndarray) -> np.ndarray:
    """a and b of each cell, (n, 3, 3, 2)."""
    method.eval()
    with torch.no_grad():
        lab = lab_of(torch.from_numpy(of).permute(0, 3, 1, 2).float() / 255)
        told = method.palette.annealed_mean(method.told(lab[:, :1]))
    return told.unflatten(3, (3, 4)).unflatten(2, (3, 4)).mean(dim=(3, 5)).permute(0, 2, 3, 1).numpy()


def trained(method: Colorization, of: np.ndarray, folder: Path, epochs: int = 10) -> None:
    method.views = lambda some, _: [some.float() / 255]
    train(method, of, Recipe(epochs=epochs, batch=32, learning_rate=1e-2), folder / "run.safetensors")


def astray(method: Colorization, folder: Path) -> float:
    """How far colours are from those that textures tell, after training."""
    taught, _ = photos(0, 256)
    asked, right = photos(1, 64)
    trained(method, taught, folder)
    return float(np.linalg.norm(colours_told(method, asked) - right, axis=-1).mean())


def test_textures_tell_colours(tmp_path):
    assert (off := astray(method_of_textures(), tmp_path)) < 10, off  # they are 58 to 108 apart


def test_colours_of_other_photos_cannot_be_told(tmp_path, monkeypatch):
    encoded = Palette.encoded
    monkeypatch.setattr(Palette, "encoded", lambda self, colours: encoded(self, colours.roll(1, dims=0)))
    assert (off := astray(method_of_textures(), tmp_path)) > 35, off


@pytest.mark.parametrize("rebalanced", [True, False])
def test_where_a_colour_is_rare_it_is_told_only_if_it_counts_more(rebalanced, tmp_path, monkeypatch):
    def noise(seed: int) -> np.ndarray:
        """Of one lightness on average, a quarter of the cells red and the others grey: nothing tells which."""
        rng = np.random.default_rng(seed)
        lab = np.empty((256, SIDE, SIDE, 3), np.float32)
        lab[..., 0] = rng.normal(55, 5, lab.shape[:3])
        colours = np.where(rng.random((256, 3, 3, 1)) < 0.25, RED, GREY)
        lab[..., 1:] = colours.repeat(CELL, axis=1).repeat(CELL, axis=2)
        return pixels_of(lab)

    if not rebalanced:
        monkeypatch.setattr(Palette, "weights", lambda self: torch.ones(len(self.bins)))
    method = method_of_textures()
    trained(method, noise(0), tmp_path, epochs=5)
    vivid = np.linalg.norm(colours_told(method, noise(1)), axis=-1).mean() / math.hypot(*RED)
    assert vivid > 0.3 if rebalanced else vivid < 0.15, vivid


def test_a_run_that_is_taken_up_remembers_how_rare_colours_are(tmp_path):
    some, _ = photos(0, 64)
    recipe = Recipe(epochs=2, batch=16, learning_rate=1e-2)
    whole, first, second = method_of_textures(), method_of_textures(), method_of_textures()
    train(whole, some, recipe, tmp_path / "whole")

    def stop(step):
        if step.done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(first, some, recipe, tmp_path / "parts", on_step=stop)
    train(second, some, recipe, tmp_path / "parts")
    assert torch.equal(whole.palette.seen, second.palette.seen)
    assert whole.palette.seen.sum() == 8 * 16 * 12 * 12
    for one, other in zip(whole.parameters(), second.parameters(), strict=True):
        assert torch.equal(one, other)
