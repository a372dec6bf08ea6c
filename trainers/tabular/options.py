"""What may be said of a training."""

from dataclasses import dataclass

from contract import setting


@dataclass(frozen=True)
class Options:
    """Hyperparameters."""

    # The column that holds the class.
    label: str = setting("label")
    # Columns that are left out, with commas between them.
    drop: str = setting("")
    # Of the logistic regression: smaller is simpler; 0 has it chosen by cross-validation.
    c: float = setting(0.0, 0.0, 1e6)
    max_iter: int = setting(1000, 1, 1_000_000)
    class_weight: str = setting("none", among=("none", "balanced"))
    # A column whose coefficient is smaller is left out; 0 keeps all.
    threshold: float = setting(0.1, 0.0, 100.0)
    # Of the cross-validation.
    folds: int = setting(5, 2, 50)
    validation_share: float = setting(0.2, 0.1, 0.4)
    test_share: float = setting(0.2, 0.1, 0.4)
    seed: int = setting(0, 0, 2**31 - 1)

    def dropped(self) -> list[str]:
        return [name.strip() for name in self.drop.split(",") if name.strip()]
