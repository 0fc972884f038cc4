"""Files and functions stay small, are named after what they do, and open by saying what that is."""

import ast

from source import complaint, modules, product_modules

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
EMPTY_WORDS = {"utils", "util", "helpers", "helper", "manager", "base", "misc", "common_utils"}


def test_no_file_is_longer_than_400_lines():
    assert [
        complaint(m, None, f"{m.lines} lines") for m in modules() if m.lines > FILE_LINES_MAX and not m.is_migration
    ] == []


def test_no_function_is_longer_than_60_lines():
    long = [
        complaint(module, node, f"{node.name} has {length} lines")
        for module in product_modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES_MAX
    ]
    assert long == []


def test_every_module_says_what_its_job_is():
    assert [
        complaint(m, None, "no docstring") for m in modules() if m.text.strip() and not ast.get_docstring(m.tree)
    ] == []


def test_public_functions_and_classes_state_their_contract():
    bare = [
        complaint(module, node, f"{node.name} has no docstring")
        for module in product_modules()
        for node in public_definitions(module.tree)
        if not ast.get_docstring(node)
    ]
    assert bare == []


def test_no_name_is_a_word_for_nothing():
    empty = [complaint(m, None, m.path.stem) for m in modules() if EMPTY_WORDS & {m.path.stem, *m.path.parts}]
    assert empty == []


def public_definitions(tree: ast.Module):
    """Functions, classes and methods whose names do not begin with an underscore; overrides of protocols may stay silent."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node
