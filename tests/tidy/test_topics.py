"""topics.py tells the truth about who writes and who reads."""

import ast

import pytest
from source import SERVICES, product_modules

from usageflow_common.topics import TOPICS

CONSTANTS = {name: name.upper().replace(".", "_") for name in TOPICS}


def names_used_by(service: str) -> set[str]:
    return {
        node.id
        for module in product_modules()
        if f"usageflow_{service}" in module.path.parts
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Name)
    } | {
        node.attr
        for module in product_modules()
        if f"usageflow_{service}" in module.path.parts
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute)
    }


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_touches_only_the_topics_that_name_it(service):
    permitted = {CONSTANTS[t.name] for t in TOPICS.values() if service in (*t.producers, *t.consumers)}
    touched = names_used_by(service) & set(CONSTANTS.values())
    assert touched <= permitted
