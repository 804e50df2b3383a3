"""Fitting the finder. Every epoch is kept, so a killed run goes on."""

from pathlib import Path

import keras

from training.finder.network import loss, network
from training.finder.stock import Scenes, Stock
from training.fit import ended, learn, schedule

# Most scenes are small, which costs a third; a frame of 640×480 is 320×240 in the large ones. Both sizes come at once:
# Keras looks at two batches to know which sides differ.
SIZES = ((320, 256), (192, 160), (192, 160), (192, 160))
BATCH, BATCHES, EPOCHS = 32, 400, 40
LEARNING_RATE, WEIGHT_DECAY, WARMUP = 2e-3, 1e-4, 0.02  # the last is a share of all batches
SEED = 1
STOCK = "stock.txt"  # beside the model: the digest of what it has learnt from


def train(data: Path, work: Path, backgrounds: Path, *, precision: str = "mixed_bfloat16") -> None:
    """Train on scenes of labelled photographs and leave the model in `work` / finder / model.keras.

    One that is there is left alone. A run that was ended goes on after its last whole epoch. Raises DatasetError where
    something is missing, or where that run had another recipe, network or stock.
    """
    labels, folder = work / "labels", work / "finder"
    if ended(folder):
        return
    keras.utils.set_random_seed(SEED)
    keras.config.set_dtype_policy(precision)
    stock = Stock(data, labels, backgrounds, "train")
    scenes = Scenes(stock, SIZES, BATCH, BATCHES, SEED)
    held = Scenes(Stock(data, labels, backgrounds, "val"), SIZES[:1], BATCH, BATCHES // 20, SEED)
    model = network()
    model.compile(optimizer(), loss=loss, jit_compile=False)
    recipe, learnt_from = (SIZES, BATCH, BATCHES, EPOCHS, LEARNING_RATE, WEIGHT_DECAY, WARMUP, SEED), stock.digest()
    learn(model, folder, scenes, held, EPOCHS, f"{recipe} of {learnt_from}")
    (folder / STOCK).write_text(learnt_from)


def optimizer() -> keras.optimizers.Optimizer:
    steps = EPOCHS * BATCHES
    rate = schedule(LEARNING_RATE, steps, round(WARMUP * steps))
    return keras.optimizers.AdamW(rate, weight_decay=WEIGHT_DECAY, clipnorm=5.0)
