"""The queue on the disk: what was tracked is there after any death, in order, and nothing else is."""

import os
import signal
import subprocess
import sys
import textwrap

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from usageflow import Closed, Options, Spool, SpoolDamaged, SpoolInUse, UsageFlow
from usageflow.spool import SpoolQueue

QUICK = Options(linger_seconds=0.01, trust_env=False)
SMALL = {"bytes_max": 2**17, "segment_bytes": 2**16}


def everything(queue):
    return list(queue.head(10**6, 2**30))


def files(folder):
    return sorted(path for path in folder.iterdir() if path.suffix == ".events")


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(1, 16_000)),
        st.tuples(st.just("remove"), st.integers(1, 5)),
        st.just(("reopen", 0)),
        st.just(("die", 0)),
    ),
    max_size=40,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(STEPS)
def test_it_behaves_like_a_queue_over_any_restarts(tmp_path_factory, steps):
    spool = Spool(tmp_path_factory.mktemp("spool"), **SMALL)
    queue, expected, number = SpoolQueue(spool), [], 0
    for step, size in steps:
        match step:
            case "append":
                number += 1
                payload = (f"{number}:" * size)[:size].encode()
                if queue.append(payload) is not None:
                    expected.append(payload)
                else:
                    assert expected
            case "remove":
                count = len(queue.head(size, 2**20))
                queue.remove(count)
                del expected[:count]
            case "reopen":
                queue.close()
                queue = SpoolQueue(spool)
            case "die":  # the same, without a word: nothing is held back for a close
                queue.abandon_after_fork()
                queue = SpoolQueue(spool)
        assert len(queue) == len(expected)
        assert sum(path.stat().st_size for path in files(spool.folder)) <= spool.bytes_max
    assert everything(queue) == expected
    queue.close()


def test_a_torn_last_record_is_cut_off(tmp_path, caplog):
    queue = SpoolQueue(Spool(tmp_path))
    for payload in (b"one", b"two", b"three"):
        queue.append(payload)
    queue.close()
    [path] = files(tmp_path)
    os.truncate(path, path.stat().st_size - 2)
    again = SpoolQueue(Spool(tmp_path))
    assert everything(again) == [b"one", b"two"]
    assert "torn record" in caplog.text
    again.append(b"four")
    assert everything(again) == [b"one", b"two", b"four"]
    again.close()


def test_damage_in_a_finished_segment_stops_the_sender_and_deletes_nothing(tmp_path):
    queue = SpoolQueue(Spool(tmp_path, **SMALL))
    while len(files(tmp_path)) < 2:
        queue.append(b"x" * 1000)
    queue.close()
    first = files(tmp_path)[0]
    content = bytearray(first.read_bytes())
    content[500] ^= 1
    first.write_bytes(content)
    with pytest.raises(SpoolDamaged):
        SpoolQueue(Spool(tmp_path))
    assert first.read_bytes() == bytes(content)


def test_a_folder_belongs_to_one_at_a_time(tmp_path):
    first = SpoolQueue(Spool(tmp_path))
    with pytest.raises(SpoolInUse):
        SpoolQueue(Spool(tmp_path))
    first.close()
    SpoolQueue(Spool(tmp_path)).close()


def test_acknowledged_segments_go(tmp_path):
    queue = SpoolQueue(Spool(tmp_path, **SMALL))
    for _ in range(100):
        queue.append(b"x" * 1000)
    assert len(files(tmp_path)) == 2
    while len(queue):
        queue.remove(len(queue.head(10, 2**20)))
    assert len(files(tmp_path)) == 1
    queue.close()
    SpoolQueue(Spool(tmp_path)).close()
    assert files(tmp_path) == []


def test_a_lost_note_of_what_is_acknowledged_only_means_sending_again(tmp_path):
    queue = SpoolQueue(Spool(tmp_path))
    for payload in (b"one", b"two"):
        queue.append(payload)
    queue.remove(len(queue.head(1, 100)))
    queue.close()
    (tmp_path / "acknowledged").write_bytes(b"torn")
    again = SpoolQueue(Spool(tmp_path))
    assert everything(again) == [b"one", b"two"]
    again.close()


def test_a_sender_that_is_killed_leaves_its_events_to_the_next_one(server, tmp_path):
    program = """
        import sys
        from pathlib import Path
        from usageflow import Closed, Options, UsageFlow
        usage = UsageFlow(sys.argv[1], "key", spool=Path(sys.argv[2]), options=Options(trust_env=False))
        number = 0
        while True:
            usage.track("API_CALL", "user_123", idempotency_key=str(number))
            print(number, flush=True)
            number += 1
        """
    sender = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program), server.url, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    tracked = 0
    for line in sender.stdout:
        tracked = int(line) + 1
        if tracked >= 1500:
            break
    sender.send_signal(signal.SIGKILL)
    tracked += len(sender.stdout.read().splitlines())
    sender.stdout.close()
    sender.wait()
    with UsageFlow(server.url, "key", spool=tmp_path, options=QUICK) as usage:
        usage.flush(30)
    # at most the one that was under way is there without having been announced
    assert {str(number) for number in range(tracked)} <= set(server.keys) <= {str(n) for n in range(tracked + 1)}


def test_a_forked_child_cannot_use_its_parents_spool(server, tmp_path):
    usage = UsageFlow(server.url, "key", spool=tmp_path, options=QUICK)
    child = os.fork()
    if child == 0:
        try:
            usage.track("API_CALL", "user_123")
        except SpoolInUse:
            os._exit(7)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    usage.track("API_CALL", "user_123")
    usage.close()
    assert len(server.keys) == 1
    UsageFlow(server.url, "key", spool=tmp_path, options=QUICK).close()


def test_a_closed_client_stays_closed_in_a_forked_child(server, tmp_path):
    usage = UsageFlow(server.url, "key", spool=tmp_path, options=QUICK)
    usage.track("API_CALL", "user_123")
    usage.close()
    # the numbers of its files are free now, and taken by somebody else
    others = [os.open(os.devnull, os.O_RDONLY) for _ in range(4)]
    child = os.fork()
    if child == 0:
        try:
            usage.track("API_CALL", "user_123")
        except Closed:
            os._exit(7 if all(os.fstat(other) for other in others) else 2)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    for other in others:
        os.close(other)
