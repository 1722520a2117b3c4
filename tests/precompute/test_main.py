"""The table of stages, and options by the names of earlier versions."""

import dataclasses
import importlib

import pytest

from precompute.__main__ import STAGES, main


@pytest.mark.parametrize("name", STAGES)
def test_every_stage_has_its_settings_and_runs(name, capsys):
    module = importlib.import_module(f"precompute.{STAGES[name].module}")
    assert dataclasses.is_dataclass(getattr(module, STAGES[name].config))
    assert callable(module.run)
    assert main(["--help"]) == 0
    assert f"  {name:18}{STAGES[name].summary}" in capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("engine", [["--engine", "local"], ["--engine=local"], ["--engine", "here"], ["--engine=here"]])
def test_the_engine_of_this_process_by_both_its_names(engine, tmp_path, capsys):
    arguments = ["extract", "--images", str(tmp_path / "here"), "--encoder", "here", *engine, "--out", str(tmp_path / "out")]
    assert main(arguments) == 2
    assert f"--images {tmp_path}/here: there is no such directory" in capsys.readouterr().err


def test_other_engines_are_refused(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["extract", "--images", "here", "--engine", "there", "--out", str(tmp_path / "out")])
    assert "local" in capsys.readouterr().err
