"""``psi bench store`` says what it measured; whether it is fast is for a machine that does nothing else to say."""

import json

from psi.application.cli import main


def test_it_measures_and_leaves_nothing_behind(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["bench", "store", "--seconds", "1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["mb_per_s"] > 0
    assert found["raw_mb_per_s"] > 0
    assert abs(found["ratio"] - found["mb_per_s"] / found["raw_mb_per_s"]) < 0.01
    assert 0 < found["real_time"]["mb_per_s"] < 10
    assert found["real_time"]["gaps"] == 0
    assert list(tmp_path.iterdir()) == []
