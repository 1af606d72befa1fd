"""A run tells how long each of its stages took."""

import time
from concurrent.futures import ThreadPoolExecutor

from lens.indexing.stages import Stages


def test_the_seconds_of_threads_are_added_up():
    stages = Stages()

    def work(_: int) -> None:
        with stages.stage("decode"):
            time.sleep(0.02)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(16)))
    assert 16 * 0.02 <= stages.seconds["decode"] < 16 * 0.2


def test_a_run_reports_every_stage(library, photos, encoder):
    report = library.index([photos], encoder)
    in_turn = ("scan", "encode", "write", "join", "mirror")
    assert {*in_turn, "decode", "measure", "prepare", "thumbnail"} <= set(report.stages)
    assert 0 < sum(report.stages[name] for name in in_turn) <= report.seconds
    again = library.index([photos], encoder)
    assert "encode" not in again.stages
