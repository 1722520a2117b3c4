from explorer.ui.pages.steer.latest import VISITORS, Latest


def test_only_what_was_asked_last_is_wanted():
    latest = Latest()
    latest.tell("ann", "alpha=1")
    latest.tell("bob", "alpha=7")
    assert latest.wants("ann", "alpha=1")
    latest.tell("ann", "alpha=2")
    assert not latest.wants("ann", "alpha=1")
    assert latest.wants("ann", "alpha=2")
    assert latest.wants("bob", "alpha=7")


def test_visitors_are_forgotten_the_longest_silent_first():
    latest = Latest()
    for number in range(VISITORS):
        latest.tell(str(number), "old")
    latest.tell("0", "old")
    latest.tell("new", "old")
    assert not latest.wants("0", "other")
    assert latest.wants("1", "other")  # forgotten: it may have anything
