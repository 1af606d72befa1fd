"""Which model is recommended, why, and that docs/MODELS.md says what the catalogue says."""

import runpy
from pathlib import Path

import pytest

from lens import comparison
from lens.advice import AIMS, PERMISSIVE, advise
from lens.comparison import Comparison
from lens.errors import QueryError
from lens.evaluation import Share
from lens.models.catalog import MODELS

ROOT = Path(__file__).parents[2]


def test_the_page_says_what_the_catalogue_says():
    made = runpy.run_path(str(ROOT / "docs" / "models_page.py"))
    assert made["PAGE"].read_text(encoding="utf-8") == made["page"](), "run: python docs/models_page.py"
    for name in MODELS:
        assert f"`{name}`" in made["page"]()


def test_every_model_is_good_for_something_and_no_figure_has_no_source():
    for name, model in MODELS.items():
        tasks = {aim.task for aim in AIMS.values() if name in aim.names}
        assert tasks == {model.task} or name == "builtin", name
        assert (model.zero_shot is None) == (not model.zero_shot_source), name
    assert all(name in MODELS for aim in AIMS.values() for name in aim.names)
    assert all("arXiv:" in aim.why for aim in AIMS.values())
    assert all("builtin" in aim.names for aim in AIMS.values())  # so that something is always left


def compared(encoder: str, folders: float, names: float, speed: float, spread: float = 0.01) -> Comparison:
    shares = [Share(value, value - spread, value + spread, 200) for value in (folders, names)]
    return Comparison(encoder, 200, speed, shares[0], 0.2, shares[1])


def test_published_figures_decide_within_the_licences(monkeypatch):
    free = [each for each in AIMS["words"].names if MODELS[each].licence in PERMISSIVE]
    right = max(free, key=lambda name: MODELS[name].zero_shot or 0)
    advice = advise("words", installed_only=False)
    assert advice.model == right
    assert MODELS[right].zero_shot_source in advice.reasons[0]
    assert advice.command == f"lens models pull {right}"
    out = {each.name: each.left_out for each in advice.candidates}
    assert out["mobileclip2-s2"] == "licence: apple-amlr"
    assert out["clip-l14-datacomp"] == "licence: not known"
    anything = advise("words", any_licence=True, installed_only=False)
    assert anything.model == max(AIMS["words"].names, key=lambda name: MODELS[name].zero_shot or 0) != right
    assert "licence that is not known" in anything.reasons[-1]


def test_size_and_what_is_on_the_machine_limit():
    small = advise("words", most_bytes=700_000_000, installed_only=False)
    assert small.model == "clip-b16"
    assert {each.name for each in small.candidates if each.left_out == "too large"} >= {"clip-l14", "siglip2-b16"}
    for aim in AIMS:
        alone = advise(aim, installed_only=True)
        assert alone.model == "builtin"
        assert {each.left_out for each in alone.candidates if not each.installed} == {"not on this machine"}
        assert alone.command.endswith("builtin")


def test_the_network_that_is_switched_off_leaves_what_is_there(monkeypatch):
    monkeypatch.setenv("LENS_OFFLINE", "1")
    assert advise("masks").model == "builtin"


@pytest.mark.parametrize(
    ("aim", "cpu", "gpu"),
    [("similar", "dinov2-s", "dinov2-b"), ("boxes", "owlv2-b16", "owlv2-l14"), ("masks", "edgetam", "sam-h")],
)
def test_without_figures_size_decides_and_that_is_said(aim, cpu, gpu):
    on_cpu, on_gpu = (advise(aim, device=device, installed_only=False) for device in ("cpu", "cuda"))
    assert (on_cpu.model, on_gpu.model) == (cpu, gpu)
    assert "size decides: the smallest of those left, on cpu" in on_cpu.reasons[0]
    assert "largest" in on_gpu.reasons[0]


def test_what_was_measured_on_ones_photos_comes_first():
    comparison._keep([compared("builtin", 0.5, 0.4, 30)])
    assert advise("words", installed_only=False).model == "siglip2-b16-256"  # nothing to compare it with
    comparison._keep([compared("clip-b32", 0.7, 0.3, 9), compared("mine", 0.695, 0.2, 20)])
    words, similar = advise("words", installed_only=False), advise("similar", installed_only=False)
    assert words.model == "builtin"
    assert words.reasons[0].startswith("measured on your photos: 40.0% (39.0%–41.0%) of 200 photos, of 2")
    assert words.reasons[1].startswith("not compared is siglip2-b16-256, of which 79.1 % are published (https://")
    # clip-b32 is a candidate because it was tried; `mine` is no model of this machine, and says nothing.
    assert similar.model == "clip-b32"
    comparison._keep([compared("dinov2-s", 0.695, 0.0, 20)])
    nearly = advise("similar", installed_only=False)
    assert nearly.model == "dinov2-s"
    assert "clip-b32 is not shown to be better, and is slower" in nearly.reasons


def test_an_aim_that_there_is_not():
    with pytest.raises(QueryError, match="choose words, similar, boxes, masks, phrases"):
        advise("faces")
