"""What is being written is finished before an interrupt is heard."""

import signal
import threading

import pytest

from lens.indexing.interrupts import finishing


def test_an_interrupt_is_raised_when_it_is_over() -> None:
    done = []
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        with finishing():
            signal.raise_signal(signal.SIGINT)
            done.append("the rest")
        done.append("what follows")
    assert done == ["the rest"]
    assert signal.getsignal(signal.SIGINT) is before


def test_what_goes_wrong_within_is_told_and_interrupts_work_again() -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(OSError, match="full"), finishing():
        signal.raise_signal(signal.SIGINT)
        raise OSError("full")
    assert signal.getsignal(signal.SIGINT) is before
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_another_thread_is_left_alone() -> None:
    done = []

    def work() -> None:
        with finishing():
            done.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [signal.getsignal(signal.SIGINT)]
