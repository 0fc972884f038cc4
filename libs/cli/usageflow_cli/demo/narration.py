"""How the demo speaks and keeps book: what it does, what it saw, and each figure that is not the one it must be."""

from __future__ import annotations

from dataclasses import dataclass, field

from rich.console import Console, RenderableType


@dataclass(slots=True)
class Narration:
    """Prints chapters and findings; remembers every difference."""

    console: Console = field(default_factory=lambda: Console(highlight=False))
    differences: list[str] = field(default_factory=list)
    _chapter: int = 0

    def chapter(self, title: str) -> None:
        """Begin the next part of the story."""
        self._chapter += 1
        self.console.print(f"\n[bold]{self._chapter}. {title}[/bold]")

    def tell(self, sentence: str) -> None:
        """Say what is being done."""
        self.console.print(f"   {sentence}")

    def show(self, table: RenderableType) -> None:
        """Print something with a shape of its own."""
        self.console.print(table)

    def expect(self, what: str, actual: object, wanted: object) -> None:
        """Say what was found; a difference is printed, kept, and ends the demo with exit code 1."""
        if actual == wanted:
            self.console.print(f"   [green]✓[/green] {what}: {actual}")
            return
        self.differences.append(f"{what}: expected {wanted!r}, found {actual!r}")
        self.console.print(f"   [red]✗ {what}: expected {wanted!r}, found {actual!r}[/red]")
