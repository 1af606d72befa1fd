"""Words and photos: a puzzle that both losses solve, which tower is left as it is, and what is saved."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from lens.models.encoders.builtin import BuiltinEncoder, load_builtin
from lens.models.encoders.heads import Heads
from lens.models.encoders.image_tower import ImageTower
from lens.models.formats import HEADS
from lens.models.loading import load
from lens.selfsup.language import Language, Words
from lens.selfsup.tower import BuiltinTower
from lens.selfsup.training import Recipe, train
from lens.selfsup.words import BuiltinHeads, BuiltinWords
from lens.tuning.networks import start_from
from tests import checkpoints
from tests.lens.selfsup.conftest import KINDS, SIDE, layers, pixels

TEXTS = ["a red cube", "a photo of the small dog", "sand", "the large tower in snow"]


class Table(Words):
    """A vector for each text."""

    def __init__(self) -> None:
        super().__init__(nn.Parameter(torch.tensor(10.0).log()), nn.Parameter(torch.tensor(-5.0)))
        self.vectors = nn.Embedding(KINDS, 32)

    def forward(self, numbers: torch.Tensor) -> torch.Tensor:
        return self.vectors(numbers)


def solved(taught, asked, folder: Path, objective: str, broken: Callable[[Language], None] = lambda _: None) -> float:
    """How sure it is of what is right, 0 to 1: of the photo's text among all, or of each pair whether it is one."""
    torch.manual_seed(0)
    method = Language(layers(), Table(), [[kind] for kind in taught.kinds.tolist()], SIDE, objective)
    method.views = taught.views(1)
    broken(method)
    train(method, taught.photos, Recipe(epochs=12, learning_rate=3e-3), folder / "run")
    method.eval()
    right = functional.one_hot(torch.from_numpy(asked.kinds), KINDS).bool()
    with torch.no_grad():
        photos = functional.normalize(method.backbone(pixels(asked)), dim=1)
        logits = method.words.scale.exp() * photos @ functional.normalize(method.words.vectors.weight, dim=1).T
        sure = (logits + method.words.bias).sigmoid()
    if objective == "clip":
        return float(logits.softmax(dim=1)[right].mean())
    return float(torch.stack([sure[right].mean(), 1 - sure[~right].mean()]).min())


@pytest.mark.parametrize("objective", ["clip", "siglip"])
def test_words_are_found_for_photos(taught, asked, tmp_path, objective):
    assert solved(taught, asked, tmp_path, objective) > 0.75


@pytest.mark.parametrize("objective", ["clip", "siglip"])
def test_with_the_words_of_other_photos_nothing_is_found(taught, asked, tmp_path, objective):
    def shuffled(method: Language) -> None:
        np.random.default_rng(0).shuffle(method._owned)

    assert solved(taught, asked, tmp_path, objective, shuffled) < 0.3


@pytest.mark.parametrize("objective", ["clip", "siglip"])
def test_without_a_temperature_nothing_is_sure(taught, asked, tmp_path, objective):
    def dropped(method: Language) -> None:
        method.words.scale.requires_grad_(False).zero_()

    assert solved(taught, asked, tmp_path, objective, dropped) < 0.5


def test_without_the_bias_of_siglip_all_seems_to_belong_together(taught, asked, tmp_path):
    def dropped(method: Language) -> None:
        method.words.bias.requires_grad_(False).zero_()

    assert solved(taught, asked, tmp_path, "siglip", dropped) < 0.65


def test_what_several_photos_share_belongs_to_all_of_them(monkeypatch):
    method = Language(layers(), Table(), [[0, 1], [1], [2]], SIDE, "clip")
    asked = []
    monkeypatch.setattr("lens.selfsup.language.contrastive_loss", lambda *told: asked.append(told[2]) or told[3])
    for seed in range(8):
        torch.manual_seed(seed)
        method.meet(np.array([0, 1, 2]))
        method.loss([torch.rand(3, 3, SIDE, SIDE)], 0.0)
    seen = {tuple(map(tuple, each.int().tolist())) for each in asked}
    assert seen == {((1, 1, 0), (0, 1, 0), (0, 0, 1)), ((1, 0), (1, 0), (0, 1))}


@pytest.mark.parametrize("lock", ["none", "image", "text"])
def test_the_built_in_heads_begin_as_they_were_and_learn_but_what_is_locked(tmp_path, lock):
    encoder = load_builtin()
    photos = BuiltinHeads(encoder.heads, lock)
    words = BuiltinWords(photos, encoder.text_features(TEXTS), encoder.heads)
    views = torch.randint(256, (4, 3, 64, 64)) / 255
    before = photos(views).detach()
    torch.testing.assert_close(before, BuiltinTower(encoder.heads)(views), atol=1e-4, rtol=0)
    np.testing.assert_allclose(words(torch.arange(4)).detach(), encoder.encode_texts(TEXTS), atol=1e-5)
    step(Language(photos, words, [[0], [1], [2], [3]], 64, "clip"), views)
    photos.save(tmp_path)
    after = BuiltinEncoder(Heads.load(tmp_path / HEADS))
    now = photos(views).detach()
    assert (float((now - before).abs().max()) > 1e-3) == (lock != "image")
    moved = np.abs(after.encode_texts(TEXTS) - encoder.encode_texts(TEXTS)).max()
    assert (moved > 1e-3) == (lock != "text")
    np.testing.assert_allclose(after.encode_texts(TEXTS), words(torch.arange(4)).detach(), atol=1e-3)  # in halves


@pytest.mark.parametrize(("side", "quick"), [(64, True), (72, False)])
def test_a_tower_that_is_not_trained_is_run_by_its_graph_where_that_fits(side, quick, monkeypatch):
    heads = load_builtin().heads
    photos, asked = BuiltinHeads(heads, "none"), []
    honest = ImageTower.encode
    monkeypatch.setattr(ImageTower, "encode", lambda tower, inputs: asked.append(len(inputs)) or honest(tower, inputs))
    views = torch.randint(256, (4, 3, side, side)) / 255
    for found, right in zip(photos.features(views), BuiltinTower(heads).features(views), strict=True):
        torch.testing.assert_close(found, right, atol=1e-3, rtol=1e-4)
    assert asked == ([4] if quick else [])


@pytest.mark.parametrize(
    ("name", "trained", "lock"),
    [("clip", "last", "none"), ("clip", "lora", "none"), ("clip", "all", "text"), ("siglip", "last", "image")],
)
def test_both_towers_of_a_network_learn_but_what_is_locked(tmp_path, name, trained, lock):
    folder = checkpoints.DUAL[name](tmp_path / "before")
    torch.manual_seed(0)
    photos, words = start_from(str(folder), trained).towers(TEXTS, checkpoints.SIDE, lock)
    views = torch.rand(4, 3, checkpoints.SIDE, checkpoints.SIDE)
    before = photos(views).detach()
    plain = load(str(folder), device="cpu", precision="float32", backend="torch")
    vectors = plain.encode_texts(TEXTS)
    np.testing.assert_allclose(functional.normalize(words(torch.arange(4)), dim=1).detach(), vectors, atol=1e-5)
    step(Language(photos, words, [[0], [1], [2], [3]], checkpoints.SIDE, "siglip"), views)
    assert (float((photos(views).detach() - before).abs().max()) > 1e-4) == (lock != "image")
    photos.save(tmp_path / "after")
    tuned = load(str(tmp_path / "after"), device="cpu", precision="float32", backend="torch")
    assert (float(np.abs(tuned.encode_texts(TEXTS) - vectors).max()) > 1e-4) == (lock != "text")
    said = functional.normalize(words(torch.arange(4)), dim=1).detach()
    np.testing.assert_allclose(tuned.encode_texts(TEXTS), said, atol=1e-5)


def step(method: Language, views: torch.Tensor) -> None:
    """Two steps, as one of LoRA's two matrices begins at nought."""
    optimizer = torch.optim.SGD(method.parameters(), 0.5)
    method.meet(np.arange(len(views)))
    for _ in range(2):
        optimizer.zero_grad()
        method.loss([views], 0.0).backward()
        optimizer.step()
