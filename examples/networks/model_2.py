"""Kernels that grow from 3×3 to 7×7, with padding 2 throughout: some maps grow, others shrink."""

from torch import nn

model_2 = nn.Sequential(
    nn.Conv2d(3, 32, kernel_size=3, padding=2),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Conv2d(32, 64, kernel_size=3, padding=2),
    nn.ReLU(),
    nn.BatchNorm2d(64),
    nn.Conv2d(64, 128, kernel_size=5, padding=2),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Conv2d(128, 256, kernel_size=5, padding=2),
    nn.ReLU(),
    nn.BatchNorm2d(256),
    nn.Conv2d(256, 512, kernel_size=7, padding=2),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Flatten(),
    nn.Linear(512 * 3 * 3, 64),
    nn.ReLU(),
    nn.Linear(64, 10),
)
