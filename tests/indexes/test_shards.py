"""The table of shards: many tell, the last word counts."""

from datetime import datetime, timedelta

import pytest

from lens_indexes import Index, ShardState

ONE, TWO, THREE = "1" * 32, "2" * 32, "3" * 32


@pytest.fixture
def shards(tmp_path):
    return Index.create(str(tmp_path / "index")).shards


def test_an_index_without_such_a_run_has_none(shards):
    assert shards.counts() == {}
    assert shards.latest() == []


def test_the_last_that_was_told_of_a_shard_counts(shards):
    shards.begin([(ONE, 5), (TWO, 5), (THREE, 2)])
    shards.tell(ONE, ShardState.READING, 5, "c")
    shards.tell(ONE, ShardState.RUNNING, 5, "a")
    shards.tell(TWO, ShardState.RUNNING, 5, "b")
    shards.tell(ONE, ShardState.RUNNING, 5, "b")  # its first worker was lost
    shards.tell(ONE, ShardState.DONE, 5, "b")
    shards.tell(TWO, ShardState.FAILED, 5, "b", "no room")
    assert shards.begun(ONE, ShardState.RUNNING) == 2
    assert shards.begun(ONE, ShardState.READING) == 1
    assert shards.begun(THREE, ShardState.RUNNING) == 0
    assert {news.shard: (news.state, news.node, news.reason) for news in shards.latest()} == {
        ONE: (ShardState.DONE, "b", ""),
        TWO: (ShardState.FAILED, "b", "no room"),
        THREE: (ShardState.WAITING, "", ""),
    }
    assert shards.counts() == {"waiting": 1, "reading": 0, "running": 0, "done": 1, "failed": 1}


def test_what_is_done_stays_so_though_a_workers_clock_is_ahead(shards, monkeypatch):
    class Ahead(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + timedelta(minutes=1)

    shards.begin([(ONE, 5)])
    with monkeypatch.context() as patch:
        patch.setattr("lens_indexes.shards.datetime", Ahead)
        shards.tell(ONE, ShardState.RUNNING, 5, "a")
    shards.tell(ONE, ShardState.DONE, 5, "a")
    assert shards.counts()["done"] == 1


def test_a_new_run_forgets_the_one_before(shards):
    shards.begin([(ONE, 5)])
    shards.tell(ONE, ShardState.RUNNING, 5, "a")
    shards.begin([(ONE, 5), (TWO, 5)])
    assert shards.begun(ONE, ShardState.RUNNING) == 0
    assert shards.counts()["waiting"] == 2


def test_only_an_id_becomes_sql(shards):
    with pytest.raises(ValueError, match="not a row id"):
        shards.begun("x' OR '1'='1", ShardState.RUNNING)
