"""What a run has to do is kept on disk, in the order in which it was found."""

import pytest

from lens.errors import NoRoom
from lens.indexing.ledger import Ledger, State
from lens.photos.scan import FoundPhoto


def found(number: int) -> FoundPhoto:
    return FoundPhoto(f"/photos/{number:05d}.jpg", f"{number:05d}.jpg", number, number)


@pytest.fixture
def ledger() -> Ledger:
    ledger = Ledger()
    for number in range(3500):
        ledger.put(found(number), State.UNCHANGED if number % 7 == 0 else State.WORK, None)
    return ledger


def test_work_comes_page_by_page_in_its_order(ledger):
    numbers = [work.found.size for work in ledger.work()]
    assert numbers == [number for number in range(3500) if number % 7]
    assert ledger.count(State.WORK) == len(numbers)
    assert ledger.unread() == (len(numbers), 0)
    assert ledger.is_found("/photos/00007.jpg")
    assert not ledger.is_found("/photos/3500.jpg")


def test_a_sample_is_from_all_over(ledger):
    sizes = [work.found.size for work in ledger.sample(64)]
    assert 64 <= len(sizes) <= 80
    assert sizes[-1] - sizes[0] > 3400


def test_a_full_disk_is_a_line(ledger):
    ledger._db.execute("PRAGMA max_page_count = 1")
    with pytest.raises(NoRoom, match=r"temporary files.*TMPDIR"):
        for number in range(10_000, 20_000):
            ledger.put(found(number), State.WORK, None)
