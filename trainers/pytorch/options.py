"""What may be asked of a training."""

from dataclasses import dataclass

from contract import setting


@dataclass(frozen=True)
class Options:
    """Hyperparameters."""

    # The column that holds the number to predict.
    label: str = setting("label")
    # Neurons of the one layer between the columns and the prediction.
    hidden: int = setting(20, 1, 4096)
    epochs: int = setting(60, 1, 100_000)
    # Of all processes together.
    batch_size: int = setting(16, 1, 1_000_000)
    learning_rate: float = setting(0.003, 1e-7, 10.0)
    momentum: float = setting(0.9, 0.0, 0.999)
    weight_decay: float = setting(0.03, 0.0, 10.0)
    validation_share: float = setting(0.2, 0.05, 0.4)
    test_share: float = setting(0.2, 0.05, 0.4)
    # Of each machine; 0: one for each of its GPUs, one where it has none.
    processes: int = setting(0, 0, 64)
    seed: int = setting(0, 0, 2**31 - 1)
