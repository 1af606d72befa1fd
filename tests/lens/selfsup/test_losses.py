"""Every loss and its gradient against a plain loop of its paper's formula; queues, followers, what must not learn."""

import math
import random

import pytest
import torch
from torch import nn
from torch.nn.functional import normalize

from lens.selfsup.dino import DINO, sharpness_at
from lens.selfsup.dinov2 import DINOv2
from lens.selfsup.ibot import IBOT, _hidden
from lens.selfsup.moco import MoCoV2, MoCoV3, SplitBatchNorm
from lens.selfsup.momentum import momentum_at
from lens.selfsup.simclr import SimCLR
from tests.lens.selfsup.conftest import SIDE, layers, small_transformer


def plain() -> nn.Module:
    """A backbone without batch normalisation, in which each photo stands for itself."""
    backbone = layers()
    backbone.network = nn.Sequential(nn.Flatten(), nn.Linear(SIDE * SIDE * 3, 32), nn.Tanh())
    return backbone


def batch(count: int = 6, views: int = 2, side: int = SIDE) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [torch.rand(count, 3, side, side, generator=generator) for _ in range(views)]


def gradient(loss: torch.Tensor, of: nn.Module) -> torch.Tensor:
    parameters = [each for each in of.parameters() if each.requires_grad]
    found = torch.autograd.grad(loss, parameters, allow_unused=True)
    return torch.cat([each.flatten() for each in found if each is not None])


def entropy_of(teacher: torch.Tensor, student: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of one teacher's and one student's logits, which are sharpened already."""
    chances = [math.exp(float(each)) for each in teacher]
    logs = student - torch.logsumexp(student, 0)
    return -sum(chance / sum(chances) * log for chance, log in zip(chances, logs, strict=True))


def test_simclr_is_nt_xent():
    method, views = SimCLR(plain(), SIDE, temperature=0.3), batch()
    method.head.eval()
    rows = [normalize(each, dim=0) for view in views for each in method.head(method.backbone(view))]
    terms = []
    for one in range(12):
        friend = (one + 6) % 12
        others = [torch.exp(rows[one] @ rows[other] / 0.3) for other in range(12) if other != one]
        terms.append(-torch.log(torch.exp(rows[one] @ rows[friend] / 0.3) / sum(others)))
    naive = sum(terms) / 12
    loss = method.loss(views, 0.0)
    assert loss.item() == pytest.approx(naive.item(), abs=1e-5)
    assert torch.allclose(gradient(loss, method.backbone), gradient(naive, method.backbone), atol=1e-5)


def test_moco_v2_is_info_nce_against_its_queue():
    method, views = MoCoV2(plain(), SIDE, queue=18, temperature=0.2), batch()
    with torch.no_grad():
        for parameter in method.keys.parameters():
            parameter.add_(0.1)  # so that keys are not queries
    queue = method.queue.bank.clone()
    queries, keys = normalize(method.queries(views[0]), dim=1), normalize(method.keys(views[1]), dim=1)
    terms = []
    for query, key in zip(queries, keys, strict=True):
        right = torch.exp(query @ key / 0.2)
        terms.append(-torch.log(right / (right + sum(torch.exp(query @ other / 0.2) for other in queue))))
    naive = sum(terms) / 6
    loss = method.loss(views, 0.0)
    assert loss.item() == pytest.approx(naive.item(), abs=1e-5)
    assert torch.allclose(gradient(loss, method.queries), gradient(naive, method.queries), atol=1e-5)


def test_moco_v2s_queue_drops_the_oldest_keys():
    method = MoCoV2(plain(), SIDE, queue=18)
    seen = []
    for seed in range(4):
        views = [view + seed for view in batch()]
        method.loss(views, 0.0)
        seen.append(normalize(method.keys(views[1]), dim=1))
    assert torch.allclose(method.queue.bank, torch.cat([seen[3], seen[1], seen[2]]), atol=1e-6)
    assert int(method.queue.bank_ptr) == 6
    assert {"queue.bank", "queue.bank_ptr"} <= set(method.state_dict())  # a resumed run has them


def test_moco_v2s_keys_follow_and_never_learn():
    method, views = MoCoV2(plain(), SIDE, queue=18, momentum=0.9), batch()
    method.loss(views, 0.0).backward()
    assert all(each.grad is None for each in method.keys.parameters())
    assert all(each.grad is not None for each in method.queries.parameters())
    with torch.no_grad():
        for parameter in method.queries.parameters():
            parameter.add_(1)
    expected = [
        0.9 * old + 0.1 * new for old, new in zip(method.keys.parameters(), method.queries.parameters(), strict=True)
    ]
    method.after_step(0.5)
    assert all(torch.allclose(*pair) for pair in zip(method.keys.parameters(), expected, strict=True))


def test_split_batch_norm_keeps_groups_apart():
    maps = torch.randn(16, 4, 3, 3) * torch.arange(1, 17)[:, None, None, None]
    split, whole = SplitBatchNorm(4), nn.BatchNorm2d(4)
    expected = torch.cat([whole(maps[start : start + 2]) for start in range(0, 16, 2)])
    assert torch.allclose(split(maps), expected, atol=1e-6)
    assert not torch.allclose(split(maps), nn.BatchNorm2d(4)(maps), atol=0.1)
    split.eval()
    assert torch.allclose(split(maps[:3]), split(maps)[:3])  # by running statistics


def test_moco_v2_shuffles_keys_and_puts_them_back():
    backbone = layers()
    backbone.network = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Flatten(), nn.Linear(288, 32))
    method, views = MoCoV2(backbone, SIDE, queue=16), batch(16)
    assert isinstance(backbone.network[1], SplitBatchNorm)
    method.keys.eval()  # by running statistics, a key does not hang on its company
    torch.manual_seed(0)
    assert torch.allclose(method._keys_of(views[1]), method.keys(views[1]), atol=1e-6)
    method.keys.train()
    torch.manual_seed(0)
    assert not torch.allclose(method._keys_of(views[1]), method.keys(views[1]), atol=1e-3)


def test_moco_v3_is_symmetric_and_its_targets_stand_still():
    method, views = MoCoV3(plain(), SIDE, temperature=0.2), batch()
    for head in (method.queries[1], method.keys[1], method.predictor):
        head.eval()
    queries = [normalize(method.predictor(method.queries(view)), dim=1) for view in views]
    keys = [normalize(method.keys(view), dim=1).detach() for view in views]

    def contrast(queries, keys):
        terms = []
        for number, query in enumerate(queries):
            others = [torch.exp(query @ key / 0.2) for key in keys]
            terms.append(-torch.log(others[number] / sum(others)))
        return 2 * 0.2 * sum(terms) / len(terms)

    naive = contrast(queries[0], keys[1]) + contrast(queries[1], keys[0])
    loss = method.loss(views, 0.0)
    assert loss.item() == pytest.approx(naive.item(), abs=1e-5)
    assert torch.allclose(gradient(loss, method), gradient(naive, method), atol=1e-5)
    method.loss(views, 0.0).backward()
    assert all(each.grad is None for each in method.keys.parameters())


def test_moco_v3_leaves_the_projection_of_patches_as_it_is():
    method = MoCoV3(small_transformer(), SIDE)
    method.loss(batch(), 0.0).backward()
    assert all(each.grad is None for each in method.backbone.network.vit.patch_embed.parameters())
    assert method.backbone.network.vit.blocks[0].attn.qkv.weight.grad is not None


def naive_dino(method, taught, said, center, done):
    terms = []
    for one, teacher in enumerate(taught):
        for other, student in enumerate(said):
            if one != other:
                rows = zip((teacher - center) / sharpness_at(done), student / 0.1, strict=True)
                terms += [entropy_of(*row) for row in rows]
    return sum(terms) / len(terms)


def test_dino_is_cross_entropy_of_centred_and_sharpened_targets():
    method = DINO(plain(), SIDE, prototypes=10, crops=0)
    views, third = batch(4), batch(4, views=3)[2]
    method._loss.center += torch.linspace(-0.2, 0.2, 10)
    center = method._loss.center[0, 0].clone()
    taught = [method.teacher_head(method.backbone(view)).detach() for view in views]
    said = [method.student_head(method.student(view)) for view in [*views, third]]
    naive = naive_dino(method, taught, said, center, 0.05)
    loss = method.loss([*views, third], 0.05)
    assert loss.item() == pytest.approx(naive.item(), abs=1e-4)
    assert torch.allclose(gradient(loss, method.student), gradient(naive, method.student), atol=1e-5)
    expected = 0.9 * center + 0.1 * torch.cat(taught).mean(dim=0)
    assert torch.allclose(method._loss.center[0, 0], expected, atol=1e-6)


def test_dinos_teacher_follows_and_never_learns():
    method, views = DINO(plain(), SIDE, prototypes=10, crops=1, momentum=0.8), batch(4, views=2)
    method.loss(views, 0.0).backward()
    method.before_step(0.0)
    assert method.student_head.prototypes.grad is None  # waits at first
    assert all(each.grad is None for each in method.backbone.parameters())
    assert all(each.grad is not None for each in method.student.parameters())
    with torch.no_grad():
        for parameter in method.student.parameters():
            parameter.add_(1)
    before = [each.clone() for each in method.backbone.parameters()]
    method.after_step(0.0)
    for old, now, new in zip(before, method.backbone.parameters(), method.student.parameters(), strict=True):
        assert torch.allclose(now, 0.8 * old + 0.2 * new)


def test_dinos_prototypes_learn_later():
    method = DINO(plain(), SIDE, prototypes=10, crops=0)
    method.loss(batch(4), 0.5).backward()
    method.before_step(0.5)
    assert method.student_head.prototypes.grad is not None


@pytest.mark.parametrize("kind", [IBOT, DINOv2])
def test_ibot_adds_hidden_patches_and_dinov2_spread(kind):
    torch.manual_seed(0)
    method, views = kind(small_transformer(), 16, prototypes=10, crops=0), batch(4, side=16)
    random.seed(3)
    hidden = _hidden(8, 4, torch.device("cpu"))
    assert 0 < hidden.flatten(1).any(dim=1).sum() <= 4
    flat, wide = hidden.flatten(1), torch.cat(views)
    with torch.no_grad():
        photos, patches = method.backbone.patches(wide)
        taught, taught_patches = method.teacher_head(photos).chunk(2), method.teacher_patch_head(patches)
    features, seen = method.student.patches(wide, flat)
    naive = naive_dino(method, taught, method.student_head(features).chunk(2), torch.zeros(10), 0.5)
    said = method.patch_head(seen)
    for photo in range(8):
        for patch in range(16):
            if flat[photo, patch]:
                term = entropy_of(taught_patches[photo, patch] / sharpness_at(0.5), said[photo, patch] / 0.1)
                naive = naive + term / flat[photo].sum() / 8
    for part in normalize(features, dim=1).chunk(2) if kind is DINOv2 else ():
        nearest = [min((part[one] - part[other]).norm() for other in range(4) if other != one) for one in range(4)]
        naive = naive - 0.1 / 2 * sum(torch.log(each) for each in nearest) / 4
    random.seed(3)
    loss = method.loss(views, 0.5)
    assert loss.item() == pytest.approx(naive.item(), abs=1e-3)
    assert torch.allclose(gradient(loss, method.student), gradient(naive, method.student), atol=1e-3)


def test_hidden_patches_are_not_seen():
    backbone = small_transformer().eval()
    view = batch(1, views=1)[0]
    hidden = torch.tensor([[True, False, False, False]])
    changed = view.clone()
    changed[..., :4, :4] = 0  # the hidden patch
    assert torch.equal(backbone.patches(view, hidden)[0], backbone.patches(changed, hidden)[0])
    assert not torch.allclose(backbone.patches(view)[0], backbone.patches(changed)[0])
    changed = view.clone()
    changed[..., :4, 4:] = 0  # the next one of the first row, which is seen
    assert not torch.allclose(backbone.patches(view, hidden)[0], backbone.patches(changed, hidden)[0])


def test_momentum_rises_to_one():
    assert [momentum_at(0.9, done) for done in (0, 0.5, 1)] == pytest.approx([0.9, 0.95, 1])
    assert [sharpness_at(done) for done in (0, 0.05, 0.1, 1)] == pytest.approx([0.04, 0.055, 0.07, 0.07])
