"""What is remembered of a file that is being sent: enough to go on after any break, and never to use other keys."""

import json
from dataclasses import replace

import pytest

from usageflow import UsageFlow
from usageflow_cli.events.mapping import Columns
from usageflow_cli.events.progress import begin, keep, progress_path
from usageflow_cli.events.records import Format, read_records
from usageflow_cli.events.shipment import Shipment


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "calls.ndjson"
    path.write_text("one\ntwo\n", encoding="utf-8")
    return path


def test_a_file_that_has_grown_keeps_its_keys_and_goes_on(file):
    first = begin(file, "way")
    keep(file, first.after(2, 1, 99))
    with file.open("a", encoding="utf-8") as grown:
        grown.write("three\n")
    again = begin(file, "way")
    assert (again.key_prefix, again.settled, again.accepted, again.refused) == (first.key_prefix, 2, 1, 1)


def test_the_keys_are_a_function_of_the_file(file):
    first = begin(file, "way")
    assert begin(file, "way") == first
    file.write_text("one\ntwo\nthree\n", encoding="utf-8")
    assert begin(file, "way").key_prefix != first.key_prefix


def test_another_file_of_the_same_name_begins_anew(file):
    first = begin(file, "way")
    keep(file, first.after(2, 0, 0))
    file.write_text("something else\n", encoding="utf-8")
    other = begin(file, "way")
    assert (other.settled, other.key_prefix == first.key_prefix) == (0, False)


def test_the_same_file_sent_another_way_is_refused(file):
    keep(file, begin(file, "way"))
    with pytest.raises(ValueError, match="another way"):
        begin(file, "other columns")


def test_a_progress_file_that_cannot_be_read_is_not_overwritten(file):
    progress_path(file).write_text("{}", encoding="utf-8")
    with pytest.raises(ValueError, match="not a record of progress"):
        begin(file, "way")


def test_refused_lines_that_no_progress_counts_are_written_once_more_and_stand_there_once(file, tmp_path):
    refused = tmp_path / "refused"
    refused.write_bytes(b"counted\nwritten before the break\n")
    kept = []
    shipment = Shipment(replace(begin(file, "way"), refused=1, refused_bytes=8), refused, kept.append)
    columns = Columns("CALLS", None, None, None, None, {})
    with UsageFlow("http://127.0.0.1:9", "key") as unused:
        records = read_records(iter(["no json\n"]), Format.NDJSON)
        shipment.send(records, columns, unused, key_prefix="k", patience_seconds=1, advance=lambda: None)
    counted, again = refused.read_bytes().splitlines()
    assert (counted, json.loads(again)["record"]) == (b"counted", 1)
    assert (kept[-1].settled, kept[-1].refused, kept[-1].refused_bytes) == (1, 2, refused.stat().st_size)
