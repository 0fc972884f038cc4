"""Files of usage become events: three formats, one mapping, and a reason for each record that becomes none."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from usageflow import InvalidEvent, RejectedEvent, Settled
from usageflow_cli.events.mapping import Columns
from usageflow_cli.events.records import Format, Record, format_of, read_records
from usageflow_cli.events.shipment import Underway

OWN = Columns(None, None, None, None, None, {})


def records(kind, *lines):
    return list(read_records(iter(lines), kind))


def columns(**named):
    fields = {"metric": None, "customer": None, "amount": None, "time": None, "key": None, "properties": {}}
    return Columns(**{**fields, **named})


def test_csv_is_read_by_its_first_row_and_quotes_may_hold_line_feeds():
    found = records(Format.CSV, "\ufeffuser,note\r\n", 'ada,"two\r\n', 'lines"\r\n', "\r\n", "eve,x\r\n")
    assert [(record.number, dict(record.values)) for record in found] == [
        (1, {"user": "ada", "note": "two\r\nlines"}),
        (2, {"user": "eve", "note": "x"}),
    ]
    assert found[0].text == 'ada,"two\r\nlines"'


def test_a_bad_row_of_csv_harms_no_other():
    found = records(Format.CSV, "a,b\n", "1\n", '"x"y,2\n', "3,4\n")
    assert [record.problem is None for record in found] == [False, False, True]
    assert found[0].problem == "1 cells, where the first row has 2"


def test_ndjson_numbers_are_exact_and_blank_lines_have_no_number():
    found = records(Format.NDJSON, '{"amount":0.10}\n', "\n", "[1]\n", '{"amount":NaN}\n', "{\n", '{"n":2}')
    assert [record.number for record in found] == [1, 2, 3, 4, 5]
    assert found[0].values == {"amount": Decimal("0.10")}
    assert [record.problem is None for record in found] == [True, False, False, False, True]


def test_common_and_combined_log_lines_are_understood():
    line = r'203.0.113.7 - ada [04/Mar/2026:12:00:00 +0200] "GET /a?b=\"c\" HTTP/1.1" 200 2326'
    common, combined, broken, strange = records(
        Format.COMMON_LOG, line, line + ' "http://x/" "curl/8 \\"x\\""', "no log", line.replace("GET /", "\\x16")
    )
    assert common.values["time"].astimezone(UTC) == datetime(2026, 3, 4, 10, tzinfo=UTC)
    assert [common.values[name] for name in ("host", "user", "method", "path", "status", "bytes")] == [
        "203.0.113.7",
        "ada",
        "GET",
        r"/a?b=\"c\"",
        "200",
        "2326",
    ]
    assert (common.values["ident"], common.values["agent"]) == (None, None)
    assert combined.values["agent"] == r"curl/8 \"x\""
    assert broken.problem is not None
    assert (strange.problem, strange.values["method"]) == (None, None)


@pytest.mark.parametrize(
    ("name", "kind"), [("a.CSV", Format.CSV), ("access.log", Format.COMMON_LOG), ("a.jsonl", Format.NDJSON)]
)
def test_the_name_of_a_file_says_its_format(name, kind):
    assert format_of(Format.AUTO, name) is kind
    assert format_of(Format.CSV, name) is Format.CSV


def test_an_event_in_the_apis_own_words_needs_no_mapping():
    line = (
        '{"metric":"API_CALL","customerId":"user_123","amount":"1.5","timestamp":"2026-03-04T10:00:00Z",'
        '"idempotencyKey":"call-1","properties":{"region":"eu"}}'
    )
    event = OWN.event(records(Format.NDJSON, line)[0], None)
    assert (event.metric, event.customer_id, event.amount, event.idempotency_key) == (
        "API_CALL",
        "user_123",
        "1.5",
        "call-1",
    )
    assert event.timestamp == datetime(2026, 3, 4, 10, tzinfo=UTC)
    assert event.properties == {"region": "eu"}


def test_columns_are_mapped_and_records_without_a_key_are_named_by_their_place():
    mapping = columns(metric="CALLS", customer="who", amount="n", time="at", properties={"region": "where"})
    [record] = records(Format.CSV, "who,n,at,where\n", "ada, 3 ,2026-03-04T10:00:00+02:00,eu\n")
    event = mapping.event(record, "file")
    assert (event.metric, event.customer_id, event.amount) == ("CALLS", "ada", "3")
    assert (event.idempotency_key, event.properties) == ("file:1", {"region": "eu"})


@pytest.mark.parametrize(
    ("named", "values", "code"),
    [
        ({}, {"metric": "A"}, "malformed_event"),
        ({"metric": "A", "customer": "who"}, {"customerId": "ada"}, "malformed_event"),
        ({"metric": "A", "amount": "n"}, {"customerId": "ada", "n": ""}, "malformed_event"),
        ({"metric": "A", "key": "id"}, {"customerId": "ada", "id": None}, "malformed_event"),
        ({"metric": "A", "properties": {"r": "region"}}, {"customerId": "ada"}, "malformed_event"),
        ({"metric": "A"}, {"customerId": "ada", "amount": True}, "amount_invalid"),
        ({"metric": "A"}, {"customerId": "ada", "timestamp": "yesterday"}, "timestamp_invalid"),
        ({"metric": "A"}, {"customerId": "ada", "properties": [1]}, "properties_invalid"),
    ],
)
def test_a_record_that_is_no_event_says_why(named, values, code):
    with pytest.raises(InvalidEvent) as refusal:
        columns(**named).event(Record(1, "", values), "file")
    assert refusal.value.code == code


def test_a_property_may_be_absent_where_every_record_has_names_of_its_own():
    record = Record(1, "", {"customerId": "ada"}, open=True)
    assert columns(metric="A", properties={"r": "region"}).event(record, "file").properties == {}


def test_without_a_prefix_every_record_needs_a_key():
    with pytest.raises(InvalidEvent) as refusal:
        columns(metric="A").event(Record(1, "", {"customerId": "ada"}), None)
    assert refusal.value.code == "idempotency_key_invalid"


def test_records_are_settled_in_order_and_the_refused_wait_for_those_before_them():
    underway = Underway()
    for number in range(1, 6):
        refused = InvalidEvent("malformed_event", "No.") if number in {2, 5} else None
        underway.add(Record(number, f"line {number}", {}), refused)
    assert underway.settle(Settled(0)) == (0, [])
    records_behind, refusals = underway.settle(Settled(2, (RejectedEvent(1, "k", "unknown_metric", "No.", b""),)))
    assert records_behind == 3
    assert [(refusal.record.number, refusal.code) for refusal in refusals] == [
        (2, "malformed_event"),
        (3, "unknown_metric"),
    ]
    records_behind, refusals = underway.settle(Settled(1))
    assert (records_behind, [refusal.record.number for refusal in refusals]) == (2, [5])
