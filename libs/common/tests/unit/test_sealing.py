"""A stored secret opens with its own key, for its own operation, and with nothing else."""

import pytest
from cryptography.exceptions import InvalidTag

from usageflow_common.ids import new_id
from usageflow_common.sealing import seal, unseal

ORG, OPERATION = new_id(), new_id()


def test_what_was_sealed_comes_back() -> None:
    assert unseal(seal(b"secret", "key", ORG, OPERATION), "key", ORG, OPERATION) == b"secret"


def test_two_seals_of_one_answer_differ() -> None:
    assert seal(b"secret", "key", ORG, OPERATION) != seal(b"secret", "key", ORG, OPERATION)


@pytest.mark.parametrize(
    ("key", "org_id", "operation_id"), [("Key", ORG, OPERATION), ("key", new_id(), OPERATION), ("key", ORG, new_id())]
)
def test_another_key_organization_or_operation_opens_nothing(key, org_id, operation_id) -> None:
    sealed = seal(b"secret", "key", ORG, OPERATION)
    with pytest.raises(InvalidTag):
        unseal(sealed, key, org_id, operation_id)


def test_a_changed_byte_opens_nothing() -> None:
    sealed = bytearray(seal(b"secret", "key", ORG, OPERATION))
    sealed[-1] ^= 1
    with pytest.raises(InvalidTag):
        unseal(bytes(sealed), "key", ORG, OPERATION)
