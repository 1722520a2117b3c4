"""The researcher's commands, and what a process makes of the studies at its start."""

import pytest

from explorer.atlas.library import Library, open_library
from explorer.study.__main__ import main
from explorer.study.opening import BUILT_IN, open_session, public_library
from explorer.study.session import ATLAS_GONE
from explorer.study.store import AnswerStore
from tests.serving import ROOT

ATLASES = ROOT / "assets" / "storybook" / "atlases"


@pytest.fixture(scope="module")
def built_in() -> Library:
    return open_library([ATLASES])


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run a command on a file of its own; gives the exit code and what it said."""
    monkeypatch.setenv("MONOSCOPE_ATLASES", str(ATLASES))

    def asked(*words: str, answers: str = "answers.sqlite") -> tuple[int, str]:
        code = main([*words, "--answers", str(tmp_path / answers)])
        said = capsys.readouterr()
        return code, said.out + said.err

    return asked


CREATE = ("create", "mine", "--atlas", "storybook-batchtopk", "--pairs", "20")


def test_a_study_is_created_opened_listed_and_closed_for_good(run):
    code, said = run(*CREATE)
    assert code == 0
    assert "20 pairs" in said
    assert "width of the 95 % interval" in said
    assert "draft" in run("list")[1]
    assert "storybook-batchtopk" in run("open", "mine")[1]
    assert "open" in run("list")[1]
    assert run("pause", "mine")[0] == run("close", "mine")[0] == 0
    code, said = run("open", "mine")
    assert (code, "closed" in said) == (2, True)


def test_a_plan_goes_from_one_database_to_another_and_stays_equal(run, tmp_path):
    run(*CREATE)
    plan = tmp_path / "mine.json"
    assert run("plan", "mine", "--out", str(plan))[0] == 0
    assert run("import", str(plan), answers="other.sqlite")[0] == 0
    assert run("plan", "mine", answers="other.sqlite")[1] == plan.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "words",
    [
        CREATE,  # a second time
        ("create", "Two Words"),
        ("create", "other", "--atlas", "nowhere"),
        ("open", "nothing"),
        ("plan", "'; DROP TABLE studies; --"),
        ("import", "nowhere.json"),
    ],
)
def test_what_cannot_be_is_one_sentence(run, words):
    run(*CREATE)
    code, said = run(*words)
    assert code == 2
    assert said.startswith("error: ")
    assert said.count("\n") == 1
    assert "20 answers" not in said
    assert run("plan", "mine")[0] == 0  # what is there stays


def test_the_small_study_is_drawn_once_whatever_atlases_come(tmp_path, built_in):
    store = AnswerStore(tmp_path / "answers.sqlite")
    store.make()
    few = Library({"storybook": built_in.atlases["storybook"]}, [])
    study, state = open_session(store, few).find() or pytest.fail("there is a study")
    assert (study.name, state, set(study.atlases)) == (BUILT_IN, "open", {"storybook"})
    later = open_session(store, built_in)
    assert later.find() == (study, "open")
    assert later.why_not(study, "open") is None
    assert public_library(later).atlases == built_in.atlases  # it is not blind
    assert open_session(store, Library({}, [])).why_not(study, "open") == ATLAS_GONE


def test_a_blind_study_hides_its_atlas_and_those_of_the_same_images(run, tmp_path, built_in, atlas):
    run(*CREATE)
    store = AnswerStore(tmp_path / "answers.sqlite")
    store.make()
    everything = Library(built_in.atlases | {atlas.name: atlas}, [])
    session = open_session(store, everything)
    public = public_library(session).atlases
    assert public == everything.atlases  # a draft: nobody is asked yet
    for state, shown in (
        ("open", {atlas.name}),
        ("pause", {atlas.name}),
        ("open", {atlas.name}),
        ("close", {*everything.atlases}),
    ):
        run(state, "mine")
        session.find()
        assert set(public) == set(public.keys()) == {name for name, _ in public.items()} == shown
        assert {each.name for each in public.values()} == shown
        assert ("storybook" in public) == (public.get("storybook") is not None) == (state == "close")
