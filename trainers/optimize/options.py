"""What may be asked of the variants."""

from dataclasses import dataclass

from contract import RefusalError, setting

METHODS = ("simplify", "dynamic-int8", "static-int8", "fp16", "prune")


@dataclass(frozen=True)
class Options:
    """Hyperparameters."""

    # With commas between them.
    methods: str = setting(",".join(METHODS))
    # Share of the weights of each tensor that become 0.
    sparsity: float = setting(0.5, 0.01, 0.99)
    # Whether int8 weights leave a bit free; `auto`: by the processor.
    reduce_range: str = setting("auto", among=("auto", "true", "false"))
    # The processor that `auto` is about.
    target: str = setting("here", among=("here", "x86_64", "arm64"))


def methods_of(options: Options) -> list[str]:
    """Each once, `simplify` before those that begin with what it has made."""
    asked = {word.strip() for word in options.methods.split(",") if word.strip()}
    unknown = sorted(asked - set(METHODS))
    if unknown or not asked:
        raise RefusalError(
            f"The hyperparameter methods is '{options.methods}', and is to be some of {', '.join(METHODS)}, with commas between them."
        )
    return [method for method in METHODS if method in asked]
