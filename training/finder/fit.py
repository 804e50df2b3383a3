"""Fitting the finder. Every epoch is kept, so a killed run goes on."""

from pathlib import Path

import keras

from training.finder.network import loss, network
from training.finder.stock import Scenes, Stock
from training.fit import callbacks

# Most scenes are small, which costs a third; a frame of 640×480 is 320×240 in the large ones. Both sizes come at once:
# Keras looks at two batches to know which sides differ.
SIZES = ((320, 256), (192, 160), (192, 160), (192, 160))
BATCH, BATCHES, EPOCHS = 32, 400, 40
LEARNING_RATE, WEIGHT_DECAY, WARMUP = 2e-3, 1e-4, 0.02  # the last is a share of all batches
SEED = 1


def train(data: Path, work: Path, backgrounds: Path, *, precision: str = "mixed_bfloat16") -> keras.Model:
    """Train on scenes of labelled photographs and leave the model in `work` / finder / model.keras.

    A run that was ended goes on after its last whole epoch. Raises DatasetError where something is missing.
    """
    keras.utils.set_random_seed(SEED)
    keras.config.set_dtype_policy(precision)
    labels, folder = work / "labels", work / "finder"
    scenes = Scenes(Stock(data, labels, backgrounds, "train"), SIZES, BATCH, BATCHES, SEED)
    held = Scenes(Stock(data, labels, backgrounds, "val"), SIZES[:1], BATCH, BATCHES // 20, SEED)
    model = network()
    model.compile(optimizer(), loss=loss, jit_compile=False)
    folder.mkdir(parents=True, exist_ok=True)
    model.fit(scenes, validation_data=held, epochs=EPOCHS, callbacks=callbacks(folder, scenes.start), verbose=2)
    return model


def optimizer() -> keras.optimizers.Optimizer:
    steps = EPOCHS * BATCHES
    warmup = max(1, round(WARMUP * steps))
    rate = keras.optimizers.schedules.CosineDecay(
        LEARNING_RATE / 100, steps - warmup, alpha=0.01, warmup_target=LEARNING_RATE, warmup_steps=warmup
    )
    return keras.optimizers.AdamW(rate, weight_decay=WEIGHT_DECAY, clipnorm=5.0)
