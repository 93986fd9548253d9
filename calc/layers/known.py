"""Every layer there is. A layer is added by one class and one word here."""

from calc.layers import activation, conv, linear, norm, pool, reshape
from calc.layers.base import Layer

LAYERS: tuple[type[Layer], ...] = (
    conv.Conv1d,
    conv.Conv2d,
    conv.Conv3d,
    pool.MaxPool1d,
    pool.MaxPool2d,
    pool.MaxPool3d,
    pool.AvgPool1d,
    pool.AvgPool2d,
    pool.AvgPool3d,
    pool.AdaptiveAvgPool2d,
    pool.AdaptiveMaxPool2d,
    linear.Linear,
    norm.BatchNorm1d,
    norm.BatchNorm2d,
    norm.BatchNorm3d,
    reshape.Flatten,
    activation.Identity,
    activation.ReLU,
    activation.LeakyReLU,
    activation.ELU,
    activation.GELU,
    activation.SiLU,
    activation.Sigmoid,
    activation.Tanh,
    activation.Softmax,
    activation.LogSoftmax,
    activation.Dropout,
    activation.Dropout2d,
)

BY_KIND = {layer.kind(): layer for layer in LAYERS}
