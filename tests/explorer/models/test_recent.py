import threading

from explorer.models.recent import Recent


def test_the_least_recently_used_goes():
    recent = Recent[int](2)
    for key in ("a", "b", "a", "c"):
        recent.keep(key, ord(key))
    assert [recent.get(key) for key in "abc"] == [97, None, 99]


def test_asking_counts_as_use():
    recent = Recent[int](2)
    recent.keep("a", 1)
    recent.keep("b", 2)
    assert recent.get("a") == 1
    recent.keep("c", 3)
    assert [recent.get(key) for key in "abc"] == [1, None, 3]


def test_a_value_is_made_once():
    recent, made = Recent[int](2), []
    for _ in range(3):
        assert recent.get_or("a", lambda: made.append(1) or 7) == 7
    assert made == [1]


def test_threads_leave_no_more_than_its_size():
    recent = Recent[int](4)

    def use(first: int) -> None:
        for key in range(first, first + 2000):
            recent.get_or(key % 7, lambda key=key: key)

    threads = [threading.Thread(target=use, args=[n]) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(recent.get(key) is not None for key in range(7)) <= 4


def test_the_oldest_go_where_all_take_too_many_bytes_but_never_the_last():
    recent = Recent[str](8, most_bytes=5, bytes_of=len)
    for key, value in (("a", "aa"), ("b", "b"), ("c", "cc")):
        recent.keep(key, value)
    assert [recent.get(key) for key in "abc"] == ["aa", "b", "cc"]
    recent.keep("d", "ddd")  # of 8, "aa" and "b" go
    assert [recent.get(key) for key in "abcd"] == [None, None, "cc", "ddd"]
    recent.keep("e", "e" * 9)
    assert [recent.get(key) for key in "cde"] == [None, None, "e" * 9]
