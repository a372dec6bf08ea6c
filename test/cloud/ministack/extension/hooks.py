"""How a function of MiniStack's is replaced."""

from collections.abc import Callable
from typing import Any


def wrap(module: Any, name: str, make: Callable[[Any], Any]) -> None:
    """Puts `make(original)` in the place of the module's function `name`, which has to be there."""
    original = getattr(module, name, None)
    if not callable(original):
        raise SystemExit(f"MiniStack has no function {module.__name__}.{name}: the extension does not fit it.")
    setattr(module, name, make(original))
