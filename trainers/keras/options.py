"""What may be said of a training."""

from dataclasses import dataclass

from contract import setting


@dataclass(frozen=True)
class Options:
    """Hyperparameters."""

    # The column of a table that holds the class. Pictures are in a folder for each class.
    label: str = setting("label")
    # `dense`: one hidden layer; `cnn`: three of convolutions; `transfer`: those of the channel `pretrained`, and a new end.
    net: str = setting("dense", among=("dense", "cnn", "transfer"))
    epochs: int = setting(5, 1, 10_000)
    batch_size: int = setting(32, 1, 4096)
    learning_rate: float = setting(0.001, 1e-7, 10.0)
    # Of the hidden layer.
    units: int = setting(128, 1, 65_536)
    # What white is in the data; black is 0.
    white: float = setting(1.0, 1e-3, 1e6)
    # Pixels that pictures are scaled to; 0: 128, or 28 for the dense net. A table has its own.
    side: int = setting(0, 0, 1024)
    # `auto`: all nets but the dense one learn from pictures that are shifted, turned and zoomed a little.
    augment: str = setting("auto", among=("auto", "true", "false"))
    # `true`: the model of the channel `teacher` is learned from besides, which is distillation.
    teacher: str = setting("false", among=("true", "false"))
    # How much the teacher's answers are softened, and their share in the loss.
    temperature: float = setting(4.0, 1.0, 100.0)
    teacher_share: float = setting(0.7, 0.0, 1.0)
    validation_share: float = setting(0.1, 0.05, 0.4)
    test_share: float = setting(0.2, 0.05, 0.4)
    seed: int = setting(0, 0, 2**31 - 1)

    def side_of_pictures(self) -> int:
        return self.side or (28 if self.net == "dense" else 128)

    def augments(self) -> bool:
        return self.net != "dense" if self.augment == "auto" else self.augment == "true"
