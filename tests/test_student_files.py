"""Files as students write them, read without being run: the number that running them gives, or the line that stands in the way."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from calc import Impossible, count

HEAD = """import torch
import torch.nn as nn
import torch.nn.functional as F
"""

READ = {
    "super with arguments": (
        HEAD
        + """
class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.conv1 = nn.Conv2d(1, 6, 5)
        self.fc1 = nn.Linear(6*12*12, 10)
    def forward(self, x):
        return self.fc1(F.max_pool2d(self.conv1(x), 2).flatten(1))
""",
        8806,
    ),
    "the constructor by its name": (
        HEAD
        + """
class Net(nn.Module):
    def __init__(self):
        nn.Module.__init__(self)
        self.fc = nn.Linear(4, 2)
""",
        10,
    ),
    "constants of the class": (
        HEAD
        + """
class Net(nn.Module):
    width = 8
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(self.width, Net.width)
""",
        72,
    ),
    "docstrings and annotations": (
        HEAD
        + """
class Net(nn.Module):
    '''Doc.'''
    def __init__(self, num_classes: int = 10) -> None:
        '''Doc.'''
        super().__init__()
        self.num_classes = num_classes
        self.fc: nn.Module = nn.Linear(in_features=3, out_features=num_classes)
""",
        40,
    ),
    "a device and an optimiser": (
        HEAD
        + """
device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')
lr = 1e-3
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 2)
model = Net().to(device)
optimizer = torch.optim.SGD(model.parameters(), lr=lr)
""",
        8,
    ),
    "a list that is filled": (
        HEAD
        + """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        layers = []
        layers.append(nn.Linear(3, 4))
        layers.append(nn.Linear(4, 2))
        self.net = nn.Sequential(*layers)
""",
        26,
    ),
    "a list that is written out": (
        HEAD
        + """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        layers = [nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)]
        self.net = nn.Sequential(*layers)
""",
        26,
    ),
    "a class of a class": (
        HEAD
        + """
class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(2, 2)
class Net(Base):
    def __init__(self):
        super().__init__()
        self.b = nn.Linear(2, 3)
""",
        15,
    ),
    "two names for one layer": (
        HEAD
        + """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1 = self.c2 = nn.Linear(3, 3)
""",
        12,
    ),
    "a main part": (
        HEAD
        + """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)

if __name__ == '__main__':
    net = Net()
    print(net)
""",
        12,
    ),
}

REFUSED = {
    "a comprehension": (
        HEAD
        + """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.ModuleList([nn.Linear(3, 3) for _ in range(4)])
""",
        "line 8: `[nn.Linear(3, 3) for _ in range(4)]` is not known without running the file",
    ),
    "a condition": (
        HEAD
        + """
class Net(nn.Module):
    def __init__(self, bn=True):
        super().__init__()
        if bn:
            self.bn = nn.BatchNorm1d(3)
        self.fc = nn.Linear(3, 2)
""",
        "line 8: `if bn:` is not known without running the file",
    ),
    "a function that makes layers": (
        HEAD
        + """
def block(i, o):
    return nn.Sequential(nn.Conv2d(i, o, 3), nn.ReLU())
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = block(3, 8)
""",
        "line 10: `block(3, 8)` is not known without running the file",
    ),
    "a class of Sequential": (
        HEAD
        + """
class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 2))
""",
        "line 5: `class Net(nn.Sequential):` is not a plain class of torch.nn.Module",
    ),
    "a dictionary of settings": (
        HEAD
        + """
CONFIG = {'in': 3, 'out': 10}
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(CONFIG['in'], CONFIG['out'])
""",
        "line 9: `CONFIG['in']` is not known without running the file",
    ),
    "a value by a condition": (
        HEAD
        + """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.drop = nn.Dropout(p=0.25)
        self.act = nn.LeakyReLU(0.1, inplace=True)
        self.bn = nn.BatchNorm2d(8, affine=False)
        self.conv = nn.Conv2d(3, 8, kernel_size=(3, 5), stride=(1, 2), padding='same' if False else 1)
""",
        "line 11: `'same' if False else 1` is not known without running the file",
    ),
    "a method of its own": (
        HEAD
        + """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)
        nn.init.xavier_uniform_(self.fc.weight)
        self._init_weights()
    def _init_weights(self):
        for m in self.modules():
            if isinstance(m, nn.Linear):
                nn.init.zeros_(m.bias)
""",
        "line 10: `self._init_weights()` is not known without running the file",
    ),
    "frozen parameters": (
        HEAD
        + """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)
        self.fc.weight.requires_grad = False
        for p in self.fc.parameters():
            p.requires_grad = False
""",
        "line 9: `self.fc.weight.requires_grad = False` is not known without running the file",
    ),
    "modules added by a call": (
        HEAD
        + """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.add_module('fc', nn.Linear(3, 3))
        self.register_parameter('w', nn.Parameter(torch.zeros(3)))
""",
        "line 8: `self.add_module('fc', nn.Linear(3, 3))` is not known without running the file",
    ),
    "names made in a loop": (
        HEAD
        + """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        for i in range(3):
            setattr(self, f'fc{i}', nn.Linear(3, 3))
""",
        "line 8: `for i in range(3):` is not known without running the file",
    ),
    "a class of a library": (
        """import pytorch_lightning as pl
from torch import nn
class Net(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)
""",
        "line 3: `class Net(pl.LightningModule):` is not a plain class of torch.nn.Module",
    ),
    "a run when it is imported": (
        HEAD
        + """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)

net = Net()
print(net)
x = torch.randn(1, 3)
print(net(x).shape)
""",
        "line 13: `print(net(x).shape)` is not known without running the file",
    ),
    "a function of numbers": (
        HEAD
        + """
class Net(nn.Module):
    def __init__(self, w=0.5):
        super().__init__()
        self.fc = nn.Linear(int(8*w), 16//2)
""",
        "line 8: `int(8 * w)` is not known without running the file",
    ),
    "normalised weights": (
        HEAD
        + """
from torch.nn.utils import weight_norm
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = weight_norm(nn.Linear(3, 3))
""",
        "line 9: `weight_norm(nn.Linear(3, 3))` is not known without running the file",
    ),
    "tied weights": (
        HEAD
        + """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.e = nn.Embedding(10, 4)
        self.out = nn.Linear(4, 10, bias=False)
        self.out.weight = self.e.weight
""",
        "line 10: `self.out.weight = self.e.weight` is not known without running the file",
    ),
}


@pytest.mark.parametrize("name", READ)
def test_what_is_read_is_what_running_gives(name: str, tmp_path: Path) -> None:
    text, parameters = READ[name]
    (tmp_path / "model.py").write_text(text)
    question = count(tmp_path / "model.py", run=False)
    assert question.parameters == parameters
    assert question.ledger().verdict == "agrees"
    made: dict[str, Any] = {"__name__": "model"}
    exec(text, made)
    network = made["Net"]()
    assert isinstance(network, nn.Module)
    assert sum(p.numel() for p in network.parameters()) == parameters
    assert torch.is_grad_enabled()


@pytest.mark.parametrize("name", REFUSED)
def test_what_stands_in_the_way_is_named_with_its_line(name: str, tmp_path: Path) -> None:
    text, why = REFUSED[name]
    (tmp_path / "model.py").write_text(text)
    with pytest.raises(Impossible) as refused:
        count(tmp_path / "model.py", run=False)
    assert str(refused.value) == f"model.py, {why}: --run runs it"
