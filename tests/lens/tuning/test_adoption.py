"""Another default encoder: only where it is shown to be better, and back to exactly the answers before."""

from dataclasses import replace

import pytest

from lens import Library
from lens.curation.collection import load
from lens.errors import EncoderMismatch, EvaluationError, FolderError
from lens.evaluation import Difference, Evaluated, Judgement, Share
from lens.evaluation.beside import MOST_JUDGED, MOST_LEARNED, sample
from lens.evaluation.held_out import held_out
from lens.tuning.verdict import BY_CAPTIONS, BY_CLASSES, decide
from tests.fakes import FOLDERS, BlindEncoder, ColourEncoder, paint_folders


@pytest.fixture
def library(tmp_path) -> Library:
    """Photos in three folders by colour, indexed by an encoder that sees nothing in them."""
    paint_folders(tmp_path / "photos", 50)
    library = Library.open(tmp_path / "index")
    library.index([tmp_path / "photos"], BlindEncoder("blind"))
    for encoder in (BlindEncoder("blind"), ColourEncoder("colour")):
        library._encoders._encoders[encoder.info.name] = encoder  # as if they were models of this machine
    return library


def answers(library):
    return library.search_many(["blue", "red", "anything"], top=150)


def encoders(library):
    return [(each.name, each.photos, each.default) for each in library.status().encoders]


def test_what_is_better_is_adopted_and_rollback_gives_exactly_the_answers_before(library):
    before = answers(library)
    verdict = library.adoption.judge("colour", labels="folders")
    assert (verdict.better, verdict.reasons, verdict.decides, verdict.against) == (True, [], "knn", "blind")
    assert verdict.found.differences["knn"].low > 0.3
    assert "another view" in verdict.found.differences
    assert not verdict.recall_known
    [first, *_] = verdict.neighbours
    assert {path.parent for path in first.nearest["colour"]} == {first.photo.parent}
    assert first.photo not in first.nearest["colour"]
    assert len(verdict.neighbours) == 8
    assert encoders(library) == [("blind", 150, True)]  # to judge writes nothing
    told = []
    report = library.adoption.adopt("colour", verdict, told.append)
    assert report.filled == told[-1].done == 150
    assert encoders(library) == [("blind", 150, False), ("colour", 150, True)]
    assert {match.path.parent.name for match in library.search("blue", top=10)} == {"cold"}
    assert answers(library) != before
    assert library.adoption.roll_back(dry_run=True) == "blind"
    assert library.adoption.roll_back() == "blind"
    assert answers(library) == before
    assert library.adoption.roll_back() == "colour"
    assert library.search("blue", top=1)[0].path.parent.name == "cold"


def test_what_is_not_better_changes_nothing(library):
    library.set_default_encoder("blind")
    version = library._index().photos.table.version
    verdict = library.adoption.judge(BlindEncoder("other"), labels="folders")
    assert not verdict.better
    assert verdict.reasons[0].startswith("knn: ")
    assert "no gain beyond chance" in verdict.reasons[0]
    with pytest.raises(EvaluationError, match="other is not adopted: knn"):
        library.adoption.adopt(BlindEncoder("other"), verdict)
    assert library._index().photos.table.version == version
    with pytest.raises(EncoderMismatch, match="before blind"):
        library.adoption.roll_back()


def test_the_vectors_of_the_index_judge_as_those_made_for_it(library):
    beside = library.adoption.judge("colour", labels="folders")
    library.index(library.status().folders, "colour")
    told = []
    assert library.adoption.judge("colour", labels="folders", on_progress=told.append) == beside
    assert len(told) == told[-1].total == sum(held_out([each.content_hash for each in library._index().photos.each()]))


def test_stopped_on_the_way_searches_use_what_they_used(library, tmp_path):
    verdict = library.adoption.judge("colour", labels="folders")

    def interrupt(progress):
        if progress.total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        library.adoption.adopt("colour", verdict, interrupt)
    assert library._index().photos.default() == "blind"
    assert library.adoption.judge("colour", labels="folders") == verdict
    library.adoption.adopt("colour", verdict)
    assert encoders(library)[1] == ("colour", 150, True)


def test_a_folder_that_is_away_changes_nothing(library, tmp_path):
    verdict = library.adoption.judge("colour", labels="folders")
    (tmp_path / "photos").rename(tmp_path / "away")
    with pytest.raises(FolderError):
        library.adoption.adopt("colour", verdict)
    assert encoders(library) == [("blind", 150, True)]
    with pytest.raises(EvaluationError, match="None of the photos can be read"):
        library.adoption.judge("colour")


def test_captions_are_asked_for(library, tmp_path):
    file = tmp_path / "captions.csv"
    lines = [f"photos/{name}/{number}.png,{name}" for name in FOLDERS for number in range(50)]
    file.write_text("\n".join(["photo,caption", *lines]))
    verdict = library.adoption.judge("colour", captions=file, margin=0.5)
    assert verdict.recall_known
    assert verdict.decides == "another view"
    assert {"captions, first 1", "captions, first 5", "captions, first 10"} < set(verdict.found.differences)


def test_what_cannot_be_adopted_is_said(library):
    with pytest.raises(EvaluationError, match="Searches use blind already"):
        library.adoption.judge("blind")
    silent = ColourEncoder("silent")
    silent.encode_texts = None
    with pytest.raises(EvaluationError, match="silent knows no words"):
        library.adoption.judge(silent)
    library.index(library.status().folders, "colour")
    with pytest.raises(EncoderMismatch):
        library.adoption.judge(ColourEncoder("colour", revision="2"))


@pytest.fixture
def found() -> Evaluated:
    """Better by k-NN, neither better nor worse by the rest."""
    share = Share(0.5, 0.4, 0.6, 100)
    measures = ("knn", "same moment", "another view", "captions, first 1", "captions, first 5")
    differences = dict.fromkeys(measures, Difference(0.0, -0.03, 0.03)) | {"knn": Difference(0.1, 0.01, 0.2)}
    return Evaluated([Judgement(measure, "new", share) for measure in measures], differences)


@pytest.mark.parametrize(
    ("measure", "difference", "reason"),
    [
        ("knn", Difference(0.1, 0.0, 0.2), "no gain"),
        ("knn", Difference(-0.1, -0.2, -0.01), "no gain"),
        ("another view", Difference(-0.1, -0.2, -0.01), "another view is worse"),
        ("captions, first 5", Difference(-0.01, -0.06, 0.02), "more than 5 points"),
        ("captions, first 5", Difference(-0.02, -0.05, 0.02), "more than 5 points"),
        ("captions, first 5", Difference(-0.02, -0.04, -0.01), None),
        ("another view", Difference(-0.1, -0.2, 0.0), None),
        ("knn", Difference(0.1, 0.001, 0.2), None),
    ],
)
def test_intervals_decide(found, measure, difference, reason):
    verdict = decide(
        "new", "old", replace(found, differences=found.differences | {measure: difference}), decisive=BY_CLASSES
    )
    assert verdict.better == (reason is None)
    assert all(reason in each for each in verdict.reasons)
    assert len(verdict.reasons) == (reason is not None)


def test_what_decides_is_a_reason_once(found):
    lost = found.differences | {"captions, first 5": Difference(-0.1, -0.2, -0.06)}
    [reason] = decide("new", "old", replace(found, differences=lost), decisive=BY_CAPTIONS).reasons
    assert "no gain" in reason


def test_few_photos_decide_nothing(found):
    few = [replace(each, share=replace(each.share, photos=19)) for each in found.judgements]
    gained = dict.fromkeys(found.differences, Difference(0.5, 0.4, 0.6))
    verdict = decide("new", "old", Evaluated(few, gained), decisive=BY_CLASSES)
    assert verdict.reasons == ["knn is known of 19 held-out photos, and 20 are needed"]
    moments = [few[1], *found.judgements[2:]]
    assert decide("new", "old", Evaluated(moments, gained)).decides == "another view"
    assert decide("new", "old", Evaluated(found.judgements, gained)).decides == "same moment"


def test_of_many_photos_those_that_something_is_known_of_come_first(library):
    [one, *_] = load(library._index())
    many = [replace(one, id=str(number), content_hash=f"{number:032x}") for number in range(8000)]
    judging = held_out([each.content_hash for each in many])
    held = [each.id for each, judges in zip(many, judging.tolist(), strict=True) if judges]
    named = set(held[-700:])
    chosen = sample(many, named)
    assert len({each.id for each in chosen}) == len(chosen) == MOST_JUDGED + MOST_LEARNED
    assert sum(each.id in set(held) for each in chosen) == MOST_JUDGED
    assert named < {each.id for each in chosen}
    assert sample(many[::-1], named) == chosen
