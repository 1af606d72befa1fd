"""Trainings as they are written down: how far they are, what ended them, and what was judged of them."""

import multiprocessing
from dataclasses import replace

import pytest

from lens.errors import TuneError
from lens.evaluation import Difference, Evaluated, Judgement, Share
from lens.models.manifest import models_folder
from lens.tuning import runs
from lens.tuning.diary import POINTS, Diary
from lens.tuning.runs import Run, RunState, all_runs, being_trained, keep_verdict, save_run
from lens.tuning.verdict import Verdict

Step = pytest.importorskip("lens.selfsup.training").Step
SETTINGS = {"epochs": 2, "batch": 4, "side": 64, "learning_rate": 1e-4, "anchor": 10.0, "seed": 0}


def a_run(name: str = "mine", **facts: object) -> Run:
    known = Run(
        name * 2, name, "simclr", "builtin", "last", ("a dog",), "/index", 40, SETTINGS, "2026-01-01", "builtin"
    )
    return replace(known, **facts)  # type: ignore[arg-type]


def step(done: int, total: int, loss: float) -> object:
    return Step(done, total, loss, 1.0, [{"epoch": 0, "rank": 10.0, "alignment": 1.0, "uniformity": -1.0}])


def test_a_run_is_followed_from_its_first_step_to_its_last(monkeypatch):
    monkeypatch.setattr("lens.tuning.diary.EVERY", 0.0)
    with being_trained("minemine"), Diary(a_run(total=500)) as diary:
        assert [(run.state, run.done) for run in all_runs("/index")] == [(RunState.RUNNING, 0)]
        for done in range(1, 501):
            diary.note(step(done, 500, float(done)))
        [run] = all_runs("/index")
        assert (run.state, run.done, run.least_rank) == (RunState.RUNNING, 500, 2.0)
        assert POINTS <= len(run.losses) <= 2 * POINTS
        assert run.losses[:2] == ((2, 1.5), (4, 3.5))  # each the mean of the steps since the one before
        diary.end([{"epoch": 0, "rank": 10.0}, {"epoch": 1, "rank": 9.0, "loss": 250.0}])
    [run] = all_runs()
    assert run.curve[-1] == {"epoch": 1, "rank": 9.0, "loss": 250.0}
    assert run.state == RunState.REMOVED  # there is no encoder of it, nor anything to go on from
    assert all_runs("/another index") == []


def test_a_run_that_goes_on_forgets_the_steps_that_were_lost():
    save_run(a_run(done=3, total=10, losses=((1, 5.0), (2, 4.0), (3, 3.0))))
    [before] = all_runs()
    assert before.state == RunState.INTERRUPTED
    with Diary(before) as diary:
        diary.note(step(3, 10, 9.0))  # its checkpoint was of the second
    [run] = all_runs()
    assert run.losses == ((1, 5.0), (2, 4.0), (3, 9.0))


def test_what_ends_a_run_is_written_down():
    with pytest.raises(TuneError), Diary(a_run(total=10)):
        raise TuneError("no numbers left")
    with pytest.raises(KeyboardInterrupt), Diary(a_run("other", total=10, begun="2025")):
        raise KeyboardInterrupt
    assert [(run.name, run.state, run.failed) for run in all_runs()] == [
        ("mine", RunState.FAILED, "no numbers left"),
        ("other", RunState.INTERRUPTED, ""),
    ]


def hold(run: str, held: object, enough: object) -> None:
    with being_trained(run):
        held.set()  # type: ignore[attr-defined]
        enough.wait(60)  # type: ignore[attr-defined]


def test_a_run_is_trained_by_one_process_at_a_time_and_ends_with_it(monkeypatch):
    monkeypatch.setattr(runs, "PATIENCE", 0.0)
    save_run(a_run(total=10))
    spawn = multiprocessing.get_context("spawn")
    held, enough = spawn.Event(), spawn.Event()
    other = spawn.Process(target=hold, args=("minemine", held, enough))
    other.start()
    assert held.wait(120), "the other process has not begun"
    assert all_runs()[0].state == RunState.RUNNING
    with pytest.raises(TuneError, match="Another process trains exactly this"), being_trained("minemine"):
        pass
    other.kill()
    other.join()
    assert all_runs()[0].state == RunState.INTERRUPTED
    with being_trained("minemine"):
        pass


def test_a_verdict_is_kept_with_its_intervals_and_damaged_notes_are_passed_over(tmp_path):
    save_run(a_run(total=10))
    share, gain = Share(0.5, 0.4, 0.6, 100), Difference(0.123, 0.01, 0.2)
    found = Evaluated([Judgement("knn", "mine", share), Judgement("knn", "builtin", share)], {"knn": gain})
    verdict = Verdict("mine", "builtin", found, "knn", 0.05, ["too few"], False)
    keep_verdict("minemine", verdict, tmp_path / "report.html")
    keep_verdict("another", verdict)  # of a run that nobody wrote down
    (models_folder() / ".runs" / "damaged.json").write_text('{"run": 1')
    [run] = all_runs()
    assert run.judged is not None
    assert (run.judged.against, run.judged.better, run.judged.decides, run.judged.reasons) == (
        "builtin", False, "knn", ("too few",),
    )  # fmt: skip
    assert run.judged.shares == (("knn", "mine", share), ("knn", "builtin", share))
    assert run.judged.gains == (("knn", gain),)
    assert run.page == str(tmp_path / "report.html")
    keep_verdict("minemine", verdict)
    assert all_runs()[0].page == run.page  # which is still there
