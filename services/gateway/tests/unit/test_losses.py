"""What a restored database gets back by itself, and what somebody has to do again."""

import pytest

from usageflow_gateway.domain.losses import comes_back


@pytest.mark.parametrize("action", ["payment.recorded", "event.amended", "api_key.revoked", "organization.updated"])
def test_what_kafka_has_whole_comes_back(action):
    assert comes_back(action)


@pytest.mark.parametrize("action", ["subscription.created", "member.removed", "api_key.created", "something.new"])
def test_everything_else_is_told_even_what_nobody_here_has_heard_of(action):
    assert not comes_back(action)
