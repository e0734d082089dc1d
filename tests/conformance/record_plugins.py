# SPDX-License-Identifier: Apache-2.0
"""What Keras' initializers, optimizers, schedules and EarlyStopping do by themselves. For record.py."""

import keras
import numpy as np
import tensorflow as tf


def flat(array):
    """Nine significant digits: reading them back as float32 is exact."""
    return [float("%.9g" % value) for value in np.asarray(array).ravel()]


def between(draw, low, high):
    return round(float(draw.uniform(low, high)), 4)


def scale(draw, low, high):
    """Between two powers of ten."""
    return float("%.3g" % 10 ** draw.uniform(low, high))


# --- initializers ----------------------------------------------------------------------------------------------------


def initializer_cases(draw):
    drawn = [(f"{name}{shape}", {}) for name in ("Glorot", "He", "Lecun") for shape in ("Uniform", "Normal")]
    drawn += [("RandomUniform", {"minval": between(draw, -1, 0), "maxval": between(draw, 0.1, 1)}),
              ("RandomNormal", {"mean": between(draw, -1, 1), "stddev": between(draw, 0.01, 1)}),
              ("TruncatedNormal", {"mean": between(draw, -1, 1), "stddev": between(draw, 0.01, 1)}),
              ("Orthogonal", {"gain": between(draw, 0.3, 3)})]
    drawn += [("VarianceScaling", {"scale": between(draw, 0.2, 3), "mode": mode, "distribution": distribution})
              for mode in ("fan_in", "fan_out", "fan_avg") for distribution in ("truncated_normal", "untruncated_normal", "uniform")]
    fixed = [("Zeros", {}), ("Ones", {}), ("Constant", {"value": between(draw, -2, 2)}), ("Identity", {"gain": between(draw, 0.1, 3)})]
    return drawn, fixed


def initializers(draw):
    drawn, fixed = initializer_cases(draw)
    cases = []
    for name, params in drawn + fixed:
        for shape in [[5, 10], [10, 1], *draw.randint(1, 33, (3, 2)).tolist()]:
            seed = int(draw.randint(0, 2**31)) if (name, params) in drawn else None
            given = {} if seed is None else {"seed": seed}
            values = getattr(keras.initializers, name)(**given, **params)(shape)
            cases.append({"initializer": name, "params": params, "seed": seed, "shape": shape, "values": flat(values)})
    return {"about": "keras.initializers.NAME(seed=seed, **params)(shape), row-major float32, TensorFlow backend on CPU", "cases": cases}


# --- optimizers ------------------------------------------------------------------------------------------------------

STEPS = 6


def optimizer_cases(draw):
    """Each of Keras' optimizers with what it alone has; the host's options go around some of them."""
    betas = {"beta_1": between(draw, 0.6, 0.95), "beta_2": between(draw, 0.9, 0.9999)}
    epsilon = {"epsilon": scale(draw, -8, -3)}
    return [
        ("SGD", {}), ("SGD", {"momentum": between(draw, 0.1, 0.95)}),
        ("SGD", {"momentum": between(draw, 0.1, 0.95), "nesterov": True}),
        ("Adam", {}), ("Adam", {**betas, **epsilon}), ("Adam", {**betas, "amsgrad": True}),
        ("AdamW", {**betas, "weight_decay": between(draw, 0, 0.2)}), ("Nadam", {**betas, **epsilon}), ("Adamax", {**betas, **epsilon}),
        ("RMSprop", {"rho": between(draw, 0.5, 0.99), **epsilon}),
        ("RMSprop", {"rho": between(draw, 0.5, 0.99), "momentum": between(draw, 0.1, 0.95), "centered": True, "epsilon": 1e-3}),
        ("Adagrad", {"initial_accumulator_value": between(draw, 0.01, 1), **epsilon}),
        ("Adadelta", {"rho": between(draw, 0.5, 0.99), **epsilon}),
        ("Ftrl", {"initial_accumulator_value": between(draw, 0.05, 1), "l1_regularization_strength": between(draw, 0, 0.1),
                  "l2_regularization_strength": between(draw, 0, 0.1)}),
        ("Lion", {"beta_1": between(draw, 0.6, 0.95), "beta_2": between(draw, 0.9, 0.99)}),
        ("Lamb", {**betas, **epsilon}), ("Adafactor", {}), ("Adafactor", {"beta_2_decay": between(draw, -0.9, -0.5), "relative_step": False}),
        ("Muon", {}), ("Muon", {"adam_beta_1": betas["beta_1"], "momentum": between(draw, 0.5, 0.99)}),
    ]


def common_options(draw):
    return [{}, {"weight_decay": between(draw, 0.001, 0.1)}, {"clipnorm": between(draw, 0.2, 2)}, {"clipvalue": between(draw, 0.1, 1)},
            {"global_clipnorm": between(draw, 0.2, 4)}, {"use_ema": True, "ema_momentum": between(draw, 0.5, 0.99)}]


def run_optimizer(name, params, weights, gradients):
    variables = [keras.Variable(w, dtype="float32", name=name) for w, name in zip(weights, ("kernel", "bias") * 8)]
    optimizer = getattr(keras.optimizers, name)(**params)
    optimizer.build(variables)
    after = []
    for step in gradients:
        optimizer.apply([tf.constant(g) for g in step], variables)
        after.append([flat(v.numpy()) for v in variables])
    return after


def optimizers(draw):
    cases = []
    for name, own in optimizer_cases(draw):
        options = common_options(draw)
        for common in (options[0], options[draw.randint(1, len(options))]):
            if name in ("Adafactor", "Muon", "Lamb") and common:
                continue
            params = {"learning_rate": scale(draw, -3, -1), **own, **common}
            width = [int(w) for w in draw.randint(2, 12, 3)]
            shapes = [[width[0], width[1]], [width[1]], [width[1], 1], [1]]
            if draw.rand() < 0.3:
                shapes[2:] = [[width[1], width[2]], [width[2]], [width[2], 1], [1]]
            weights = [draw.standard_normal(shape).astype(np.float32) for shape in shapes]
            gradients = [[(2 * draw.standard_normal(shape)).astype(np.float32) for shape in shapes] for _ in range(STEPS)]
            cases.append({"optimizer": name, "params": params, "shapes": shapes, "w0": [flat(w) for w in weights],
                          "gradients": [[flat(g) for g in step] for step in gradients],
                          "weights_after_step": run_optimizer(name, params, weights, gradients)})
    return {"about": "keras.optimizers.NAME(**params): weights of a dense network (kernel, bias, ...; row-major) after each step of "
                     "the given gradients", "cases": cases}


# --- schedules and early stopping ------------------------------------------------------------------------------------


def schedules(draw):
    rate, steps = {"initial_learning_rate": scale(draw, -3, 0)}, {"decay_steps": int(draw.randint(2, 30))}
    decay, stair = {"decay_rate": between(draw, 0.3, 0.99)}, {"staircase": True}
    boundaries = sorted(int(b) for b in draw.choice(24, 3, replace=False))
    restarts = {"first_decay_steps": int(draw.randint(2, 9)), "t_mul": between(draw, 1, 2.5), "m_mul": between(draw, 0.6, 1)}
    cases = [("ExponentialDecay", {**rate, **steps, **decay}), ("ExponentialDecay", {**rate, **steps, **decay, **stair}),
             ("PiecewiseConstantDecay", {"boundaries": boundaries, "values": [scale(draw, -4, 0) for _ in range(4)]}),
             ("PolynomialDecay", {**rate, **steps, "end_learning_rate": scale(draw, -5, -3), "power": between(draw, 0.5, 3)}),
             ("PolynomialDecay", {**rate, **steps, "cycle": True}),
             ("InverseTimeDecay", {**rate, **steps, **decay}), ("InverseTimeDecay", {**rate, **steps, **decay, **stair}),
             ("CosineDecay", {**rate, **steps, "alpha": between(draw, 0, 0.5)}),
             ("CosineDecay", {**rate, **steps, "warmup_target": scale(draw, -1, 0), "warmup_steps": int(draw.randint(1, 12))}),
             ("CosineDecayRestarts", {**rate, **restarts, "alpha": between(draw, 0, 0.5)})]
    return {"about": "keras.optimizers.schedules.NAME(**params)(step) for step 0..24",
            "cases": [{"schedule": name, "params": params, "learning_rate_at_step": [
                float("%.9g" % float(getattr(keras.optimizers.schedules, name)(**params)(tf.constant(step, tf.int32))))
                for step in range(25)]} for name, params in cases]}


class Epochs:
    """A model of which the callback sees that its weights are those of an epoch."""

    stop_training, epoch = False, 0

    def get_weights(self):
        return self.epoch

    def set_weights(self, weights):
        self.epoch = weights


def watch(params, values):
    callback, model = keras.callbacks.EarlyStopping(**params), Epochs()
    callback.set_model(model)
    callback.on_train_begin()
    stopped = None
    for epoch, value in enumerate(values):
        model.epoch = epoch
        callback.on_epoch_end(epoch, {"val_loss": np.nan if value is None else value})
        if model.stop_training:
            stopped = epoch
            break
    callback.on_train_end()
    return {"params": params, "values": values, "stopped_after_epoch": stopped, "weights_from_epoch": model.epoch}


def early_stopping(draw):
    cases = []
    for _ in range(60):
        n = int(draw.randint(10, 80))
        params = {"monitor": "val_loss", "patience": int(draw.choice([0, 1, 2, 5, 12])), "min_delta": between(draw, 0, 0.2) * draw.randint(0, 2),
                  "mode": str(draw.choice(["auto", "min", "max"])), "restore_best_weights": bool(draw.randint(0, 2)),
                  "start_from_epoch": int(draw.choice([0, 0, 3, 9])), "baseline": [None, between(draw, 0.2, 1)][draw.randint(0, 2)]}
        values = [round(float(v), 6) for v in np.exp(-np.arange(n) / 15 * draw.choice([1, -0.2])) + 0.1 * draw.standard_normal(n)]
        if draw.rand() < 0.3:
            values[draw.randint(0, n)] = None
        cases.append(watch(params, values))
    return {"about": "keras.callbacks.EarlyStopping fed one val_loss an epoch (null is NaN; epochs count from 0): the epoch after which "
                     "training stopped (null: never), and the epoch whose weights the model then holds", "cases": cases}
