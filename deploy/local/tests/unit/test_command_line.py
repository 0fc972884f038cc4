"""Words that the command line refuses, each with a sentence."""

from pathlib import Path

import pytest

from usageflow_local.__main__ import main


@pytest.mark.parametrize("port", ["0", "65536", "-1", "abc", "\u0661", "8080.0", ""])
def test_what_is_no_port_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["run", f"--port-gateway={port}"])
    assert left.value.code == 2
    assert "a port is a number from 1 to 65535" in capsys.readouterr().err


def test_a_home_that_cannot_be_used_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert main(["run", "--home", str(tmp_path / "file")]) == 1
    assert "cannot be used: File exists. Choose another place" in capsys.readouterr().err
