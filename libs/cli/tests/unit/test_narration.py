"""The demo's book: a difference is said at once, remembered, and said again at the end."""

from rich.console import Console

from usageflow_cli.demo.narration import Narration


def test_what_differs_is_named_and_ends_the_story_badly():
    narration = Narration(Console(width=200, highlight=False))
    with narration.console.capture() as captured:
        narration.expect("total", "120.01 USD", "120.00 USD")
        narration.expect("failures", ["[/x]"], [])
        narration.expect("verification", "passed", "passed")
        assert not narration.conclude()
    assert captured.get().count("total: expected '120.00 USD', found '120.01 USD'") == 2
    assert captured.get().count("failures: expected [], found ['[/x]']") == 2


def test_a_story_without_a_difference_ends_well():
    narration = Narration()
    narration.expect("total", 1, 1)
    assert narration.conclude()
