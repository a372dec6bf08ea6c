"""The nets, in Keras: what they are made of, and what comes before them."""

from pathlib import Path

import keras
from contract import RefusalError, channel
from keras import layers
from options import Options

# What the convolutions work on.
SIDE, CHANNELS = 128, 3

# The layer whose output tells most of a picture: behind it a net of other classes gets an end of its own.
FEATURES = "features"


def dense(shape, classes: int, options: Options) -> keras.Model:
    return keras.Sequential(
        [
            keras.Input(shape),
            layers.Flatten(),
            layers.Dense(options.units, activation="relu", name=FEATURES),
            layers.Dropout(0.2),
            layers.Dense(classes, activation="softmax"),
        ],
        name="dense",
    )


def cnn(shape, classes: int, options: Options) -> keras.Model:
    convolutions = [
        layer
        for filters in (32, 64, 128)
        for layer in (layers.Conv2D(filters, 3, activation="relu"), layers.MaxPooling2D())
    ]
    return keras.Sequential(
        [
            keras.Input(shape),
            *convolutions,
            layers.Flatten(name=FEATURES),
            layers.Dense(options.units, activation="relu"),
            layers.Dense(classes, activation="softmax"),
        ],
        name="cnn",
    )


def transfer(shape, classes: int, options: Options) -> keras.Model:
    """The layers of an earlier run, which stay as they are, and a new end."""
    before = pretrained(channel("pretrained", ".keras"))
    if before.input_shape[1:] != tuple(shape):
        raise RefusalError(
            f"The pretrained net takes pictures of {before.input_shape[1:]}, and these are {tuple(shape)}."
        )
    features = keras.Model(before.inputs, before.get_layer(FEATURES).output, name="pretrained")
    features.trainable = False
    image = keras.Input(shape)
    hidden = layers.Dense(options.units, activation="relu")(layers.Flatten()(features(image, training=False)))
    return keras.Model(image, layers.Dense(classes, activation="softmax")(hidden), name="transfer")


def pretrained(paths: list[Path]) -> keras.Model:
    try:
        net = keras.saving.load_model(paths[0], compile=False)
    except (ValueError, OSError) as error:
        raise RefusalError(f"{paths[0].name} of the channel 'pretrained' is no net of Keras: {error}") from error
    if any(layer.name == FEATURES for layer in net.layers):
        return net
    raise RefusalError(
        f"{paths[0].name} of the channel 'pretrained' has no layer '{FEATURES}': is it of the nets dense or cnn?"
    )


NETS = {"dense": dense, "cnn": cnn, "transfer": transfer}


def prepare(shape, options: Options):
    """Layers that make of a picture, as the data has it, what the net takes; and the shape of that."""
    side, _, channels = shape
    steps = [] if options.white == 1 else [layers.Rescaling(1 / options.white)]
    if options.net == "dense":
        return steps, shape
    if side != SIDE:
        steps.append(layers.Resizing(SIDE, SIDE))
    if channels != CHANNELS:
        steps.append(layers.Concatenate())
    return steps, (SIDE, SIDE, CHANNELS)


def augmentation(options: Options):
    return (
        [
            layers.RandomTranslation(0.1, 0.1, fill_mode="nearest", seed=options.seed),
            layers.RandomRotation(0.05, fill_mode="nearest", seed=options.seed),
            layers.RandomZoom(0.1, fill_mode="nearest", seed=options.seed),
        ]
        if options.augments()
        else []
    )


def build(shape, classes: int, options: Options) -> tuple[keras.Model, keras.Model, keras.Model]:
    """The net itself; the model that is served: picture in, probabilities out; and the one that learns, from varied pictures."""
    steps, inner = prepare(shape, options)
    net = NETS[options.net](inner, classes, options)
    image = keras.Input(shape, name="image")
    prepared = image
    for step in steps:
        prepared = step([prepared] * CHANNELS) if isinstance(step, layers.Concatenate) else step(prepared)
    varied = prepared
    for step in augmentation(options):
        varied = step(varied)
    return net, keras.Model(image, net(prepared)), keras.Model(image, net(varied))
