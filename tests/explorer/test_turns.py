import threading
import time

import pytest

from explorer.turns import Turns


def test_one_at_a_time_first_come_first_served():
    turns, order, inside = Turns(), [], []

    def work(number: int) -> None:
        with turns.turn():
            inside.append(number)
            assert len(inside) == 1
            order.append(number)
            time.sleep(0.002)
            inside.remove(number)

    with turns.turn():
        threads = []
        for number in range(8):
            threads.append(threading.Thread(target=work, args=[number]))
            threads[-1].start()
            while len(turns._waiting) < number + 2:
                time.sleep(0.001)
    for thread in threads:
        thread.join()
    assert order == list(range(8))


def test_a_turn_ends_with_its_error():
    turns = Turns()
    with pytest.raises(KeyError), turns.turn():
        raise KeyError
    with turns.turn():
        pass


def test_long_jobs_go_on_side_by_side():
    turns, order = Turns(), []

    def job(name: str):
        for number in range(3):
            order.append((name, number))
            yield number

    first, second = turns.each(job("a")), turns.each(job("b"))
    assert [next(first), next(second), next(first), *second, *first] == [0, 0, 1, 1, 2, 2]
    assert order == [("a", 0), ("b", 0), ("a", 1), ("b", 1), ("b", 2), ("a", 2)]


def test_who_leaves_ends_the_job():
    turns, ended = Turns(), []

    def job():
        try:
            yield 1
            yield 2
        finally:
            ended.append(True)

    pieces = turns.each(job())
    next(pieces)
    pieces.close()
    assert ended == [True]
    with turns.turn():  # nobody is left in the queue
        pass
