"""What is written, for people and for machines."""

import io
import json

from rich.console import Console

from bench.figures import Baseline, Figure, PartUse, Wanted, series
from bench.report import Machine, Results, number, show_results, write_results

RESULTS = Results(
    Machine(cores=2, kernel="Linux 6", python="3.11", measured_at="2026-03-01T00:00:00Z"),
    (
        Figure(
            name="singles",
            what="single events",
            unit="events/s",
            series=series([4_000, 5_000, 6_000]),
            baseline=Baseline("a bare server", series([10_000])),
            wanted=Wanted(ratio_at_least=0.45),
        ),
        Figure(name="wal", what="write-ahead log", unit="bytes/event", series=series([812.0])),
    ),
    (PartUse("ingest-api", 9.5, 120_000_000),),
)


def test_the_file_says_each_figure_beside_its_baseline(tmp_path):
    write_results(tmp_path / "results.json", RESULTS)
    written = json.loads((tmp_path / "results.json").read_text())
    singles, wal = written["figures"]
    assert (singles["median"], singles["baseline"]["median"], singles["ratio"]) == (5_000, 10_000, 0.5)
    assert (singles["spread"], singles["reached"]) == (0.4, True)
    assert (wal["baseline"], wal["ratio"], wal["reached"]) == (None, None, None)
    assert written["machine"]["cores"] == 2
    assert written["parts"] == [{"part": "ingest-api", "core_seconds_per_million": 9.5, "memory_bytes": 120_000_000}]


def test_the_table_says_the_same():
    page = io.StringIO()
    show_results(Console(file=page, width=160), RESULTS)
    for words in ("5,000", "40%", "10,000", "0.50", "ratio ≥ 0.45", "reached", "a bare server", "812", "9.5", "120"):
        assert words in page.getvalue()


def test_small_numbers_keep_three_digits():
    assert [number(value) for value in (0.1234, 12.345, 123.45, 12_345.6)] == ["0.123", "12.3", "123", "12,346"]
