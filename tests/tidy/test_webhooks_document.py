"""docs/webhooks.md says what the code does, and its Python verifies."""

import json
import re
from datetime import UTC, datetime, timedelta

from source import ROOT
from standardwebhooks import Webhook

from usageflow_webhooks.domain.endpoints import CONCURRENCY_DEFAULT
from usageflow_webhooks.domain.event_types import EVENT_TYPES
from usageflow_webhooks.domain.headers import HEADERS_MAX
from usageflow_webhooks.domain.outcomes import EXPLANATIONS
from usageflow_webhooks.domain.replays import REPLAY_SPAN_MAX, REPLAYED_MAX
from usageflow_webhooks.domain.schedule import DELAYS, JITTER_PERMILLE

TEXT = (ROOT / "docs/webhooks.md").read_text(encoding="utf-8")
SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


def in_words(delay: timedelta) -> str:
    seconds = int(delay.total_seconds())
    for size, name in ((3600, "hours"), (60, "minutes"), (1, "seconds")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size} {name}"
    return "at once"


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_schedule_is_the_codes():
    rows = [f"| {attempt} | {in_words(delay)} |" for attempt, delay in enumerate(DELAYS, 1)]
    assert "\n".join(["| attempt | after the one before |", "|---|---|", *rows, ""]) in TEXT
    assert f"up to {JITTER_PERMILLE // 10} %" in TEXT


def test_the_kinds_are_the_codes():
    rows = [f"| [`{kind.name}`](events/{kind.name}.json) | {kind.description} |" for kind in EVENT_TYPES]
    assert "\n".join(["| type | what it tells |", "|---|---|", *rows, ""]) in TEXT


def test_the_reasons_are_the_codes():
    rows = [f"| `{code}` | {words} |" for code, words in EXPLANATIONS.items()]
    assert "\n".join(["| `errorCode` | in plain words |", "|---|---|", *rows, ""]) in TEXT


def test_the_limits_are_the_codes():
    words = " ".join(TEXT.split())
    assert f"at most {REPLAY_SPAN_MAX.days} days, a request makes at most {REPLAYED_MAX:,} dispatches" in words
    assert f"`concurrency` ({CONCURRENCY_DEFAULT} unless set)" in words
    assert f"up to {HEADERS_MAX} headers" in words


def test_the_python_verifies_what_is_signed_and_nothing_else():
    scope = {}
    exec(block("python"), scope)  # noqa: S102 -- the document's own
    body, now = b'{"id":"evt_1","type":"ping"}', datetime.now(UTC)
    headers = {
        "webhook-id": "evt_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(SECRET).sign("evt_1", now, body.decode()),
    }
    assert scope["fact_of"](body, headers, SECRET) == json.loads(body)
    assert scope["fact_of"](body + b" ", headers, SECRET) is None
    assert scope["fact_of"](body, {**headers, "webhook-timestamp": "0"}, SECRET) is None
    assert scope["fact_of"](body, {**headers, "webhook-signature": "v1,!"}, SECRET) is None
    assert scope["fact_of"](body, {}, SECRET) is None


def test_the_vector_is_right():
    body = re.findall(r"```json\n(.*?)\n```", TEXT, re.DOTALL)[-1]
    at = datetime.fromtimestamp(1775034000, UTC)
    signature = Webhook(SECRET).sign("evt_01984e7d00007000800000000000c0de", at, body)
    assert f"`{signature}`" in TEXT
