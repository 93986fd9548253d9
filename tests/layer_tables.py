"""Layer tables in the styles of public reports, each with the torch module that it describes and the input it is on."""

from collections.abc import Callable
from typing import NamedTuple

from torch import nn

from tests import networks


class Described(NamedTuple):
    """A table, the input that is given with it, and the network that it describes."""

    text: str
    shape: tuple[int, ...] | None
    module: Callable[[], nn.Module]


def lenet_5(pool: type[nn.Module] = nn.AvgPool2d, padding: int = 0) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=padding),
        nn.Tanh(),
        pool(2, 2),
        nn.Conv2d(6, 16, 5),
        nn.Tanh(),
        pool(2, 2),
        nn.Flatten(),
        nn.Linear(400, 120),
        nn.Tanh(),
        nn.Linear(120, 84),
        nn.Tanh(),
        nn.Linear(84, 10),
    )


def lenet_5_of_convolutions() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 6, 5),
        nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.AvgPool2d(2),
        nn.Conv2d(16, 120, 5),
        nn.Flatten(),
        nn.Linear(120, 84),
        nn.Linear(84, 10),
    )


def alexnet() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 96, 11, 4),
        nn.MaxPool2d(3, 2),
        nn.Conv2d(96, 256, 5, padding=2),
        nn.MaxPool2d(3, 2),
        nn.Conv2d(256, 384, 3, padding=1),
        nn.Conv2d(384, 384, 3, padding=1),
        nn.Conv2d(384, 256, 3, padding=1),
        nn.MaxPool2d(3, 2),
        nn.Flatten(),
        nn.Linear(9216, 4096),
        nn.Linear(4096, 4096),
        nn.Linear(4096, 1000),
    )


def vgg_16() -> nn.Module:
    layers: list[nn.Module] = []
    channels = 3
    for width, depth in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(depth):
            layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU()]
            channels = width
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(25088, 4096), nn.Linear(4096, 4096), nn.Linear(4096, 1000))


def keras_mnist() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 32, 3),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(),
        nn.Linear(1600, 10),
    )


def keras_normalised() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 32, 3, padding=1),
        nn.BatchNorm2d(32),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1),
        nn.BatchNorm2d(64),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(4096, 10),
    )


def cifar() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 32, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(32, 32, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Dropout(0.25),
        nn.Conv2d(32, 64, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(64, 64, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Dropout(0.25),
        nn.Flatten(),
        nn.Linear(2304, 512),
        nn.ReLU(),
        nn.Dropout(),
        nn.Linear(512, 10),
        nn.Softmax(1),
    )


def strided() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 16, 5, 2, 2),
        nn.ReLU(),
        nn.Conv2d(16, 32, 5, 2, 2),
        nn.ReLU(),
        nn.Conv2d(32, 64, 3, 1, 0),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(64, 10),
    )


def baseline() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 32, 5, padding=2),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 5, padding=2),
        nn.MaxPool2d(2),
        nn.Conv2d(64, 128, 5, padding=2),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(2048, 64),
        nn.Linear(64, 10),
    )


def course_example() -> nn.Module:
    """The network of a well-known course, whose table had wrong counts for years."""
    return nn.Sequential(
        nn.Conv2d(3, 8, 5),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 5),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(400, 120),
        nn.Linear(120, 84),
        nn.Linear(84, 10),
    )


def mobile_start() -> nn.Module:
    def separated(c: int, m: int, stride: int) -> list[nn.Module]:
        return [nn.Conv2d(c, c, 3, stride, 1, groups=c), nn.Conv2d(c, m, 1)]

    return nn.Sequential(
        nn.Conv2d(3, 32, 3, 2, 1), *separated(32, 64, 1), *separated(64, 128, 2), nn.AdaptiveAvgPool2d(1)
    )


def signal() -> nn.Module:
    return nn.Sequential(
        nn.Conv1d(1, 16, 7, padding=3),
        nn.BatchNorm1d(16),
        nn.MaxPool1d(4),
        nn.Conv1d(16, 32, 5, padding=2),
        nn.Flatten(),
        nn.Linear(32 * 32, 5),
    )


def generator() -> nn.Module:
    return nn.Sequential(
        nn.Linear(100, 7 * 7 * 128),
        nn.Unflatten(1, (128, 7, 7)),
        nn.ConvTranspose2d(128, 64, 4, 2, 1),
        nn.BatchNorm2d(64),
        nn.ConvTranspose2d(64, 1, 4, 2, 1),
        nn.Tanh(),
    )


def perceptron() -> nn.Module:
    return nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Dropout(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10))


def all_convolutional() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 96, 3, padding=1),
        nn.Conv2d(96, 96, 3, padding=1),
        nn.Conv2d(96, 96, 3, 2, 1),
        nn.Conv2d(96, 192, 3, padding=1),
        nn.Conv2d(192, 192, 3, 2, 1),
        nn.Conv2d(192, 192, 3),
        nn.Conv2d(192, 192, 1),
        nn.Conv2d(192, 10, 1),
        nn.AdaptiveAvgPool2d(1),
    )


def two_convolutions(kernel: int = 5, padding: int = 0, features: int = 800) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 20, kernel, padding=padding),
        nn.MaxPool2d(2),
        nn.Conv2d(20, 50, kernel, padding=padding),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(features, 500),
        nn.ReLU(),
        nn.Linear(500, 10),
    )


def keras_global() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1),
        nn.Conv2d(16, 32, 3, 2, 1),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(32, 10),
    )


def committee_member() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 20, 4),
        nn.MaxPool2d(2),
        nn.Conv2d(20, 40, 5),
        nn.MaxPool2d(3),
        nn.Flatten(),
        nn.Linear(360, 150),
        nn.Linear(150, 10),
    )


def discriminator() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 64, 4, 2, 1),
        nn.Conv2d(64, 128, 4, 2, 1),
        nn.BatchNorm2d(128),
        nn.Conv2d(128, 256, 4, 2, 1),
        nn.BatchNorm2d(256),
        nn.Conv2d(256, 1, 4),
        nn.Sigmoid(),
    )


def doubled() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 32, 3, padding=1),
        nn.Conv2d(32, 32, 3, padding=1),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1),
        nn.Conv2d(64, 64, 3, padding=1),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(4096, 10),
    )


TABLES: dict[str, Described] = {
    "model 1, tabs": Described(
        """\
Layer Num	Layer Type	Number of Hidden Units / Num Filter	Kernel Size / Padding / Stride	Activation Function
1	Conv2D	32	5 / 2 / 1	ReLU
2	Conv2D	64	5 / 2 / 1	ReLU
3	Conv2D	128	5 / 2 / 1	ReLU
3	MaxPool2D	-	2 / 0 / 2	-
3	BatchNorm2D	128	-	-
4	Conv2D	256	3 / 1 / 1	ReLU
5	Conv2D	512	3 / 1 / 1	ReLU
6	Conv2D	1024	3 / 1 / 1	ReLU
6	MaxPool2D	-	2 / 0 / 2	-
6	BatchNorm2D	1024	-	-
-	-	-	-	-
7	Flatten	-	-	-
8	Linear	128	-	ReLU
9	Linear	128	-	ReLU
10	Linear	10	-	Softmax
""",
        (3, 32, 32),
        networks.model_1,
    ),
    "shapes of a report, tabs": Described(
        """\
    Input channels	Output channels	Layer type	Kernel size	Add. Info
    3*128*128	8*124*124	Conv2d, ReLU	5	0 Padding
    8*124*124	8*62*62	MaxPool2d	2	Stride=2
    8*62*62	16*58*58	Conv2d, ReLU	5	0 Padding
    16*58*58	16*29*29	MaxPool2d	2	Stride=2
    16*29*29	64	Linear, ReLU	-	-
    64	10	Linear	-	_
""",
        None,
        networks.table_net,
    ),
    "network 1, shortened": Described(
        """\
    Layer Type	Number of Hidden Units	Activation Function          (kernel 3, padding 1, stride 1 said in the text)
    Conv2D	32	ReLU
    BatchNorm2D	-	-
    Conv2D	-	ReLU                                         (a dash: as the layer above)
    BatchNorm2D	-	-
    MaxPool2D	-	-
    Dropout	-	-
    ... twice more with 64 and 128 ...
    Flatten	-	-
    Dense	64	LeakyReLU
    Dense	10	Softmax
""",
        (3, 32, 32),
        networks.network_1,
    ),
    "network 2, the text says the kernel": Described(
        """\
All convolutions 5x5, padding 2, stride 1; pooling 2x2.

| Layer Type  | Filters | Activation | Notes |
|-------------|--------:|:----------:|-------|
| Conv2D      | 32      | ELU        |       |
| BatchNorm2D |         |            |       |
| Conv2D      | –       | ELU        |       |
| BatchNorm2D | –       | –          |       |
| MaxPool2D   | –       | –          |       |
| Dropout     | –       | –          | p=0.5 |
| Conv2D      | 64      | ELU        |       |
| BatchNorm2D | –       | –          |       |
| Conv2D      | –       | ELU        |       |
| BatchNorm2D | –       | –          |       |
| MaxPool2D   | –       | –          |       |
| Dropout     | –       | –          | p=0.4 |
| Conv2D      | 128     | ELU        |       |
| BatchNorm2D | –       | –          |       |
| Conv2D      | –       | ELU        |       |
| BatchNorm2D | –       | –          |       |
| MaxPool2D   | –       | –          |       |
| Dropout     | –       | –          | p=0.3 |
| Flatten     | –       | –          |       |
| Dense       | 10      | Softmax    |       |
""",
        (3, 32, 32),
        networks.network_2,
    ),
    "model 2, pipes without outer pipes": Described(
        """\
Operation | #Filters | K | P | S
:--|--:|:-:|:-:|:-:
Conv | 32 | 3 | 2 | 1
Max Pooling | - | 2 | 0 | 2
Conv | 64 | 3 | 2 | 1
BatchNorm2d | - | - | - | -
Conv | 128 | 5 | 2 | 1
Max Pooling | - | 2 | 0 | 2
Conv | 256 | 5 | 2 | 1
BatchNorm2d | - | - | - | -
Conv | 512 | 7 | 2 | 1
Max Pooling | - | 2 | 0 | 2
Flatten | - | - | - | -
FC + ReLU | 64 | - | - | -
FC | 10 | - | - | -
""",
        (3, 32, 32),
        networks.model_2,
    ),
    "model 3, CSV": Described(
        """\
No.,Type,Output channels,"Kernel, stride, padding",Activation
1,Conv2d,32,"3, 1, 1",ReLU
2,Conv2d,64,"3, 1, 1",ReLU
3,Conv2d,128,"3, 1, 1",ReLU
,MaxPool2d,,"2, 2, 0",
,BatchNorm2d,,,
4,Conv2d,256,"5, 1, 2",ReLU
5,Conv2d,512,"5, 1, 2",ReLU
6,Conv2d,1024,"5, 1, 2",ReLU
,MaxPool2d,,"2, 2, 0",
,BatchNorm2d,,,
,Flatten,,,
7,Fully connected,64,,ReLU
8,Fully connected,10,,
""",
        (3, 32, 32),
        networks.model_3,
    ),
    "the baseline, semicolons": Described(
        """\
Layer;Filters;Kernel;Stride;Padding
Conv2D;32;5x5;1;2
MaxPool;;2x2;2;
Conv2D;64;5x5;1;2
MaxPool;;2x2;2;
Conv2D;128;5x5;1;2
MaxPool;;2x2;2;
Flatten;;;;
Dense;64;;;
Dense;10;;;
""",
        (3, 32, 32),
        baseline,
    ),
    "the baseline, aligned": Described(
        """\
Table 2: our baseline on 3x32x32 images

Layer       Filters   Kernel size   Padding   Activation   Output shape
Conv1       32        5 × 5         2         ReLU         32 × 32 × 32
Pool1                 2 × 2                                32 × 16 × 16
Conv2       64        5 × 5         2         ReLU         64 × 16 × 16
Pool2                 2 × 2                                64 × 8 × 8
Conv3       128       5 × 5         2         ReLU         128 × 8 × 8
Pool3                 2 × 2                                128 × 4 × 4
FC1         64                                ReLU         64
FC2         10                                Softmax      10
""",
        None,
        baseline,
    ),
    "LeNet-5 of a blog": Described(
        """\
Layer		Feature Map	Size	Kernel Size	Stride	Activation
Input	Image	1	32x32	-	-	-
1	Convolution	6	28x28	5x5	1	tanh
2	Average Pooling	6	14x14	2x2	2	tanh
3	Convolution	16	10x10	5x5	1	tanh
4	Average Pooling	16	5x5	2x2	2	tanh
5	Convolution	120	1x1	5x5	1	tanh
6	FC	-	84	-	-	tanh
Output	FC	-	10	-	-	softmax
""",
        None,
        lenet_5_of_convolutions,
    ),
    "LeNet-5 with counts": Described(
        """\
| Layer | Type            | Maps@Size | Kernel | Stride | #Params |
| ----- | --------------- | --------- | ------ | ------ | ------- |
| In    | Input           | 1@32x32   | -      | -      | 0       |
| C1    | Convolution     | 6@28x28   | 5x5    | 1      | 156     |
| S2    | Avg Pooling     | 6@14x14   | 2x2    | 2      | 0       |
| C3    | Convolution     | 16@10x10  | 5x5    | 1      | 2,416   |
| S4    | Avg Pooling     | 16@5x5    | 2x2    | 2      | 0       |
| C5    | Fully connected | 120       | -      | -      | 48,120  |
| F6    | Fully connected | 84        | -      | -      | 10,164  |
| Out   | Fully connected | 10        | -      | -      | 850     |
| Total |                 |           |        |        | 61,706  |
""",
        None,
        lenet_5,
    ),
    "LeNet-5 on MNIST, notes": Described(
        """\
#	Layer	Details
1	Conv2d	6 filters, 5x5, padding 2, tanh
2	AvgPool2d	2x2, stride 2
3	Conv2d	16 filters, kernel size 5, no padding
4	AvgPool2d	2x2, stride 2
5	Flatten
6	Linear	120 units
7	Linear	84 units
8	Linear	10 units
""",
        (1, 28, 28),
        lambda: lenet_5(padding=2),
    ),
    "AlexNet": Described(
        """\
| Layer    | # filters / neurons | Filter size | Stride | Padding | Size of feature map | Activation function |
|----------|---------------------|-------------|--------|---------|---------------------|---------------------|
| Input    | -                   | -           | -      | -       | 227 x 227 x 3       | -                   |
| Conv 1   | 96                  | 11 x 11     | 4      | -       | 55 x 55 x 96        | ReLU                |
| Max Pool 1 | -                 | 3 x 3       | 2      | -       | 27 x 27 x 96        | -                   |
| Conv 2   | 256                 | 5 x 5       | 1      | 2       | 27 x 27 x 256       | ReLU                |
| Max Pool 2 | -                 | 3 x 3       | 2      | -       | 13 x 13 x 256       | -                   |
| Conv 3   | 384                 | 3 x 3       | 1      | 1       | 13 x 13 x 384       | ReLU                |
| Conv 4   | 384                 | 3 x 3       | 1      | 1       | 13 x 13 x 384       | ReLU                |
| Conv 5   | 256                 | 3 x 3       | 1      | 1       | 13 x 13 x 256       | ReLU                |
| Max Pool 3 | -                 | 3 x 3       | 2      | -       | 6 x 6 x 256         | -                   |
| Dropout 1 | rate = 0.5         | -           | -      | -       | 6 x 6 x 256         | -                   |
| Fully Connected 1 | 4096       | -           | -      | -       | 4096                | ReLU                |
| Dropout 2 | rate = 0.5         | -           | -      | -       | 4096                | -                   |
| Fully Connected 2 | 4096       | -           | -      | -       | 4096                | ReLU                |
| Fully Connected 3 | 1000       | -           | -      | -       | 1000                | Softmax             |
""",
        None,
        alexnet,
    ),
    "AlexNet, only the sizes": Described(
        """\
Layer,Kernel,Output
Input,,227x227x3
conv1,"11x11, 96",55x55x96
pool1,"3x3",27x27x96
conv2,"5x5, 256",27x27x256
pool2,"3x3",13x13x256
conv3,"3x3, 384",13x13x384
conv4,"3x3, 384",13x13x384
conv5,"3x3, 256",13x13x256
pool5,"3x3",6x6x256
fc6,,4096
fc7,,4096
fc8,,1000
""",
        None,
        alexnet,
    ),
    "VGG-16 in its own notation": Described(
        """\
Layer | Output size
--- | ---
input (224 x 224 RGB image) | 3x224x224
conv3-64 | 64x224x224
conv3-64 | 64x224x224
maxpool | 64x112x112
conv3-128 | 128x112x112
conv3-128 | 128x112x112
maxpool | 128x56x56
conv3-256 | 256x56x56
conv3-256 | 256x56x56
conv3-256 | 256x56x56
maxpool | 256x28x28
conv3-512 | 512x28x28
conv3-512 | 512x28x28
conv3-512 | 512x28x28
maxpool | 512x14x14
conv3-512 | 512x14x14
conv3-512 | 512x14x14
conv3-512 | 512x14x14
maxpool | 512x7x7
FC-4096 | 4096
FC-4096 | 4096
FC-1000 | 1000
soft-max | 1000
""",
        None,
        vgg_16,
    ),
    "VGG-16 by counts alone": Described(
        """\
Type\tFilters\tSize\tParameters
Conv\t64\t224\t1,792
Conv\t64\t224\t36,928
MaxPool\t\t112\t0
Conv\t128\t112\t73,856
Conv\t128\t112\t147,584
MaxPool\t\t56\t0
Conv\t256\t56\t295,168
Conv\t256\t56\t590,080
Conv\t256\t56\t590,080
MaxPool\t\t28\t0
Conv\t512\t28\t1,180,160
Conv\t512\t28\t2,359,808
Conv\t512\t28\t2,359,808
MaxPool\t\t14\t0
Conv\t512\t14\t2,359,808
Conv\t512\t14\t2,359,808
Conv\t512\t14\t2,359,808
MaxPool\t\t7\t0
FC\t4096\t\t102,764,544
FC\t4096\t\t16,781,312
FC\t1000\t\t4,097,000
Total\t\t\t138.4M
""",
        (3, 224, 224),
        vgg_16,
    ),
    "Keras 2 summary": Described(
        """\
Model: "sequential"
_________________________________________________________________
 Layer (type)                Output Shape              Param #
=================================================================
 conv2d (Conv2D)             (None, 26, 26, 32)        320

 max_pooling2d (MaxPooling2D  (None, 13, 13, 32)       0
 )

 conv2d_1 (Conv2D)           (None, 11, 11, 64)        18496

 max_pooling2d_1 (MaxPooling  (None, 5, 5, 64)         0
 2D)

 flatten (Flatten)           (None, 1600)              0

 dropout (Dropout)           (None, 1600)              0

 dense (Dense)               (None, 10)                16010

=================================================================
Total params: 34,826
Trainable params: 34,826
Non-trainable params: 0
_________________________________________________________________
""",
        None,
        keras_mnist,
    ),
    "Keras 3 summary": Described(
        """\
Model: "sequential"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓
┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩
│ conv2d (Conv2D)                 │ (None, 32, 32, 32)     │           896 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ batch_normalization             │ (None, 32, 32, 32)     │           128 │
│ (BatchNormalization)            │                        │               │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ re_lu (ReLU)                    │ (None, 32, 32, 32)     │             0 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ max_pooling2d (MaxPooling2D)    │ (None, 16, 16, 32)     │             0 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ conv2d_1 (Conv2D)               │ (None, 16, 16, 64)     │        18,496 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ batch_normalization_1           │ (None, 16, 16, 64)     │           256 │
│ (BatchNormalization)            │                        │               │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ max_pooling2d_1 (MaxPooling2D)  │ (None, 8, 8, 64)       │             0 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ flatten (Flatten)               │ (None, 4096)           │             0 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ dense (Dense)                   │ (None, 10)             │        40,970 │
└─────────────────────────────────┴────────────────────────┴───────────────┘
 Total params: 60,746 (237.29 KB)
 Trainable params: 60,554 (236.54 KB)
 Non-trainable params: 192 (768.00 B)
""",
        None,
        keras_normalised,
    ),
    "torchsummary": Described(
        """\
----------------------------------------------------------------
        Layer (type)               Output Shape         Param #
================================================================
            Conv2d-1           [-1, 32, 32, 32]             896
              ReLU-2           [-1, 32, 32, 32]               0
            Conv2d-3           [-1, 32, 30, 30]           9,248
              ReLU-4           [-1, 32, 30, 30]               0
         MaxPool2d-5           [-1, 32, 15, 15]               0
           Dropout-6           [-1, 32, 15, 15]               0
            Conv2d-7           [-1, 64, 15, 15]          18,496
              ReLU-8           [-1, 64, 15, 15]               0
            Conv2d-9           [-1, 64, 13, 13]          36,928
             ReLU-10           [-1, 64, 13, 13]               0
        MaxPool2d-11             [-1, 64, 6, 6]               0
          Dropout-12             [-1, 64, 6, 6]               0
          Flatten-13                 [-1, 2304]               0
           Linear-14                  [-1, 512]       1,180,160
             ReLU-15                  [-1, 512]               0
          Dropout-16                  [-1, 512]               0
           Linear-17                   [-1, 10]           5,130
          Softmax-18                   [-1, 10]               0
================================================================
Total params: 1,250,858
Trainable params: 1,250,858
Non-trainable params: 0
----------------------------------------------------------------
Input size (MB): 0.01
Forward/backward pass size (MB): 1.28
""",
        None,
        cifar,
    ),
    "torchinfo": Described(
        """\
==========================================================================================
Layer (type:depth-idx)                   Output Shape              Param #
==========================================================================================
Sequential                               [1, 10]                   --
├─Conv2d: 1-1                            [1, 32, 32, 32]           896
├─ReLU: 1-2                              [1, 32, 32, 32]           --
├─Conv2d: 1-3                            [1, 32, 30, 30]           9,248
├─ReLU: 1-4                              [1, 32, 30, 30]           --
├─MaxPool2d: 1-5                         [1, 32, 15, 15]           --
├─Dropout: 1-6                           [1, 32, 15, 15]           --
├─Sequential: 1-7                        [1, 64, 6, 6]             --
│    └─Conv2d: 2-1                       [1, 64, 15, 15]           18,496
│    └─ReLU: 2-2                         [1, 64, 15, 15]           --
│    └─Conv2d: 2-3                       [1, 64, 13, 13]           36,928
│    └─ReLU: 2-4                         [1, 64, 13, 13]           --
│    └─MaxPool2d: 2-5                    [1, 64, 6, 6]             --
│    └─Dropout: 2-6                      [1, 64, 6, 6]             --
├─Flatten: 1-8                           [1, 2304]                 --
├─Linear: 1-9                            [1, 512]                  1,180,160
├─ReLU: 1-10                             [1, 512]                  --
├─Dropout: 1-11                          [1, 512]                  --
├─Linear: 1-12                           [1, 10]                   5,130
├─Softmax: 1-13                          [1, 10]                   --
==========================================================================================
Total params: 1,250,858
Trainable params: 1,250,858
Non-trainable params: 0
Total mult-adds (Units.MEGABYTES): 20.69
==========================================================================================
""",
        (3, 32, 32),
        cifar,
    ),
    "from the output to the input": Described(
        """\
Layer	Units / Filters	Kernel	Padding	Activation
Softmax	-	-	-	-
FC	10	-	-	-
FC	64	-	-	ReLU
MaxPool	-	2x2	-	-
Conv	128	5x5	2	ReLU
MaxPool	-	2x2	-	-
Conv	64	5x5	2	ReLU
MaxPool	-	2x2	-	-
Conv	32	5x5	2	ReLU
Input	3x32x32
""",
        None,
        baseline,
    ),
    "options in words": Described(
        """\
| Layer | Filters | Kernel |
|---|---|---|
| Conv2D | 16 | 5x5, s=2, p=same |
| Activation (ReLU) | | |
| Conv2D | 32 | 5x5, s=2, p=same |
| ReLU | | |
| Conv2D | 64 | 3x3, s=1, p=valid |
| Global Average Pooling | | |
| Dense | 10 | n/a |
""",
        (3, 32, 32),
        strided,
    ),
    "a course's table with its counts put right": Described(
        """\
|                 | Activation Shape | Activation Size | # Parameters |
|-----------------|------------------|-----------------|--------------|
| Input:          | (32, 32, 3)      | 3072            | 0            |
| CONV1 (f=5, s=1) | (28, 28, 8)     | 6272            | 608          |
| POOL1           | (14, 14, 8)      | 1568            | 0            |
| CONV2 (f=5, s=1) | (10, 10, 16)    | 1600            | 3216         |
| POOL2           | (5, 5, 16)       | 400             | 0            |
| FC3             | (120, 1)         | 120             | 48120        |
| FC4             | (84, 1)          | 84              | 10164        |
| Softmax         | (10, 1)          | 10              | 850          |
""",
        None,
        course_example,
    ),
    "MobileNet's start": Described(
        """\
Type / Stride	Filter Shape	Input Size
Conv / s2	3 × 3 × 3 × 32	224 × 224 × 3
Conv dw / s1	3 × 3 × 32 dw	112 × 112 × 32
Conv / s1	1 × 1 × 32 × 64	112 × 112 × 32
Conv dw / s2	3 × 3 × 64 dw	112 × 112 × 64
Conv / s1	1 × 1 × 64 × 128	56 × 56 × 64
Global Avg Pool	Pool 56 × 56	56 × 56 × 128
""",
        None,
        mobile_start,
    ),
    "a signal": Described(
        """\
Layer;Filters;Kernel size;Padding;Stride
Conv1D;16;7;3;1
BatchNorm1d;;;;
MaxPool1D;;4;;4
Conv1D;32;5;2;1
Flatten;;;;
Linear;5;;;
""",
        (1, 128),
        signal,
    ),
    "a generator": Described(
        """\
| Layer           | Kernel | Stride | Padding | Output shape | Activation |
|-----------------|--------|--------|---------|--------------|------------|
| Input           |        |        |         | 100          |            |
| Dense           |        |        |         | 6272         |            |
| Reshape         |        |        |         | 128x7x7      |            |
| ConvTranspose2d | 4x4    | 2      | 1       | 64x14x14     |            |
| BatchNorm       |        |        |         | 64x14x14     |            |
| ConvTranspose2d | 4x4    | 2      | 1       | 1x28x28      | tanh       |
""",
        None,
        generator,
    ),
    "a perceptron": Described(
        """\
Layer,Units,Activation,Dropout
Input,784,,
Hidden 1,128,ReLU,0.5
Hidden 2,64,ReLU,
Output,10,Softmax,
""",
        None,
        perceptron,
    ),
    "layers in a cell": Described(
        """\
Block | Layers
--- | ---
1 | Conv 3x3, 96, pad 1 + ReLU
2 | Conv 3x3, 96, pad 1 + ReLU
3 | Conv 3x3, 96, stride 2, pad 1, ReLU
4 | 3x3 conv, 192, pad 1, ReLU
5 | 3x3 conv, 192, /2, pad 1, ReLU
6 | 3×3 conv. 192 ReLU
7 | 1×1 conv. 192 ReLU
8 | 1×1 conv. 10 ReLU
9 | global averaging pooling
""",
        (3, 32, 32),
        all_convolutional,
    ),
    "torch's constructors": Described(
        """\
| Name  | Layer                             |
|-------|-----------------------------------|
| conv1 | `nn.Conv2d(3, 32, 5, padding=2)`  |
| pool  | `nn.MaxPool2d(2, 2)`              |
| conv2 | `nn.Conv2d(32, 64, 5, padding=2)` |
| pool  | `nn.MaxPool2d(2, 2)`              |
| conv3 | `nn.Conv2d(64, 128, 5, padding=2)` |
| pool  | `nn.MaxPool2d(2, 2)`              |
| fc1   | `nn.Linear(2048, 64)`             |
| fc2   | `nn.Linear(64, 10)`               |
""",
        (3, 32, 32),
        baseline,
    ),
    "Keras's constructors": Described(
        """\
Layer	Operation
1	Conv2D(filters=32, kernel_size=(5, 5), padding='same', activation='relu')
2	MaxPooling2D((2, 2))
3	Conv2D(64, (5, 5), padding='same', activation='relu')
4	MaxPooling2D((2, 2))
5	Conv2D(128, 5, padding='same', activation='relu')
6	MaxPooling2D((2, 2))
7	Flatten()
8	Dense(64, activation='relu')
9	Dense(10, activation='softmax')
""",
        (3, 32, 32),
        baseline,
    ),
    "kernels as volumes": Described(
        """\
Layer     Filter          Stride   Pad   Output
conv      5x5x32          1        2     32x32x32
maxpool   2x2             2        0     16x16x32
conv      5x5x64          1        2     16x16x64
maxpool   2x2             2        0     8x8x64
conv      5x5x128         1        2     8x8x128
maxpool   2x2             2        0     4x4x128
fc        -               -        -     64
fc        -               -        -     10
""",
        (3, 32, 32),
        baseline,
    ),
    "no input, but a count": Described(
        """\
Layer | Filters/Units | Kernel | #Param
---|---|---|---
Conv | 20 | 5 | 520
Pool | - | 2 | -
Conv | 50 | 5 | 25 050
Pool | - | 2 | -
Dense, ReLU | 500 | - | 400.5k
Dense | 10 | - | 5 010
**Total** | | | 431 080
""",
        (1, 28, 28),
        two_convolutions,
    ),
    "nothing but counts says the padding": Described(
        """\
Layer,Filters,Kernel,Parameters
Conv2D,20,3x3,200
MaxPool,,2x2,0
Conv2D,50,3x3,"9,050"
MaxPool,,2x2,0
Dense,500,,"1,225,500"
ReLU,,,0
Dense,10,,"5,010"
""",
        (1, 28, 28),
        lambda: two_convolutions(3, 1, 2450),
    ),
    "Keras with an input layer": Described(
        """\
Model: "model"
_________________________________________________________________
Layer (type)                 Output Shape              Param #
=================================================================
input_1 (InputLayer)         [(None, 28, 28, 1)]       0
_________________________________________________________________
conv2d (Conv2D)              (None, 28, 28, 16)        160
_________________________________________________________________
conv2d_1 (Conv2D)            (None, 14, 14, 32)        4640
_________________________________________________________________
global_average_pooling2d (Gl (None, 32)                0
_________________________________________________________________
dense (Dense)                (None, 10)                330
=================================================================
Total params: 5,130
Trainable params: 5,130
Non-trainable params: 0
_________________________________________________________________
""",
        None,
        keras_global,
    ),
    "maps and neurons in words": Described(
        """\
| Layer | Type            | Maps and neurons           | Kernel |
|-------|-----------------|----------------------------|--------|
| 0     | input           | 1 map of 29x29 neurons     |        |
| 1     | convolutional   | 20 maps of 26x26 neurons   | 4x4    |
| 2     | max pooling     | 20 maps of 13x13 neurons   | 2x2    |
| 3     | convolutional   | 40 maps of 9x9 neurons     | 5x5    |
| 4     | max pooling     | 40 maps of 3x3 neurons     | 3x3    |
| 5     | fully connected | 150 neurons                |        |
| 6     | fully connected | 10 neurons                 |        |
""",
        None,
        committee_member,
    ),
    "normalisation in a column": Described(
        """\
Layer | Filters | Kernel | Stride | Padding | BN | Activation
--|--|--|--|--|--|--
Conv2d | 64 | 4x4 | 2 | 1 | No | LeakyReLU(0.2)
Conv2d | 128 | 4x4 | 2 | 1 | Yes | LeakyReLU(0.2)
Conv2d | 256 | 4x4 | 2 | 1 | ✓ | LeakyReLU(0.2)
Conv2d | 1 | 4x4 | 1 | 0 | ✗ | Sigmoid
""",
        (3, 64, 64),
        discriminator,
    ),
    "rows that come twice": Described(
        """\
Layer,Filters,Kernel,Padding,Repeat
Conv + ReLU,32,3x3,1,2
MaxPool,,2,,1
Conv + ReLU,64,3x3,1,2
MaxPool,,2,,1
FC,10,,,
""",
        (3, 32, 32),
        doubled,
    ),
    "pooling in a column": Described(
        """\
Layer	Filters	Kernel	Padding	Pooling	Activation	Dropout
Conv1	32	5x5	same	2x2 max	ReLU	0.25
Conv2	64	5x5	same	2x2 max	ReLU	0.25
Conv3	128	5x5	same	2x2 max	ReLU	0.25

FC1	64	-	-	-	ReLU	0.5
FC2	10	-	-	-	Softmax	-
""",
        (3, 32, 32),
        baseline,
    ),
    "LaTeX": Described(
        r"""\begin{tabular}{lrcc}
\hline
\textbf{Layer} & \textbf{Filters} & \textbf{Kernel} & \textbf{Padding} \\ \hline
Conv     & 32  & $5\times5$ & 2 \\
Max pool & --  & $2\times2$ & --\\
Conv     & 64  & $5\times5$ & 2 \\
Max pool & --  & $2\times2$ & --\\
Conv     & 128 & $5\times5$ & 2 \\
Max pool & --  & $2\times2$ & --\\ \hline
FC       & 64  & --         & --\\
FC       & 10  & --         & --\\
\hline
\end{tabular}
""",
        (3, 32, 32),
        baseline,
    ),
    "the text says nearly all": Described(
        """\
All conv layers use 3x3 kernels with stride 1 and same padding; max pooling 2x2.

Type        Channels
Conv        32
Conv        32
Pool
Conv        64
Conv        64
Pool
Flatten
Dense       10
""",
        (3, 32, 32),
        doubled,
    ),
}
