"""The migration chain: one step per released change of the schema."""

from pathlib import Path
from typing import Final

STEPS: Final = Path(__file__).parent / "versions"

NEWEST: Final = max(page.name[:4] for page in STEPS.glob("[0-9][0-9][0-9][0-9]_*.py"))
"""The last step, by its number: the form of rows that this version reads and writes."""
