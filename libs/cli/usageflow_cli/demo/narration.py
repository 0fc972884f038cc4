"""How the demo speaks and keeps book: what it does, what it saw, and each figure that is not the one it must be."""

from __future__ import annotations

from dataclasses import dataclass, field

from rich.console import Console, RenderableType
from rich.markup import escape


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
        self.console.print(f"   {escape(sentence)}")

    def show(self, table: RenderableType) -> None:
        """Print something with a shape of its own."""
        self.console.print(table)

    def expect(self, what: str, actual: object, wanted: object) -> None:
        """Say what was found; a difference is printed, kept, and ends the demo with exit code 1."""
        if actual == wanted:
            self.console.print(f"   [green]✓[/green] {escape(f'{what}: {actual}')}")
            return
        self.differ(f"{what}: expected {wanted!r}, found {actual!r}")

    def differ(self, difference: str) -> None:
        """Say and remember what is not as it must be."""
        self.differences.append(difference)
        self.console.print(f"   [red]✗ {escape(difference)}[/red]")

    def conclude(self) -> bool:
        """Say how it went; whether everything was as it must be."""
        if not self.differences:
            self.console.print("\n[bold green]Every figure is what it must be.[/bold green]")
            return True
        self.console.print("\n[red bold]These figures are not what they must be:[/red bold]")
        for difference in self.differences:
            self.console.print(f"  {escape(difference)}")
        return False
