"""The baseline with batch normalisation, dropout and ELU, and the same with more filters."""

from torch import nn

improved = nn.Sequential(
    nn.Conv2d(3, 32, kernel_size=5, padding=2),
    nn.ReLU(),
    nn.BatchNorm2d(32),
    nn.MaxPool2d(2),
    nn.Conv2d(32, 64, kernel_size=5, padding=2),
    nn.ReLU(),
    nn.BatchNorm2d(64),
    nn.MaxPool2d(2),
    nn.Conv2d(64, 128, kernel_size=5, padding=2),
    nn.ReLU(),
    nn.BatchNorm2d(128),
    nn.MaxPool2d(2),
    nn.Flatten(),
    nn.Dropout(0.5),
    nn.Linear(128 * 4 * 4, 64),
    nn.ELU(),
    nn.BatchNorm1d(64),
    nn.Linear(64, 10),
)

wide = nn.Sequential(
    nn.Conv2d(3, 64, kernel_size=5, padding=2),
    nn.ReLU(),
    nn.BatchNorm2d(64),
    nn.MaxPool2d(2),
    nn.Conv2d(64, 192, kernel_size=5, padding=2),
    nn.ReLU(),
    nn.BatchNorm2d(192),
    nn.MaxPool2d(2),
    nn.Conv2d(192, 512, kernel_size=5, padding=2),
    nn.ReLU(),
    nn.BatchNorm2d(512),
    nn.MaxPool2d(2),
    nn.Flatten(),
    nn.Dropout(0.5),
    nn.Linear(512 * 4 * 4, 64),
    nn.ELU(),
    nn.BatchNorm1d(64),
    nn.Linear(64, 10),
)
