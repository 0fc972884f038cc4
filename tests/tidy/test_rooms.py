"""SQL, transactions, time, floats and printing each have their rooms, and stay there."""

import ast
import re

from source import ROOT, SERVICES, Module, complaint, product_modules, tracked_files

STATEMENT = re.compile(
    r"^\s*(SELECT\s.+|INSERT\s+INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|COPY\s+\w|TRUNCATE\s|WITH\s+\w+\s+AS\s)",
    re.I | re.S,
)
SQL_ROOMS = ("store", "tables", "migrations", "testing", "usageflow_local")
COMMON_SQL_ROOMS = ("outbox", "operations", "positions", "database", "migrations")
TRANSACTION_ROOMS = ("service", "commands")
NOW = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time")}


def is_common(module: Module) -> bool:
    return "usageflow_common" in module.path.parts


def names(node: ast.AST) -> tuple[str, str] | None:
    """`a.b` of an attribute on a plain name."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return node.value.id, node.attr
    return None


def test_sql_stands_in_stores_and_tables():
    astray = [
        complaint(module, node, "a statement outside a store")
        for module in product_modules()
        if not module.inside(*SQL_ROOMS, "examples") and not (is_common(module) and module.inside(*COMMON_SQL_ROOMS))
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and STATEMENT.match(node.value)
    ]
    assert astray == []


def test_only_use_cases_open_transactions():
    astray = [
        complaint(module, node, "opens a transaction")
        for module in product_modules()
        if any(f"usageflow_{service}" in module.path.parts for service in SERVICES)
        and not module.inside(*TRANSACTION_ROOMS)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "transaction"
    ]
    assert astray == []


def test_no_float_comes_near_money_or_usage():
    near = [
        complaint(module, node, "a float")
        for module in product_modules()
        if module.inside("domain", "money", "records")
        for node in ast.walk(module.tree)
        if (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, ast.Name) and node.id == "float")
    ]
    assert near == []


def test_only_the_clock_knows_what_time_it_is():
    asking = [
        complaint(module, node, "asks for the time")
        for module in product_modules()
        if module.path.name != "clock.py" and not module.inside("usageflow_local", "usageflow_cli", "testing")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and names(node.func) in NOW
    ]
    assert asking == []


def test_domain_code_does_not_wait():
    waiting = [
        complaint(module, node, "async in domain code")
        for module in product_modules()
        if module.inside("domain")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.AsyncFunctionDef | ast.Await)
    ]
    assert waiting == []


def test_every_exception_to_a_rule_names_the_rule_and_the_reason():
    """`# noqa: X1 - because` and `# type: ignore[x]  # because`."""
    silent = []
    for module in product_modules():
        for number, line in enumerate(module.text.splitlines(), 1):
            if "# noqa" in line and not re.search(r"# noqa: [A-Z]+[0-9]+(, ?[A-Z]+[0-9]+)* +\S+", line):
                silent.append(f"{module.path}:{number}: noqa without code or reason")
            if "# type: ignore" in line and not re.search(r"# type: ignore\[[a-z-]+(, ?[a-z-]+)*\] +# \S+", line):
                silent.append(f"{module.path}:{number}: type: ignore without code or reason")
    assert silent == []


def test_nothing_listens_to_the_whole_world():
    open_doors = [
        str(path)
        for path in tracked_files()
        if path.suffix in {".py", ".sh", ".toml"}
        and "tests" not in path.parts
        and re.search(r"0\.0\.0\.0(?!/)", (ROOT / path).read_text(encoding="utf-8"))
    ]
    assert open_doors == []


def test_no_file_holds_the_address_of_a_package_registry():
    registries = re.compile(
        "|".join(
            (
                "pypi" + r"\.org",
                "pythonhosted" + r"\.org",
                "registry" + r"\.npmjs",
                "repo" + r"\.maven",
                "repo1" + r"\.maven",
                "--index" + "-url",
            )
        )
    )
    named = [
        str(path)
        for path in tracked_files()
        if path.suffix in {".py", ".sh", ".toml", ".lock", ".txt", ".xml", ".json", ".yml", ".yaml", ".cfg"}
        and registries.search((ROOT / path).read_text(encoding="utf-8"))
    ]
    assert named == []
