"""No method is a stub: each is killed and goes on, is judged, shows what it learned, is adopted and taken back.

`align`, whose towers stay, has tests of its own.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from lens import Library
from lens.models.imported import import_model
from lens.models.manifest import models_folder
from lens.selfsup.methods import METHODS
from lens.tuning.making import LANGUAGE
from lens.tuning.page import save_page
from tests import checkpoints
from tests.e2e.killed_tuning import killed_in, planned

pytest.importorskip("lightly")
pytest.importorskip("peft")
pytestmark = pytest.mark.slow

KILLED_IN = 5
DRAWN = {"rotation", "jigsaw", "colorization", "mae", "ijepa"}
"""Those that say something of photos that can be seen."""


@pytest.fixture(params=sorted({*METHODS, *LANGUAGE}))
def method(request) -> str:
    """Every one there is."""
    return request.param


@pytest.fixture
def published(tmp_path, method) -> str:
    """A vision transformer that others trained, by the name `small` too; with a tower of words where they teach."""
    write = checkpoints.transformers_clip if method in LANGUAGE else checkpoints.dino
    folder = write(tmp_path / "published" / "small")
    import_model(folder, "small")
    return str(folder)


@pytest.fixture
def library(tmp_path, samples, published) -> Library:
    """The sample photos, by that network."""
    library = Library.open(tmp_path / "place", device="cpu")
    library.index([samples], published)
    return library


def weights(name: str) -> bytes:
    return (models_folder() / name / "model.safetensors").read_bytes()


def test_a_method_goes_on_is_judged_shown_adopted_and_taken_back(method, library, published, samples):
    def answers() -> list[tuple[Path, float]]:
        return [(match.path, match.score) for match in library.similar(samples / "bear.jpg", top=28)]

    at_once = library.tuning.train(planned(library, "at-once", published, method=method))
    killed_in(KILLED_IN, library, "killed", published, method)
    assert not (models_folder() / "killed").exists()
    plan, told = planned(library, "killed", published, method=method), []
    report = library.tuning.train(plan, told.append)
    assert report.finished
    assert len(told) == at_once.total - (KILLED_IN - 1)
    assert weights("killed") == weights("at-once")

    library.adoption.check(None, None, replacing=published)
    words = plan.captions.said if plan.captions else None  # the names of files
    verdict = library.adoption.judge("killed", against=plan.before, captions=words, by_captions=bool(words))
    assert verdict.found.differences
    page = save_page(plan, report, verdict).read_text(encoding="utf-8")
    assert ("What it says of photos" in page) == (method in DRAWN)
    assert "Where it looks" in page
    assert page.count("data:image/") > len(verdict.neighbours)

    before = answers()
    library.adoption.adopt("killed", replace(verdict, better=True, reasons=[]))
    assert library.status().encoders[-1].name == "killed"
    assert answers() != before
    assert library.adoption.roll_back() == "small"
    assert answers() == before
