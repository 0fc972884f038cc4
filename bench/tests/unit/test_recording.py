"""Which of the recorded statements belong together."""

from bench.recording import Copy, CountingTransaction, Query, committed

WRITE, ROWS = Query("UPDATE", (1,)), Copy("usage_events_20261125", ("a",), b"two rows", 2)


def test_what_stands_between_begin_and_commit_is_one_transaction():
    sent = [Query("BEGIN;", ()), WRITE, ROWS, Query("COMMIT;", ()), Query("BEGIN;", ()), WRITE, Query("COMMIT;", ())]
    assert list(committed(sent)) == [(WRITE, ROWS), (WRITE,)]


def test_what_was_rolled_back_is_left_out():
    sent = [Query("BEGIN;", ()), WRITE, Query("ROLLBACK;", ()), Query("BEGIN;", ()), ROWS, Query("COMMIT;", ())]
    assert list(committed(sent)) == [(ROWS,)]


def test_a_transaction_counts_the_rows_of_new_events_alone():
    assert CountingTransaction(0, (WRITE, ROWS, Copy("conflicts", ("a",), b"one row", 1))).events == 2
