"""A puzzle that each method solves, and that a broken one does not."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from sklearn.metrics import normalized_mutual_info_score
from torch import nn
from torch.nn.functional import normalize

import lens.selfsup.dino
from lens.evaluation.protocols import knn
from lens.selfsup.dino import DINO
from lens.selfsup.dinov2 import DINOv2
from lens.selfsup.ibot import IBOT
from lens.selfsup.method import Method
from lens.selfsup.moco import MoCoV2, MoCoV3
from lens.selfsup.simclr import SimCLR
from lens.selfsup.training import Recipe, Trained, train
from tests.lens.selfsup.conftest import SIDE, layers, pixels, small_transformer, told


def contrastive(make: Callable, taught, asked, folder: Path, epochs: int = 12) -> tuple[float, float]:
    """How well kinds are told before and after."""
    torch.manual_seed(0)
    method = make()
    method.views = taught.views(2)
    before = told(method.backbone, taught, asked)
    train(method, taught.photos, Recipe(epochs=epochs, learning_rate=3e-3), folder / "run.safetensors")
    return before, told(method.backbone, taught, asked)


@pytest.mark.parametrize(
    "make",
    [
        lambda: SimCLR(layers(), SIDE),
        lambda: MoCoV2(layers(), SIDE, queue=256),
        lambda: MoCoV3(layers(), SIDE, momentum=0.9),
    ],
)
def test_contrast_finds_what_views_share(make, taught, asked, tmp_path):
    before, after = contrastive(make, taught, asked, tmp_path)
    assert before < 0.3
    assert after > 0.97


def test_with_views_of_other_photos_nothing_is_found(taught, asked, tmp_path):
    def broken() -> SimCLR:
        method = SimCLR(layers(), SIDE)
        right = method.loss
        method.loss = lambda views, done: right([views[0], views[1].roll(1, dims=0)], done)
        return method

    before, after = contrastive(broken, taught, asked, tmp_path)
    assert before < after < 0.8


def test_with_a_queue_that_nothing_enters_less_is_found(taught, asked, tmp_path):
    def broken() -> MoCoV2:
        method = MoCoV2(layers(), SIDE, queue=256)
        method.queue._dequeue_and_enqueue = lambda _: None
        return method

    assert contrastive(broken, taught, asked, tmp_path)[1] < 0.95


def test_with_keys_that_learn_less_is_found(taught, asked, tmp_path):
    def broken() -> MoCoV2:
        method = MoCoV2(layers(), SIDE, queue=256)
        method._keys_of = method.queries.forward
        return method

    assert contrastive(broken, taught, asked, tmp_path)[1] < 0.95


@torch.no_grad()
def cosines(method: Method, asked) -> tuple[float, float]:
    """Of what is compared: of two views of the same kind, and of a view and the nearest one of another kind."""
    method.eval()

    def compare(view: torch.Tensor) -> torch.Tensor:
        if isinstance(method, SimCLR):
            return method.head(method.backbone(view))
        queries = method.queries(view)
        return method.predictor(queries) if isinstance(method, MoCoV3) else queries

    photos = torch.from_numpy(asked.photos).permute(0, 3, 1, 2)
    one, other = (normalize(compare(view), dim=1) for view in asked.views(2)(photos, torch.Generator().manual_seed(0)))
    alike = torch.from_numpy(asked.kinds[:, None] == asked.kinds)
    found = one @ other.T
    return float(found[alike].mean()), float(found.masked_fill(alike, -1).amax(dim=1).mean())


@pytest.mark.parametrize(
    "make",
    [
        lambda temperature: SimCLR(layers(), SIDE, temperature),
        lambda temperature: MoCoV2(layers(), SIDE, queue=256, temperature=temperature),
        lambda temperature: MoCoV3(layers(), SIDE, temperature, momentum=0.9),
    ],
)
def test_without_a_temperature_kinds_are_not_kept_as_far_apart(make, taught, asked, tmp_path):
    found = []
    for temperature in (0.2, 1.0):
        torch.manual_seed(0)
        method = make(temperature)
        method.views = taught.views(2)
        recipe = Recipe(epochs=12, learning_rate=3e-3)
        train(method, taught.photos, recipe, tmp_path / f"{temperature}.safetensors")
        found.append(cosines(method, asked)[1])
    assert found[0] < found[1] - 0.1


def test_with_keys_that_do_not_follow_views_of_a_kind_are_less_alike(taught, asked, tmp_path):
    found = []
    for momentum in (0.9, 1.0):
        torch.manual_seed(0)
        method = MoCoV3(layers(), SIDE, momentum=momentum)
        method.views = taught.views(2)
        recipe = Recipe(epochs=12, learning_rate=3e-3)
        train(method, taught.photos, recipe, tmp_path / f"{momentum}.safetensors")
        found.append(cosines(method, asked)[0])
    assert found[0] > 0.94
    assert found[1] < 0.9


def distilled(method, taught, asked, folder: Path, learning_rate: float) -> tuple[Trained, float, float]:
    """How a run ended, how much the teacher's favourite prototype says of the kind, and how sure it is (in nats)."""
    method.views = taught.views(2)
    recipe = Recipe(epochs=20, learning_rate=learning_rate)
    trained = train(method, taught.photos, recipe, folder / "run.safetensors")
    method.eval()
    with torch.no_grad():
        said = method.teacher_head(method.backbone(pixels(asked))) - method._loss.center[0]
    chances = (said / 0.07).softmax(dim=1)
    unsure = -(chances * chances.clamp(min=1e-12).log()).sum(dim=1).mean()
    return trained, float(normalized_mutual_info_score(asked.kinds, chances.argmax(dim=1).numpy())), float(unsure)


def teacher_and_student() -> DINO:
    torch.manual_seed(0)
    return DINO(layers(), SIDE, prototypes=64, crops=0, momentum=0.9)


def test_dino_sorts_photos_by_what_views_share(taught, asked, tmp_path):
    method = teacher_and_student()
    before = told(method.backbone, taught, asked)
    trained, shared, unsure = distilled(method, taught, asked, tmp_path, 1e-2)
    assert told(method.backbone, taught, asked) > before + 0.5
    assert shared > 0.3
    assert unsure < 3  # of 4.2 for 64 prototypes alike
    assert not trained.collapsed


def test_dino_without_centering_has_one_prototype_left(taught, asked, tmp_path):
    method = teacher_and_student()
    method._loss.update_center = lambda _: None
    assert distilled(method, taught, asked, tmp_path, 1e-2)[1] < 0.1


def test_dino_whose_targets_learn_sorts_nothing(taught, asked, tmp_path):
    method = teacher_and_student()

    def loss(views, done):
        said = [method.student_head(method.student(view)) for view in views]
        return method._loss(said, said)

    method.loss = loss
    assert distilled(method, taught, asked, tmp_path, 1e-2)[1] < 0.1


def test_dino_without_sharpening_is_sure_of_nothing(taught, asked, tmp_path, monkeypatch):
    monkeypatch.setattr(lens.selfsup.dino, "sharpness_at", lambda _: 1.0)
    assert distilled(teacher_and_student(), taught, asked, tmp_path, 1e-2)[2] > 3.5


def test_dinov2_sorts_photos_and_keeps_them_apart(taught, asked, tmp_path):
    torch.manual_seed(0)
    method = DINOv2(small_transformer(), SIDE, prototypes=64, crops=0, momentum=0.9)
    before = told(method.backbone, taught, asked)
    trained, shared, unsure = distilled(method, taught, asked, tmp_path, 1e-3)
    assert told(method.backbone, taught, asked) > before + 0.2
    assert shared > 0.4
    assert unsure < 3
    assert trained.curve[-1]["rank"] > 15  # which DINO alone lets fall below ten


class Nothing(nn.Module):
    """A term that is left out."""

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return 0 * features.sum()


@pytest.mark.slow
def test_dinov2_without_koleo_does_not_keep_photos_apart(taught, asked, tmp_path):
    torch.manual_seed(0)
    method = DINOv2(small_transformer(), SIDE, prototypes=64, crops=0, momentum=0.9)
    method._spread = Nothing()
    assert distilled(method, taught, asked, tmp_path, 1e-3)[0].curve[-1]["rank"] < 12


@pytest.mark.slow
@pytest.mark.parametrize("kind", [DINOv2, IBOT])
def test_what_hides_patches_and_whose_targets_learn_sorts_nothing(kind, taught, asked, tmp_path):
    torch.manual_seed(0)
    method = kind(small_transformer(), SIDE, prototypes=64, crops=0, momentum=0.9)

    def loss(views, done):
        said = [method.student_head(method.student(view)) for view in views]
        return method._loss(said, said)

    method.loss = loss
    assert distilled(method, taught, asked, tmp_path, 1e-3)[1] < 0.1


def masked_student() -> IBOT:
    torch.manual_seed(0)
    return IBOT(small_transformer(), SIDE, prototypes=64, crops=0, momentum=0.9)


@torch.no_grad()
def told_of_a_hidden_patch(method: IBOT, taught, asked) -> float:
    """Share of photos whose kind is told by what the student says of a hidden patch, by its neighbours."""
    hidden = torch.tensor([[False, False, True, False]])  # of the half that tells the kind, the lower
    found = []
    for some in (taught, asked):
        hiding = type(method.student).patches  # as it was before anything was broken
        said = hiding(method.student, pixels(some), hidden.expand(len(some.kinds), -1))[1][:, 2]
        found.append(normalize(said, dim=1).numpy())
    return float((knn(found[0], taught.kinds, found[1]) == asked.kinds).mean())


def test_ibot_sorts_photos_and_knows_what_is_hidden(taught, asked, tmp_path):
    method = masked_student()
    assert told_of_a_hidden_patch(method, taught, asked) < 0.5
    assert distilled(method, taught, asked, tmp_path, 1e-3)[1] > 0.3
    assert told_of_a_hidden_patch(method, taught, asked) > 0.9


def test_ibot_that_hides_nothing_does_not_know_what_is_hidden(taught, asked, tmp_path):
    method = masked_student()
    right = method.student.patches
    method.student.patches = lambda views, _=None: right(views)
    distilled(method, taught, asked, tmp_path, 1e-3)
    assert told_of_a_hidden_patch(method, taught, asked) < 0.8


def test_ibot_without_centering_has_one_prototype_left(taught, asked, tmp_path):
    method = masked_student()
    method._loss.update_center = method._patch_loss.center.update = lambda _: None
    assert distilled(method, taught, asked, tmp_path, 1e-3)[1] < 0.1
