"""Layer tables in the styles of papers, course notes, blogs and the summaries of tools, with their parameters or their refusal."""

from typing import NamedTuple


class Public(NamedTuple):
    """A table, the input given with it, and its parameters, or what its refusal says."""

    text: str
    shape: tuple[int, ...] | None
    wanted: int | str


PUBLIC: dict[str, Public] = {
    "wiki alexnet rows": Public(
        """\
| Layer | Output | Parameters |
|---|---|---|
| Input | 224x224x3 | |
| 11x11 conv, 96, /4, pad 2 | 55x55x96 | |
| 3x3 max pool, /2 | 27x27x96 | |
| 5x5 conv, 256, pad 2 | 27x27x256 | |
| 3x3 max pool, /2 | 13x13x256 | |
| 3x3 conv, 384, pad 1 | 13x13x384 | |
| 3x3 conv, 384, pad 1 | 13x13x384 | |
| 3x3 conv, 256, pad 1 | 13x13x256 | |
| 3x3 max pool, /2 | 6x6x256 | |
| FC 4096 | 4096 | |
| FC 4096 | 4096 | |
| FC 1000 | 1000 | |
""",
        None,
        62_378_344,
    ),
    "alexnet grouped": Public(
        """\
Layer	Type	Maps	Size	Kernel	Stride	Padding	Groups	Activation	Parameters
In	Input	3	227x227	-	-	-	-	-	0
C1	Convolution	96	55x55	11x11	4	0	1	ReLU	34,944
S2	Max pooling	96	27x27	3x3	2	0	-	-	0
C3	Convolution	256	27x27	5x5	1	2	2	ReLU	307,456
S4	Max pooling	256	13x13	3x3	2	0	-	-	0
C5	Convolution	384	13x13	3x3	1	1	1	ReLU	885,120
C6	Convolution	384	13x13	3x3	1	1	2	ReLU	663,936
C7	Convolution	256	13x13	3x3	1	1	2	ReLU	442,624
S8	Max pooling	256	6x6	3x3	2	0	-	-	0
F9	Fully connected	-	4096	-	-	-	-	ReLU	37,752,832
F10	Fully connected	-	4096	-	-	-	-	ReLU	16,781,312
Out	Fully connected	-	1000	-	-	-	-	Softmax	4,097,000
Total									60,965,224
""",
        None,
        60_965_224,
    ),
    "geron lenet": Public(
        """\
Layer	Type	Maps	Size	Kernel size	Stride	Activation
Out	Fully connected	–	10	–	–	RBF
F6	Fully connected	–	84	–	–	tanh
C5	Convolution	120	1 × 1	5 × 5	1	tanh
S4	Avg pooling	16	5 × 5	2 × 2	2	tanh
C3	Convolution	16	10 × 10	5 × 5	1	tanh
S2	Avg pooling	6	14 × 14	2 × 2	2	tanh
C1	Convolution	6	28 × 28	5 × 5	1	tanh
In	Input	1	32 × 32	–	–	–
""",
        None,
        61_706,
    ),
    "geron alexnet": Public(
        """\
Layer	Type	Maps	Size	Kernel size	Stride	Padding	Activation
Out	Fully connected	–	1,000	–	–	–	Softmax
F10	Fully connected	–	4,096	–	–	–	ReLU
F9	Fully connected	–	4,096	–	–	–	ReLU
S8	Max pooling	256	6 × 6	3 × 3	2	valid	–
C7	Convolution	256	13 × 13	3 × 3	1	same	ReLU
C6	Convolution	384	13 × 13	3 × 3	1	same	ReLU
C5	Convolution	384	13 × 13	3 × 3	1	same	ReLU
S4	Max pooling	256	13 × 13	3 × 3	2	valid	–
C3	Convolution	256	27 × 27	5 × 5	1	same	ReLU
S2	Max pooling	96	27 × 27	3 × 3	2	valid	–
C1	Convolution	96	55 × 55	11 × 11	4	valid	ReLU
In	Input	3 (RGB)	227 × 227	–	–	–	–
""",
        None,
        62_378_344,
    ),
    "mobilenet v1 repeated": Public(
        """\
| Type / Stride | Filter Shape | Input Size |
|---|---|---|
| Conv / s2 | 3 × 3 × 3 × 32 | 224 × 224 × 3 |
| Conv dw / s1 | 3 × 3 × 32 dw | 112 × 112 × 32 |
| Conv / s1 | 1 × 1 × 32 × 64 | 112 × 112 × 32 |
| Conv dw / s2 | 3 × 3 × 64 dw | 112 × 112 × 64 |
| Conv / s1 | 1 × 1 × 64 × 128 | 56 × 56 × 64 |
| Conv dw / s1 | 3 × 3 × 128 dw | 56 × 56 × 128 |
| Conv / s1 | 1 × 1 × 128 × 128 | 56 × 56 × 128 |
| Conv dw / s2 | 3 × 3 × 128 dw | 56 × 56 × 128 |
| Conv / s1 | 1 × 1 × 128 × 256 | 28 × 28 × 128 |
| Conv dw / s1 | 3 × 3 × 256 dw | 28 × 28 × 256 |
| Conv / s1 | 1 × 1 × 256 × 256 | 28 × 28 × 256 |
| Conv dw / s2 | 3 × 3 × 256 dw | 28 × 28 × 256 |
| Conv / s1 | 1 × 1 × 256 × 512 | 14 × 14 × 256 |
| 5× Conv dw / s1 | 3 × 3 × 512 dw | 14 × 14 × 512 |
| 5× Conv / s1 | 1 × 1 × 512 × 512 | 14 × 14 × 512 |
| Conv dw / s2 | 3 × 3 × 512 dw | 14 × 14 × 512 |
| Conv / s1 | 1 × 1 × 512 × 1024 | 7 × 7 × 512 |
| Conv dw / s2 | 3 × 3 × 1024 dw | 7 × 7 × 1024 |
| Conv / s1 | 1 × 1 × 1024 × 1024 | 7 × 7 × 1024 |
| Avg Pool / s1 | Pool 7 × 7 | 7 × 7 × 1024 |
| FC / s1 | 1024 × 1000 | 1 × 1 × 1024 |
| Softmax / s1 | Classifier | 1 × 1 × 1000 |
""",
        None,
        4_221_032,
    ),
    "keras functional": Public(
        """\
Model: "functional_1"
__________________________________________________________________________________________________
 Layer (type)                   Output Shape         Param #     Connected to
==================================================================================================
 input_1 (InputLayer)           [(None, 32, 32, 3)]  0           []
 conv2d (Conv2D)                (None, 32, 32, 64)   1792        ['input_1[0][0]']
 batch_normalization (BatchNorm  (None, 32, 32, 64)  256         ['conv2d[0][0]']
 alization)
 activation (Activation)        (None, 32, 32, 64)   0           ['batch_normalization[0][0]']
 conv2d_1 (Conv2D)              (None, 32, 32, 64)   36928       ['activation[0][0]']
 add (Add)                      (None, 32, 32, 64)   0           ['activation[0][0]',
                                                                  'conv2d_1[0][0]']
 conv2d_2 (Conv2D)              (None, 32, 32, 32)   18464       ['add[0][0]']
 concatenate (Concatenate)      (None, 32, 32, 96)   0           ['add[0][0]',
                                                                  'conv2d_2[0][0]']
 global_average_pooling2d (Glob  (None, 96)          0           ['concatenate[0][0]']
 alAveragePooling2D)
 dense (Dense)                  (None, 10)           970         ['global_average_pooling2d[0][0]']
==================================================================================================
Total params: 58,410
Trainable params: 58,282
Non-trainable params: 128
__________________________________________________________________________________________________
""",
        None,
        58_282,
    ),
    "torchsummary resnet part": Public(
        """\
----------------------------------------------------------------
        Layer (type)               Output Shape         Param #
================================================================
            Conv2d-1         [-1, 64, 112, 112]           9,408
       BatchNorm2d-2         [-1, 64, 112, 112]             128
              ReLU-3         [-1, 64, 112, 112]               0
         MaxPool2d-4           [-1, 64, 56, 56]               0
            Conv2d-5           [-1, 64, 56, 56]          36,864
       BatchNorm2d-6           [-1, 64, 56, 56]             128
              ReLU-7           [-1, 64, 56, 56]               0
            Conv2d-8           [-1, 64, 56, 56]          36,864
       BatchNorm2d-9           [-1, 64, 56, 56]             128
             ReLU-10           [-1, 64, 56, 56]               0
       BasicBlock-11           [-1, 64, 56, 56]               0
           Conv2d-12          [-1, 128, 28, 28]          73,728
      BatchNorm2d-13          [-1, 128, 28, 28]             256
             ReLU-14          [-1, 128, 28, 28]               0
           Conv2d-15          [-1, 128, 28, 28]         147,456
      BatchNorm2d-16          [-1, 128, 28, 28]             256
           Conv2d-17          [-1, 128, 28, 28]           8,192
      BatchNorm2d-18          [-1, 128, 28, 28]             256
             ReLU-19          [-1, 128, 28, 28]               0
       BasicBlock-20          [-1, 128, 28, 28]               0
AdaptiveAvgPool2d-21            [-1, 128, 1, 1]               0
           Linear-22                   [-1, 10]           1,290
================================================================
Total params: 314,954
Trainable params: 314,954
Non-trainable params: 0
----------------------------------------------------------------
""",
        (3, 224, 224),
        314_954,
    ),
    "torchinfo with input and kernel": Public(
        """\
===================================================================================================================
Layer (type:depth-idx)                   Input Shape               Output Shape              Param #                   Kernel Shape
===================================================================================================================
LeNet                                    [64, 1, 28, 28]           [64, 10]                  --                        --
├─Conv2d: 1-1                            [64, 1, 28, 28]           [64, 6, 28, 28]           156                       [5, 5]
├─AvgPool2d: 1-2                         [64, 6, 28, 28]           [64, 6, 14, 14]           --                        2
├─Conv2d: 1-3                            [64, 6, 14, 14]           [64, 16, 10, 10]          2,416                     [5, 5]
├─AvgPool2d: 1-4                         [64, 16, 10, 10]          [64, 16, 5, 5]            --                        2
├─Linear: 1-5                            [64, 400]                 [64, 120]                 48,120                    --
├─Linear: 1-6                            [64, 120]                 [64, 84]                  10,164                    --
├─Linear: 1-7                            [64, 84]                  [64, 10]                  850                       --
===================================================================================================================
Total params: 61,706
Trainable params: 61,706
Non-trainable params: 0
Total mult-adds (Units.MEGABYTES): 27.05
===================================================================================================================
Input size (MB): 0.20
""",
        None,
        61_706,
    ),
    "lightning": Public(
        """\
  | Name    | Type             | Params | Mode
-----------------------------------------------------
0 | conv1   | Conv2d           | 320    | train
1 | conv2   | Conv2d           | 18.5 K | train
2 | pool    | MaxPool2d        | 0      | train
3 | fc1     | Linear           | 1.2 M  | train
4 | fc2     | Linear           | 1.3 K  | train
5 | loss    | CrossEntropyLoss | 0      | train
-----------------------------------------------------
1.2 M     Trainable params
0         Non-trainable params
1.2 M     Total params
4.800     Total estimated model params size (MB)
""",
        (1, 28, 28),
        "how many filters it has is not said",
    ),
    "latex siunitx": Public(
        r"""
\begin{table}[h]
\centering
\caption{Architecture of the network. The input is a $32 \times 32 \times 3$ image.}
\begin{tabular}{|l|c|c|c|r|}
\hline
\textbf{Layer} & \textbf{Kernel} & \textbf{Stride} & \textbf{Output} & \textbf{\# Params} \\
\hline\hline
Conv1 + ReLU & $5 \times 5$ & 1 & $28 \times 28 \times 6$ & \num{456} \\ \hline
MaxPool & $2 \times 2$ & 2 & $14 \times 14 \times 6$ & 0 \\ \hline
Conv2 + ReLU & $5 \times 5$ & 1 & $10 \times 10 \times 16$ & 2{,}416 \\ \hline
MaxPool & $2 \times 2$ & 2 & $5 \times 5 \times 16$ & 0 \\ \hline
FC1 + ReLU & -- & -- & 120 & 48\,120 \\ \hline
FC2 + ReLU & -- & -- & 84 & 10{,}164 \\ \hline
FC3 & -- & -- & 10 & 850 \\ \hline
\multicolumn{4}{|r|}{Total} & 62{,}006 \\
\hline
\end{tabular}
\end{table}
""",
        None,
        62_006,
    ),
    "html": Public(
        """\
<table>
<thead><tr><th>Layer</th><th>Filters</th><th>Kernel size</th><th>Output shape</th><th>Params</th></tr></thead>
<tbody>
<tr><td>Input</td><td>&ndash;</td><td>&ndash;</td><td>28&times;28&times;1</td><td>0</td></tr>
<tr><td>Conv2D</td><td>32</td><td>3&times;3</td><td>26&times;26&times;32</td><td>320</td></tr>
<tr><td>MaxPooling2D</td><td></td><td>2&times;2</td><td>13&times;13&times;32</td><td>0</td></tr>
<tr><td>Flatten</td><td></td><td></td><td>5408</td><td>0</td></tr>
<tr><td>Dense</td><td>10</td><td></td><td>10</td><td>54,090</td></tr>
</tbody>
</table>
""",
        None,
        54_410,
    ),
    "rst grid": Public(
        """\
+-----------+---------+--------+--------+
| Layer     | Filters | Kernel | Stride |
+===========+=========+========+========+
| Conv2D    | 16      | 3x3    | 1      |
+-----------+---------+--------+--------+
| MaxPool   |         | 2x2    | 2      |
+-----------+---------+--------+--------+
| Conv2D    | 32      | 3x3    | 1      |
+-----------+---------+--------+--------+
| MaxPool   |         | 2x2    | 2      |
+-----------+---------+--------+--------+
| Dense     | 10      |        |        |
+-----------+---------+--------+--------+
""",
        (1, 28, 28),
        12_810,
    ),
    "rst simple": Public(
        """\
==========  =======  ======  ======
Layer       Filters  Kernel  Stride
==========  =======  ======  ======
Conv2D      16       3x3     1
MaxPool     –        2x2     2
Conv2D      32       3x3     1
MaxPool     –        2x2     2
Dense       10       –       –
==========  =======  ======  ======
""",
        (1, 28, 28),
        12_810,
    ),
    "german": Public(
        """\
| Schicht | Typ | Filter | Kernelgröße | Schrittweite | Aktivierung |
|---|---|---|---|---|---|
| 1 | Faltung | 32 | 3x3 | 1 | ReLU |
| 2 | Max-Pooling | – | 2x2 | 2 | – |
| 3 | Faltung | 64 | 3x3 | 1 | ReLU |
| 4 | Max-Pooling | – | 2x2 | 2 | – |
| 5 | Vollverbunden | 128 | – | – | ReLU |
| 6 | Vollverbunden | 10 | – | – | Softmax |
""",
        (1, 28, 28),
        225_034,
    ),
    "french": Public(
        """\
Couche;Type;Filtres;Noyau;Pas;Paramètres
1;Convolution;32;3x3;1;320
2;Pooling max;;2x2;2;0
3;Convolution;64;3x3;1;18 496
4;Pooling max;;2x2;2;0
5;Entièrement connectée;10;;;16 010
""",
        (1, 28, 28),
        34_826,
    ),
    "stride in words": Public(
        """\
Layer | Description
---|---
Input | 32x32x3 RGB image
Convolution 5x5 | 1x1 stride, valid padding, outputs 28x28x6
RELU |
Max pooling | 2x2 stride, outputs 14x14x6
Convolution 5x5 | 1x1 stride, valid padding, outputs 10x10x16
RELU |
Max pooling | 2x2 stride, outputs 5x5x16
Flatten | outputs 400
Fully connected | outputs 120
RELU |
Dropout | keep_prob 0.5
Fully connected | outputs 84
RELU |
Fully connected | outputs 43
Softmax |
""",
        None,
        64_811,
    ),
    "udacity traffic": Public(
        """\
| Layer         		|     Description	        					|
|:---------------------:|:---------------------------------------------:|
| Input         		| 32x32x1 Grayscale image   							|
| Convolution 5x5     	| 1x1 stride, valid padding, outputs 28x28x16 	|
| RELU					|												|
| Max pooling	      	| 2x2 stride,  outputs 14x14x16 				|
| Convolution 5x5	    | 1x1 stride, valid padding, outputs 10x10x64     									|
| RELU		|         									|
| Max pooling				| 2x2 stride,  outputs 5x5x64        									|
|	Flatten			|	outputs 1600			|
|	Fully connected					|	input 1600, output 120		|
| RELU | |
| Dropout | keep 50% |
| Fully connected | input 120, output 43 |
""",
        None,
        223_403,
    ),
    "nvidia steering": Public(
        """\
Layer (type)                     Output Shape          Param #     Connected to
====================================================================================================
lambda_1 (Lambda)                (None, 66, 200, 3)    0           lambda_input_1[0][0]
____________________________________________________________________________________________________
convolution2d_1 (Convolution2D)  (None, 31, 98, 24)    1824        lambda_1[0][0]
____________________________________________________________________________________________________
convolution2d_2 (Convolution2D)  (None, 14, 47, 36)    21636       convolution2d_1[0][0]
____________________________________________________________________________________________________
convolution2d_3 (Convolution2D)  (None, 5, 22, 48)     43248       convolution2d_2[0][0]
____________________________________________________________________________________________________
convolution2d_4 (Convolution2D)  (None, 3, 20, 64)     27712       convolution2d_3[0][0]
____________________________________________________________________________________________________
convolution2d_5 (Convolution2D)  (None, 1, 18, 64)     36928       convolution2d_4[0][0]
____________________________________________________________________________________________________
flatten_1 (Flatten)              (None, 1152)          0           convolution2d_5[0][0]
____________________________________________________________________________________________________
dense_1 (Dense)                  (None, 100)           115300      flatten_1[0][0]
____________________________________________________________________________________________________
dense_2 (Dense)                  (None, 50)            5050        dense_1[0][0]
____________________________________________________________________________________________________
dense_3 (Dense)                  (None, 10)            510         dense_2[0][0]
____________________________________________________________________________________________________
dense_4 (Dense)                  (None, 1)             11          dense_3[0][0]
====================================================================================================
Total params: 252,219
Trainable params: 252,219
Non-trainable params: 0
""",
        None,
        252_219,
    ),
    "resnet 18 of the paper": Public(
        """\
| layer name | output size | 18-layer |
|---|---|---|
| conv1 | 112×112 | 7×7, 64, stride 2 |
| conv2_x | 56×56 | 3×3 max pool, stride 2 |
| conv2_x | 56×56 | [3×3, 64; 3×3, 64] ×2 |
| conv3_x | 28×28 | [3×3, 128; 3×3, 128] ×2 |
| conv4_x | 14×14 | [3×3, 256; 3×3, 256] ×2 |
| conv5_x | 7×7 | [3×3, 512; 3×3, 512] ×2 |
| | 1×1 | average pool, 1000-d fc, softmax |
""",
        (3, 224, 224),
        11_689_512,
    ),
    "resnet shorthand plain": Public(
        """\
Layer | Output
---|---
7x7 conv, 64, /2 | 112x112
3x3 max pool, /2 | 56x56
3x3 conv, 64 | 56x56
3x3 conv, 64 | 56x56
3x3 conv, 128, /2 | 28x28
3x3 conv, 128 | 28x28
avg pool | 1x1
fc 10 | 10
""",
        (3, 224, 224),
        306_058,
    ),
    "separable": Public(
        """\
Layer (type)                     Output Shape          Param #
separable_conv2d (SeparableConv2D)  (None, 26, 26, 32)    73
max_pooling2d (MaxPooling2D)        (None, 13, 13, 32)    0
separable_conv2d_1 (SeparableConv2D)  (None, 11, 11, 64)  2400
flatten (Flatten)                   (None, 7744)          0
dense (Dense)                       (None, 10)            77450
Total params: 79,923
""",
        (1, 28, 28),
        79_923,
    ),
    "dcgan generator": Public(
        """\
| Layer | Kernel | Stride | Padding | Output | BN | Activation |
|---|---|---|---|---|---|---|
| Input z | – | – | – | 100×1×1 | – | – |
| ConvTranspose2d | 4×4 | 1 | 0 | 512×4×4 | Yes | ReLU |
| ConvTranspose2d | 4×4 | 2 | 1 | 256×8×8 | Yes | ReLU |
| ConvTranspose2d | 4×4 | 2 | 1 | 128×16×16 | Yes | ReLU |
| ConvTranspose2d | 4×4 | 2 | 1 | 64×32×32 | Yes | ReLU |
| ConvTranspose2d | 4×4 | 2 | 1 | 3×64×64 | No | Tanh |
""",
        None,
        3_577_667,
    ),
    "lstm keras": Public(
        """\
Model: "sequential_2"
_________________________________________________________________
 Layer (type)                Output Shape              Param #
=================================================================
 embedding (Embedding)       (None, 100, 32)           320000
 lstm (LSTM)                 (None, 100)               53200
 dense (Dense)               (None, 1)                 101
=================================================================
Total params: 373,301
""",
        None,
        373_301,
    ),
    "gru and bidirectional": Public(
        """\
Layer (type)                Output Shape              Param #
embedding (Embedding)       (None, None, 64)          640000
bidirectional (Bidirectional (None, 128)              66048
dense (Dense)               (None, 64)                8256
dense_1 (Dense)             (None, 1)                 65
Total params: 714,369
""",
        None,
        714_369,
    ),
    "googlenet table 1": Public(
        """\
type	patch size/stride	output size	depth	#1×1	#3×3 reduce	#3×3	#5×5 reduce	#5×5	pool proj	params	ops
convolution	7×7/2	112×112×64	1							2.7K	34M
max pool	3×3/2	56×56×64	0
convolution	3×3/1	56×56×192	2		64	192				112K	360M
max pool	3×3/2	28×28×192	0
inception (3a)		28×28×256	2	64	96	128	16	32	32	159K	128M
inception (3b)		28×28×480	2	128	128	192	32	96	64	380K	304M
max pool	3×3/2	14×14×480	0
inception (4a)		14×14×512	2	192	96	208	16	48	64	364K	73M
inception (4b)		14×14×512	2	160	112	224	24	64	64	437K	88M
inception (4c)		14×14×512	2	128	128	256	24	64	64	463K	100M
inception (4d)		14×14×528	2	112	144	288	32	64	64	580K	119M
inception (4e)		14×14×832	2	256	160	320	32	128	128	840K	170M
max pool	3×3/2	7×7×832	0
inception (5a)		7×7×832	2	256	160	320	32	128	128	1072K	54M
inception (5b)		7×7×1024	2	384	192	384	48	128	128	1388K	71M
avg pool	7×7/1	1×1×1024	0
dropout (40%)		1×1×1024	0
linear		1×1×1000	1							1000K	1M
softmax		1×1×1000	0
""",
        (3, 224, 224),
        6_998_552,
    ),
    "mobilenet v2": Public(
        """\
Input	Operator	t	c	n	s
224² × 3	conv2d	-	32	1	2
112² × 32	bottleneck	1	16	1	1
112² × 16	bottleneck	6	24	2	2
56² × 24	bottleneck	6	32	3	2
28² × 32	bottleneck	6	64	4	2
14² × 64	bottleneck	6	96	3	1
14² × 96	bottleneck	6	160	3	2
7² × 160	bottleneck	6	320	1	1
7² × 320	conv2d 1x1	-	1280	1	1
7² × 1280	avgpool 7x7	-	-	1	-
1 × 1 × 1280	conv2d 1x1	-	k	-
""",
        None,
        "“k” stands for how many filters it has: write the number",
    ),
    "squeezenet": Public(
        """\
layer name/type	output size	filter size / stride (if not a fire layer)	depth	s1x1	e1x1	e3x3
input image	224x224x3
conv1	111x111x96	7x7/2 (x96)	1
maxpool1	55x55x96	3x3/2	0
fire2	55x55x128		2	16	64	64
fire3	55x55x128		2	16	64	64
fire4	55x55x256		2	32	128	128
maxpool4	27x27x256	3x3/2	0
fire5	27x27x256		2	32	128	128
""",
        None,
        133_344,
    ),
    "unet keras": Public(
        """\
Layer (type)                    Output Shape         Param #     Connected to
==================================================================================================
input_1 (InputLayer)            [(None, 128, 128, 1) 0
__________________________________________________________________________________________________
conv2d (Conv2D)                 (None, 128, 128, 16) 160         input_1[0][0]
__________________________________________________________________________________________________
conv2d_1 (Conv2D)               (None, 128, 128, 16) 2320        conv2d[0][0]
__________________________________________________________________________________________________
max_pooling2d (MaxPooling2D)    (None, 64, 64, 16)   0           conv2d_1[0][0]
__________________________________________________________________________________________________
conv2d_2 (Conv2D)               (None, 64, 64, 32)   4640        max_pooling2d[0][0]
__________________________________________________________________________________________________
conv2d_transpose (Conv2DTranspo (None, 128, 128, 16) 2064        conv2d_2[0][0]
__________________________________________________________________________________________________
concatenate (Concatenate)       (None, 128, 128, 32) 0           conv2d_transpose[0][0]
                                                                 conv2d_1[0][0]
__________________________________________________________________________________________________
conv2d_3 (Conv2D)               (None, 128, 128, 16) 4624        concatenate[0][0]
__________________________________________________________________________________________________
conv2d_4 (Conv2D)               (None, 128, 128, 1)  17          conv2d_3[0][0]
==================================================================================================
Total params: 13,825
Trainable params: 13,825
Non-trainable params: 0
""",
        None,
        13_825,
    ),
    "autoencoder": Public(
        """\
| Layer | Output shape | Kernel | Activation |
|---|---|---|---|
| Input | 28×28×1 | | |
| Conv2D | 28×28×16 | 3×3 | ReLU |
| MaxPooling2D | 14×14×16 | 2×2 | |
| Conv2D | 14×14×8 | 3×3 | ReLU |
| MaxPooling2D | 7×7×8 | 2×2 | |
| Conv2D | 7×7×8 | 3×3 | ReLU |
| UpSampling2D | 14×14×8 | 2×2 | |
| Conv2D | 14×14×16 | 3×3 | ReLU |
| UpSampling2D | 28×28×16 | 2×2 | |
| Conv2D | 28×28×1 | 3×3 | Sigmoid |
""",
        None,
        3_217,
    ),
    "repeat in a cell": Public(
        """\
Layer | Filters | Kernel | Output
---|---|---|---
Input | | | 224x224x3
Conv ×2 | 64 | 3x3 | 224x224x64
Max pool | | 2x2 | 112x112x64
Conv ×2 | 128 | 3x3 | 112x112x128
Max pool | | 2x2 | 56x56x128
Conv x 3 | 256 | 3x3 | 56x56x256
Max pool | | 2x2 | 28x28x256
3 × Conv | 512 | 3x3 | 28x28x512
Max pool | | 2x2 | 14x14x512
Conv (×3) | 512 | 3x3 | 14x14x512
Max pool | | 2x2 | 7x7x512
FC ×2 | 4096 | | 4096
FC | 1000 | | 1000
""",
        None,
        138_357_544,
    ),
    "vgg16 blog": Public(
        """\
| Layer | | Feature Map | Size | Kernel Size | Stride | Activation |
|---|---|---|---|---|---|---|
| Input | Image | 1 | 224 x 224 x 3 | - | - | - |
| 1 | 2 X Convolution | 64 | 224 x 224 x 64 | 3x3 | 1 | relu |
| | Max Pooling | 64 | 112 x 112 x 64 | 3x3 | 2 | relu |
| 3 | 2 X Convolution | 128 | 112 x 112 x 128 | 3x3 | 1 | relu |
| | Max Pooling | 128 | 56 x 56 x 128 | 3x3 | 2 | relu |
| 5 | 2 X Convolution | 256 | 56 x 56 x 256 | 3x3 | 1 | relu |
| | Max Pooling | 256 | 28 x 28 x 256 | 3x3 | 2 | relu |
| 7 | 3 X Convolution | 512 | 28 x 28 x 512 | 3x3 | 1 | relu |
| | Max Pooling | 512 | 14 x 14 x 512 | 3x3 | 2 | relu |
| 10 | 3 X Convolution | 512 | 14 x 14 x 512 | 3x3 | 1 | relu |
| | Max Pooling | 512 | 7 x 7 x 512 | 3x3 | 2 | relu |
| 13 | FC | - | 25088 | - | - | relu |
| 14 | FC | - | 4096 | - | - | relu |
| 15 | FC | - | 4096 | - | - | relu |
| Output | FC | - | 1000 | - | - | Softmax |
""",
        None,
        137_767_464,
    ),
    "alexnet blog": Public(
        """\
Layer		Feature Map	Size	Kernel Size	Stride	Activation
Input	Image	1	227x227x3	-	-	-
1	Convolution	96	55 x 55 x 96	11x11	4	relu
	Max Pooling	96	27 x 27 x 96	3x3	2	relu
2	Convolution	256	27 x 27 x 256	5x5	1	relu
	Max Pooling	256	13 x 13 x 256	3x3	2	relu
3	Convolution	384	13 x 13 x 384	3x3	1	relu
4	Convolution	384	13 x 13 x 384	3x3	1	relu
5	Convolution	256	13 x 13 x 256	3x3	1	relu
	Max Pooling	256	6 x 6 x 256	3x3	2	relu
6	FC	-	9216	-	-	relu
7	FC	-	4096	-	-	relu
8	FC	-	4096	-	-	relu
Output	FC	-	1000	-	-	Softmax
""",
        None,
        62_378_344,
    ),
    "units px": Public(
        """\
Layer, Filters, Filter size, Stride, Output
Input image, , , , 32x32x3 px
Convolution, 32, 5x5 px, 1 px, 28x28x32
Max pooling, , 2x2 px, 2 px, 14x14x32
Fully connected, 10, , , 10
""",
        None,
        65_162,
    ),
    "same as above": Public(
        """\
Layer	Filters	Kernel	Stride	Padding
Conv	32	3x3	1	1
Conv	64	same as above	"	"
MaxPool		2x2	2	0
Conv	128	3x3	1	1
Conv	"	"	"	"
MaxPool		2x2	2	0
FC	10
""",
        (3, 32, 32),
        322_762,
    ),
    "conv-bn-relu": Public(
        """\
Stage | Operation | Output channels | Kernel | Stride
--|--|--|--|--
1 | Conv-BN-ReLU | 32 | 3×3 | 2
2 | Conv-BN-ReLU | 64 | 3×3 | 2
3 | Conv-BN-ReLU | 128 | 3×3 | 2
4 | Global average pooling | 128 | – | –
5 | Dropout 0.5 | – | – | –
6 | FC | 10 | – | –
""",
        (3, 32, 32),
        94_986,
    ),
    "torchinfo nested with blocks": Public(
        """\
==========================================================================================
Layer (type:depth-idx)                   Output Shape              Param #
==========================================================================================
ResNet                                   [1, 10]                   --
├─Conv2d: 1-1                            [1, 16, 32, 32]           432
├─BatchNorm2d: 1-2                       [1, 16, 32, 32]           32
├─ReLU: 1-3                              [1, 16, 32, 32]           --
├─Sequential: 1-4                        [1, 16, 32, 32]           --
│    └─BasicBlock: 2-1                   [1, 16, 32, 32]           --
│    │    └─Conv2d: 3-1                  [1, 16, 32, 32]           2,304
│    │    └─BatchNorm2d: 3-2             [1, 16, 32, 32]           32
│    │    └─ReLU: 3-3                    [1, 16, 32, 32]           --
│    │    └─Conv2d: 3-4                  [1, 16, 32, 32]           2,304
│    │    └─BatchNorm2d: 3-5             [1, 16, 32, 32]           32
│    │    └─ReLU: 3-6                    [1, 16, 32, 32]           --
├─Sequential: 1-5                        [1, 32, 16, 16]           --
│    └─BasicBlock: 2-2                   [1, 32, 16, 16]           --
│    │    └─Conv2d: 3-7                  [1, 32, 16, 16]           4,608
│    │    └─BatchNorm2d: 3-8             [1, 32, 16, 16]           64
│    │    └─ReLU: 3-9                    [1, 32, 16, 16]           --
│    │    └─Conv2d: 3-10                 [1, 32, 16, 16]           9,216
│    │    └─BatchNorm2d: 3-11            [1, 32, 16, 16]           64
│    │    └─Sequential: 3-12             [1, 32, 16, 16]           576
│    │    └─ReLU: 3-13                   [1, 32, 16, 16]           --
├─AdaptiveAvgPool2d: 1-6                 [1, 32, 1, 1]             --
├─Linear: 1-7                            [1, 10]                   330
==========================================================================================
Total params: 19,994
Trainable params: 19,994
Non-trainable params: 0
==========================================================================================
""",
        (3, 32, 32),
        19_994,
    ),
    "resnet50 latex-like single": Public(
        """\
Layer name | Output size | 50-layer
--- | --- | ---
conv1 | 112×112 | 7×7, 64, stride 2
pool1 | 56×56 | 3×3 max pool, stride 2
conv2_x | 56×56 | [1×1, 64; 3×3, 64; 1×1, 256] × 3
conv3_x | 28×28 | [1×1, 128; 3×3, 128; 1×1, 512] × 4
conv4_x | 14×14 | [1×1, 256; 3×3, 256; 1×1, 1024] × 6
conv5_x | 7×7 | [1×1, 512; 3×3, 512; 1×1, 2048] × 3
 | 1×1 | global average pool
fc | 1000 | FC 1000
""",
        (3, 224, 224),
        25_557_032,
    ),
    "resnet two columns": Public(
        """\
| layer name | output size | 18-layer | 34-layer |
|---|---|---|---|
| conv1 | 112×112 | 7×7, 64, stride 2 | 7×7, 64, stride 2 |
| conv2_x | 56×56 | [3×3, 64; 3×3, 64] ×2 | [3×3, 64; 3×3, 64] ×3 |
| conv3_x | 28×28 | [3×3, 128; 3×3, 128] ×2 | [3×3, 128; 3×3, 128] ×4 |
""",
        (3, 224, 224),
        "has several networks side by side, “18-layer”, “34-layer”: keep the column of one",
    ),
    "resnet br": Public(
        r"""| layer name | output size | ResNet-18 |
|---|---|---|
| conv1 | 112 × 112 × 64 | 7 × 7, 64, stride 2 |
| conv2_x | 56 × 56 × 64 | 3 × 3 max pool, stride 2 |
| conv2_x | 56 × 56 × 64 | $\begin{bmatrix} 3 × 3, 64 \\ 3 × 3, 64 \end{bmatrix}$ × 2 |
| conv3_x | 28 × 28 × 128 | [3 × 3, 128 <br> 3 × 3, 128] × 2 |
| conv4_x | 14 × 14 × 256 | [3 × 3, 256 <br> 3 × 3, 256] × 2 |
| conv5_x | 7 × 7 × 512 | [3 × 3, 512 <br> 3 × 3, 512] × 2 |
| average pool | 1 × 1 × 512 | 7 × 7 average pool |
| fully connected | 1000 | 512 × 1000 fully connections |
| softmax | 1000 | |
""",
        (3, 224, 224),
        11_689_512,
    ),
    "mobilenet v2 k 1000": Public(
        """\
| Input | Operator | t | c | n | s |
|---|---|---|---|---|---|
| 224² × 3 | conv2d | - | 32 | 1 | 2 |
| 112² × 32 | bottleneck | 1 | 16 | 1 | 1 |
| 112² × 16 | bottleneck | 6 | 24 | 2 | 2 |
| 56² × 24 | bottleneck | 6 | 32 | 3 | 2 |
| 28² × 32 | bottleneck | 6 | 64 | 4 | 2 |
| 14² × 64 | bottleneck | 6 | 96 | 3 | 1 |
| 14² × 96 | bottleneck | 6 | 160 | 3 | 2 |
| 7² × 160 | bottleneck | 6 | 320 | 1 | 1 |
| 7² × 320 | conv2d 1x1 | - | 1280 | 1 | 1 |
| 7² × 1280 | avgpool 7x7 | - | - | 1 | - |
| 1 × 1 × 1280 | conv2d 1x1 | - | 1000 | - | - |
""",
        None,
        3_504_872,
    ),
    "nin": Public(
        """\
Layer	Filter	Output
Input		3x32x32
Conv 5x5, pad 2	192	192x32x32
MLP conv 1x1	160	160x32x32
MLP conv 1x1	96	96x32x32
Max pool 3x3, stride 2		96x16x16
Dropout 0.5		96x16x16
Conv 5x5, pad 2	192	192x16x16
MLP conv 1x1	192	192x16x16
MLP conv 1x1	192	192x16x16
Avg pool 3x3, stride 2		192x8x8
Dropout 0.5
Conv 3x3, pad 1	192	192x8x8
MLP conv 1x1	192	192x8x8
MLP conv 1x1	10	10x8x8
Global avg pool		10
Softmax		10
""",
        None,
        966_986,
    ),
    "zfnet": Public(
        """\
| Layer | Output | Kernel | Stride | Filters | Params |
|---|---|---|---|---|---|
| Input | 224×224×3 | | | | |
| Conv1 | 110×110×96 | 7×7 | 2 | 96 | 14,208 |
| MaxPool1 | 55×55×96 | 3×3 | 2 | | |
| Conv2 | 26×26×256 | 5×5 | 2 | 256 | 614,656 |
| MaxPool2 | 13×13×256 | 3×3 | 2 | | |
| Conv3 | 13×13×384 | 3×3 | 1 | 384 | 885,120 |
| Conv4 | 13×13×384 | 3×3 | 1 | 384 | 1,327,488 |
| Conv5 | 13×13×256 | 3×3 | 1 | 256 | 884,992 |
| MaxPool3 | 6×6×256 | 3×3 | 2 | | |
| FC6 | 4096 | | | | 37,752,832 |
| FC7 | 4096 | | | | 16,781,312 |
| FC8 | 1000 | | | | 4,097,000 |
| Total | | | | | 62,357,608 |
""",
        None,
        62_357_608,
    ),
    "vgg19 keras": Public(
        """\
Model: "vgg19"
_________________________________________________________________
Layer (type)                 Output Shape              Param #
=================================================================
input_1 (InputLayer)         [(None, 224, 224, 3)]     0
_________________________________________________________________
block1_conv1 (Conv2D)        (None, 224, 224, 64)      1792
_________________________________________________________________
block1_conv2 (Conv2D)        (None, 224, 224, 64)      36928
_________________________________________________________________
block1_pool (MaxPooling2D)   (None, 112, 112, 64)      0
_________________________________________________________________
block2_conv1 (Conv2D)        (None, 112, 112, 128)     73856
_________________________________________________________________
block2_pool (MaxPooling2D)   (None, 56, 56, 128)       0
_________________________________________________________________
flatten (Flatten)            (None, 401408)            0
_________________________________________________________________
fc1 (Dense)                  (None, 16)                6422544
_________________________________________________________________
predictions (Dense)          (None, 10)                170
=================================================================
Total params: 6,535,290
Trainable params: 6,535,290
Non-trainable params: 0
_________________________________________________________________
""",
        None,
        6_535_290,
    ),
    "keras transfer learning": Public(
        """\
Model: "sequential_1"
_________________________________________________________________
 Layer (type)                Output Shape              Param #
=================================================================
 vgg16 (Functional)          (None, 7, 7, 512)         14714688

 global_average_pooling2d (G  (None, 512)              0
 lobalAveragePooling2D)

 dense (Dense)               (None, 256)               131328

 dropout (Dropout)           (None, 256)               0

 dense_1 (Dense)             (None, 2)                 514

=================================================================
Total params: 14,846,530
Trainable params: 131,842
Non-trainable params: 14,714,688
_________________________________________________________________
""",
        None,
        14_846_530,
    ),
    "keras 1d": Public(
        """\
Layer (type)                 Output Shape              Param #
=================================================================
conv1d_1 (Conv1D)            (None, 126, 64)           640
_________________________________________________________________
conv1d_2 (Conv1D)            (None, 124, 64)           12352
_________________________________________________________________
dropout_1 (Dropout)          (None, 124, 64)           0
_________________________________________________________________
max_pooling1d_1 (MaxPooling1 (None, 62, 64)            0
_________________________________________________________________
flatten_1 (Flatten)          (None, 3968)              0
_________________________________________________________________
dense_1 (Dense)              (None, 100)               396900
_________________________________________________________________
dense_2 (Dense)              (None, 6)                 606
=================================================================
""",
        (3, 128),
        410_498,
    ),
    "keras 1d right": Public(
        """\
Layer (type)                 Output Shape              Param #
=================================================================
conv1d_1 (Conv1D)            (None, 126, 64)           1792
_________________________________________________________________
conv1d_2 (Conv1D)            (None, 124, 64)           12352
_________________________________________________________________
dropout_1 (Dropout)          (None, 124, 64)           0
_________________________________________________________________
max_pooling1d_1 (MaxPooling1 (None, 62, 64)            0
_________________________________________________________________
flatten_1 (Flatten)          (None, 3968)              0
_________________________________________________________________
dense_1 (Dense)              (None, 100)               396900
_________________________________________________________________
dense_2 (Dense)              (None, 6)                 606
=================================================================
""",
        (9, 128),
        411_650,
    ),
    "keras text cnn": Public(
        """\
Model: "sequential"
Layer (type)                 Output Shape              Param #
embedding (Embedding)        (None, 100, 50)           87350
conv1d (Conv1D)              (None, 96, 128)           32128
global_max_pooling1d (Global (None, 128)               0
dense (Dense)                (None, 10)                1290
dense_1 (Dense)              (None, 1)                 11
Total params: 120,779
""",
        None,
        120_779,
    ),
    "keras lstm stacked": Public(
        """\
Layer (type)                 Output Shape              Param #
=================================================================
lstm_1 (LSTM)                (None, 60, 50)            10400
dropout_1 (Dropout)          (None, 60, 50)            0
lstm_2 (LSTM)                (None, 60, 50)            20200
dropout_2 (Dropout)          (None, 60, 50)            0
lstm_3 (LSTM)                (None, 50)                20200
dense_1 (Dense)              (None, 1)                 51
=================================================================
Total params: 50,851
""",
        None,
        50_851,
    ),
    "keras depthwise mobilenet": Public(
        """\
Layer (type)                 Output Shape              Param #
=================================================================
input_1 (InputLayer)         (None, 224, 224, 3)       0
conv1_pad (ZeroPadding2D)    (None, 225, 225, 3)       0
conv1 (Conv2D)               (None, 112, 112, 32)      864
conv1_bn (BatchNormalization (None, 112, 112, 32)      128
conv1_relu (ReLU)            (None, 112, 112, 32)      0
conv_dw_1 (DepthwiseConv2D)  (None, 112, 112, 32)      288
conv_dw_1_bn (BatchNormaliza (None, 112, 112, 32)      128
conv_dw_1_relu (ReLU)        (None, 112, 112, 32)      0
conv_pw_1 (Conv2D)           (None, 112, 112, 64)      2048
conv_pw_1_bn (BatchNormaliza (None, 112, 112, 64)      256
conv_pw_1_relu (ReLU)        (None, 112, 112, 64)      0
conv_pad_2 (ZeroPadding2D)   (None, 113, 113, 64)      0
conv_dw_2 (DepthwiseConv2D)  (None, 56, 56, 64)        576
conv_dw_2_bn (BatchNormaliza (None, 56, 56, 64)        256
global_average_pooling2d_1 ( (None, 64)                0
reshape_1 (Reshape)          (None, 1, 1, 64)          0
dropout (Dropout)            (None, 1, 1, 64)          0
conv_preds (Conv2D)          (None, 1, 1, 1000)        65000
reshape_2 (Reshape)          (None, 1000)              0
act_softmax (Activation)     (None, 1000)              0
=================================================================
Total params: 69,544
""",
        None,
        69_160,
    ),
    "torchsummary vgg": Public(
        """\
----------------------------------------------------------------
        Layer (type)               Output Shape         Param #
================================================================
            Conv2d-1         [-1, 64, 224, 224]           1,792
              ReLU-2         [-1, 64, 224, 224]               0
         MaxPool2d-3         [-1, 64, 112, 112]               0
 AdaptiveAvgPool2d-4             [-1, 64, 7, 7]               0
            Linear-5                 [-1, 4096]      12,849,152
              ReLU-6                 [-1, 4096]               0
           Dropout-7                 [-1, 4096]               0
            Linear-8                   [-1, 10]          40,970
================================================================
Total params: 12,891,914
""",
        (3, 224, 224),
        12_891_914,
    ),
    "torchsummary mobilenet se": Public(
        """\
        Layer (type)               Output Shape         Param #
================================================================
            Conv2d-1         [-1, 16, 112, 112]             432
       BatchNorm2d-2         [-1, 16, 112, 112]              32
         Hardswish-3         [-1, 16, 112, 112]               0
            Conv2d-4           [-1, 16, 56, 56]             144
       BatchNorm2d-5           [-1, 16, 56, 56]              32
              ReLU-6           [-1, 16, 56, 56]               0
 AdaptiveAvgPool2d-7             [-1, 16, 1, 1]               0
            Conv2d-8              [-1, 8, 1, 1]             136
              ReLU-9              [-1, 8, 1, 1]               0
           Conv2d-10             [-1, 16, 1, 1]             144
      Hardsigmoid-11             [-1, 16, 1, 1]               0
SqueezeExcitation-12           [-1, 16, 56, 56]               0
           Conv2d-13           [-1, 16, 56, 56]             256
      BatchNorm2d-14           [-1, 16, 56, 56]              32
 InvertedResidual-15           [-1, 16, 56, 56]               0
================================================================
Total params: 1,208
""",
        (3, 224, 224),
        1_208,
    ),
    "torchinfo depth limit transformer": Public(
        """\
===============================================================================================
Layer (type:depth-idx)                        Output Shape              Param #
===============================================================================================
VisionTransformer                             [1, 1000]                 768
├─Conv2d: 1-1                                 [1, 768, 14, 14]          590,592
├─Encoder: 1-2                                [1, 197, 768]             151,296
│    └─Dropout: 2-1                           [1, 197, 768]             --
│    └─Sequential: 2-2                        [1, 197, 768]             85,054,464
│    └─LayerNorm: 2-3                         [1, 197, 768]             1,536
├─Sequential: 1-3                             [1, 1000]                 --
│    └─Linear: 2-4                            [1, 1000]                 769,000
===============================================================================================
Total params: 86,567,656
Trainable params: 86,567,656
Non-trainable params: 0
===============================================================================================
""",
        (3, 224, 224),
        86_567_656,
    ),
    "wrong count column": Public(
        """\
| Layer | Filters | Kernel | Params |
|---|---|---|---|
| Conv | 32 | 5x5 | 2,432 |
| MaxPool | | 2x2 | 0 |
| Conv | 64 | 5x5 | 1,664 |
| MaxPool | | 2x2 | 0 |
| FC | 64 | | 102,464 |
| FC | 10 | | 650 |
""",
        (3, 32, 32),
        156_810,
    ),
    "csv semicolon decimal comma": Public(
        """\
Layer;Type;Filters;Kernel;Stride;Padding;Output;Parameters
1;Conv2D;32;3x3;1;same;32x32x32;896
2;MaxPooling2D;;2x2;2;;16x16x32;0
3;Conv2D;64;3x3;1;same;16x16x64;18.496
4;MaxPooling2D;;2x2;2;;8x8x64;0
5;Flatten;;;;;4096;0
6;Dense;128;;;;128;524.416
7;Dropout (0,5);;;;;128;0
8;Dense;10;;;;10;1.290
Summe;;;;;;;545.098
""",
        (3, 32, 32),
        545_098,
    ),
    "input row in words": Public(
        """\
| # | Layer | Specification |
|---|---|---|
| 0 | Input | 28x28 grayscale image |
| 1 | Conv | 6 5x5 filters, stride 1, padding 2, ReLU |
| 2 | Max pool | 2x2, stride 2 |
| 3 | Conv | 16 5x5 filters, ReLU |
| 4 | Max pool | 2x2, stride 2 |
| 5 | FC | 120, ReLU |
| 6 | FC | 84, ReLU |
| 7 | Output | 10, softmax |
""",
        None,
        61_706,
    ),
    "vae": Public(
        """\
| Part | Layer | Units/Filters | Kernel | Stride | Padding | Activation |
|---|---|---|---|---|---|---|
| Encoder | Input | 28x28x1 | | | | |
| Encoder | Conv2D | 32 | 3x3 | 2 | same | ReLU |
| Encoder | Conv2D | 64 | 3x3 | 2 | same | ReLU |
| Encoder | Flatten | | | | | |
| Encoder | Dense | 16 | | | | ReLU |
| Encoder | Dense (mean) | 2 | | | | |
""",
        None,
        69_042,
    ),
    "upsample decoder": Public(
        """\
Layer | Filters | Kernel | Stride | Output
---|---|---|---|---
Dense | 3136 | | | 3136
Reshape | | | | 7x7x64
Conv2DTranspose | 64 | 3x3 | 2 | 14x14x64
Conv2DTranspose | 32 | 3x3 | 2 | 28x28x32
Conv2DTranspose | 1 | 3x3 | 1 | 28x28x1
""",
        (2,),
        65_089,
    ),
    "residual row student": Public(
        """\
Layer,Filters,Kernel,Stride
Conv,64,3x3,1
Residual block,64,3x3,1
FC,10,,
""",
        (3, 32, 32),
        "“Residual block” is no single layer",
    ),
    "concat student no output": Public(
        """\
Layer,Filters,Kernel,Stride,Padding
Conv,64,3x3,1,1
Conv,64,3x3,1,1
Concat,,,,
Conv,10,1x1,1,0
""",
        (3, 32, 32),
        "what Concat joins is not said, nor what comes out",
    ),
    "concat by name": Public(
        """\
Name,Layer,Filters,Kernel,Padding,Input
c1,Conv,16,3x3,1,input
c2,Conv,16,3x3,1,c1
cat,Concat,,,,"c1, c2"
c3,Conv,10,1x1,0,cat
""",
        (3, 32, 32),
        3_098,
    ),
    "unet student": Public(
        """\
| Layer | Output size | Kernel | Filters |
|---|---|---|---|
| Input | 572×572×1 | | |
| Conv + ReLU | 570×570×64 | 3×3 | 64 |
| Conv + ReLU | 568×568×64 | 3×3 | 64 |
| Max pool | 284×284×64 | 2×2 | |
| Conv + ReLU | 282×282×128 | 3×3 | 128 |
| Conv + ReLU | 280×280×128 | 3×3 | 128 |
| Up-conv | 560×560×64 | 2×2 | 64 |
| Copy and crop | 560×560×128 | | |
| Conv + ReLU | 558×558×64 | 3×3 | 64 |
| Conv 1×1 | 558×558×2 | 1×1 | 2 |
""",
        None,
        365_762,
    ),
    "tf conv functional style": Public(
        """\
Layer          Kernel      Stride   Output
input          -           -        (28, 28, 1)
conv1          (5, 5)      (1, 1)   (24, 24, 20)
pool1          (2, 2)      (2, 2)   (12, 12, 20)
conv2          (5, 5)      (1, 1)   (8, 8, 50)
pool2          (2, 2)      (2, 2)   (4, 4, 50)
fc1            -           -        500
relu           -           -        500
fc2            -           -        10
""",
        None,
        431_080,
    ),
    "caffe style": Public(
        """\
name	type	bottom	num_output	kernel_size	stride	pad
data	Input	-	3	-	-	-
conv1	Convolution	data	96	11	4	0
pool1	Pooling (MAX)	conv1	-	3	2	-
conv2	Convolution	pool1	256	5	1	2
pool2	Pooling (MAX)	conv2	-	3	2	-
conv3	Convolution	pool2	384	3	1	1
conv4	Convolution	conv3	384	3	1	1
conv5	Convolution	conv4	256	3	1	1
pool5	Pooling (MAX)	conv5	-	3	2	-
fc6	InnerProduct	pool5	4096	-	-	-
fc7	InnerProduct	fc6	4096	-	-	-
fc8	InnerProduct	fc7	1000	-	-	-
""",
        (3, 227, 227),
        62_378_344,
    ),
    "yolo darknet19 paper": Public(
        """\
Type	Filters	Size/Stride	Output
Convolutional	32	3 × 3	224 × 224
Maxpool		2 × 2/2	112 × 112
Convolutional	64	3 × 3	112 × 112
Maxpool		2 × 2/2	56 × 56
Convolutional	128	3 × 3	56 × 56
Convolutional	64	1 × 1	56 × 56
Convolutional	128	3 × 3	56 × 56
Maxpool		2 × 2/2	28 × 28
Convolutional	1000	1 × 1	28 × 28
Avgpool		Global	1000
Softmax
""",
        (3, 224, 224),
        304_360,
    ),
    "column output after pool": Public(
        """\
Layer | Maps | Kernel | Activation | Output after pooling
--|--|--|--|--
Conv + Pool 2x2 | 32 | 3x3 same | ReLU | 16x16x32
Conv + Pool 2x2 | 64 | 3x3 same | ReLU | 8x8x64
FC | 10 | | Softmax | 10
""",
        (3, 32, 32),
        60_362,
    ),
    "matlab with head": Public(
        """\
| | Name | Type | Activations | Learnables |
|---|---|---|---|---|
| 1 | imageinput: 28×28×1 images | Image Input | 28×28×1 | - |
| 2 | conv_1: 8 3×3 convolutions with stride [1 1] and padding 'same' | Convolution | 28×28×8 | Weights 3×3×1×8, Bias 1×1×8 |
| 3 | batchnorm_1 | Batch Normalization | 28×28×8 | Offset 1×1×8, Scale 1×1×8 |
| 4 | relu_1 | ReLU | 28×28×8 | - |
| 5 | maxpool_1: 2×2 max pooling with stride [2 2] | Max Pooling | 14×14×8 | - |
| 6 | fc: 10 fully connected layer | Fully Connected | 1×1×10 | Weights 10×1568, Bias 10×1 |
| 7 | softmax | Softmax | 1×1×10 | - |
""",
        None,
        15_786,
    ),
    "two convs in a cell, comma": Public(
        """\
Block | Layers | Output
--|--|--
1 | Conv 3x3, 32; Conv 3x3, 32; MaxPool 2x2 | 16x16x32
2 | Conv 3x3, 64; Conv 3x3, 64; MaxPool 2x2 | 8x8x64
3 | FC 128, FC 10 | 10
""",
        (3, 32, 32),
        591_274,
    ),
    "2 conv layers": Public(
        """\
Layer | Filters | Kernel | Padding
--|--|--|--
2x (Conv + BN + ReLU) | 32 | 3x3 | 1
MaxPool | | 2x2 |
2x (Conv + BN + ReLU) | 64 | 3x3 | 1
MaxPool | | 2x2 |
FC | 10 | |
""",
        (3, 32, 32),
        106_922,
    ),
    "densenet": Public(
        """\
Layers | Output Size | DenseNet-121
--|--|--
Convolution | 112 × 112 | 7 × 7 conv, stride 2
Pooling | 56 × 56 | 3 × 3 max pool, stride 2
Dense Block (1) | 56 × 56 | [1 × 1 conv; 3 × 3 conv] × 6
""",
        (3, 224, 224),
        "how many filters it has is not said",
    ),
    "se": Public(
        """\
Layer,Output,Params
Conv 3x3 32,30x30x32,896
SE block,30x30x32,256
FC 10,10,288010
""",
        (3, 32, 32),
        "“SE block” is no single layer",
    ),
    "dropout col in filters": Public(
        """\
Layer,Units,Activation
Flatten,,
Dense,512,relu
Dropout,0.2,
Dense,10,softmax
""",
        (1, 28, 28),
        407_050,
    ),
    "input col 3 dims": Public(
        """\
Layer,Input size,Output size,Kernel,Stride,Padding
conv1,3x224x224,64x112x112,7,2,3
maxpool,64x112x112,64x56x56,3,2,1
conv2,64x56x56,128x56x56,3,1,1
gap,128x56x56,128x1x1,,,
fc,128,10,,,
""",
        None,
        84_618,
    ),
    "kernel tuple stride col": Public(
        """\
Layer type | Filters | Kernel size | Strides | Padding | Activation | Output shape | #Params
-|-|-|-|-|-|-|-
Conv2D | 32 | (3, 3) | (1, 1) | same | relu | (None, 28, 28, 32) | 320
Conv2D | 64 | (3, 3) | (2, 2) | same | relu | (None, 14, 14, 64) | 18496
Conv2D | 64 | (3, 3) | (2, 2) | same | relu | (None, 7, 7, 64) | 36928
GlobalAveragePooling2D | - | - | - | - | - | (None, 64) | 0
Dense | 10 | - | - | - | softmax | (None, 10) | 650
**Total** | | | | | | | **56,394**
""",
        (1, 28, 28),
        56_394,
    ),
    "conv without kernel anywhere with output": Public(
        """\
Layer | Output shape
-|-
Conv2D-1 | 26x26x32
MaxPooling2D-1 | 13x13x32
Conv2D-2 | 11x11x64
MaxPooling2D-2 | 5x5x64
Flatten | 1600
Dense-1 | 128
Dense-2 | 10
""",
        (1, 28, 28),
        225_034,
    ),
    "footnotes": Public(
        """\
| Layer | Filters | Kernel | Params* |
|---|---|---|---|
| Conv1¹ | 6 | 5×5 | 156 |
| Pool1 | | 2×2 | 0 |
| Conv2 | 16 | 5×5 | 2,416† |
| Pool2 | | 2×2 | 0 |
| FC1 | 120 | | ~48.1K |
| FC2 | 84 | | 10164 |
| FC3 | 10 | | 850 |

* trainable parameters
""",
        (1, 32, 32),
        61_706,
    ),
    "params with formulas": Public(
        """\
Layer	Shape	Formula	Parameters
Input	32x32x3		0
Conv 5x5	28x28x6	(5*5*3+1)*6	456
Pool	14x14x6		0
Conv 5x5	10x10x16	(5*5*6+1)*16	2416
Pool	5x5x16		0
FC	120	(400+1)*120	48120
FC	84	(120+1)*84	10164
FC	10	(84+1)*10	850
""",
        None,
        62_006,
    ),
    "numbers of neurons": Public(
        """\
Layer | Number of neurons | Activation
-|-|-
Input layer | 784 | -
Hidden layer 1 | 256 | ReLU
Hidden layer 2 | 128 | ReLU
Output layer | 10 | Softmax
""",
        None,
        235_146,
    ),
    "transformer row": Public(
        """\
Layer | Output | Params
-|-|-
Embedding | 100x512 | 5,120,000
TransformerEncoder | 100x512 | 3,152,384
Linear | 10 | 5130
""",
        None,
        "“TransformerEncoder” is no single layer",
    ),
    "pool stride in words": Public(
        """\
Layer type, Number of filters, Filter size, Stride, Padding
Convolutional layer, 96, 11×11, 4, valid
Max-pooling layer, -, 3×3, 2, valid
Convolutional layer, 256, 5×5, 1, same
Max-pooling layer, -, 3×3, 2, valid
Fully-connected layer, 4096, -, -, -
Fully-connected layer, 10, -, -, -
""",
        (3, 227, 227),
        177_904_010,
    ),
    "keras tfop": Public(
        """\
Layer (type)                   Output Shape         Param #     Connected to
==================================================================================================
 input_2 (InputLayer)           [(None, 160, 160, 3  0           []
                                )]
 sequential (Sequential)        (None, 160, 160, 3)  0           ['input_2[0][0]']
 tf.math.truediv (TFOpLambda)   (None, 160, 160, 3)  0           ['sequential[0][0]']
 mobilenetv2_1.00_160 (Function  (None, 5, 5, 1280)  2257984     ['tf.math.truediv[0][0]']
 al)
 global_average_pooling2d (Glob  (None, 1280)        0           ['mobilenetv2_1.00_160[0][0]']
 alAveragePooling2D)
 dense (Dense)                  (None, 1)            1281        ['global_average_pooling2d[0][0]']
Total params: 2,259,265
Trainable params: 1,281
Non-trainable params: 2,257,984
""",
        None,
        2_259_265,
    ),
    "lightning summary seq": Public(
        """\
  | Name     | Type        | Params | In sizes      | Out sizes
-----------------------------------------------------------------
0 | conv1    | Conv2d      | 320    | [1, 1, 28, 28] | [1, 32, 26, 26]
1 | pool     | MaxPool2d   | 0      | [1, 32, 26, 26] | [1, 32, 13, 13]
2 | fc       | Linear      | 54.1 K | [1, 5408] | [1, 10]
-----------------------------------------------------------------
54.4 K    Trainable params
0         Non-trainable params
54.4 K    Total params
""",
        None,
        54_410,
    ),
    "arrow shapes": Public(
        """\
| Layer | Parameters | Shape change |
|---|---|---|
| Conv2d | k=3, s=1, p=1, 16 filters | 1x28x28 -> 16x28x28 |
| MaxPool | k=2, s=2 | 16x28x28 -> 16x14x14 |
| Linear | 3136 → 10 | 3136 -> 10 |
""",
        (1, 28, 28),
        31_530,
    ),
    "in/out channels": Public(
        """\
Layer | In channels | Out channels | Kernel | Stride | Padding
-|-|-|-|-|-
Conv2d | 3 | 16 | 3 | 1 | 1
Conv2d | 16 | 32 | 3 | 2 | 1
Linear | 8192 | 10 | | |
""",
        None,
        87_018,
    ),
    "act params col": Public(
        """\
Layer,Output volume,Number of parameters
Input,227x227x3,0
Conv-1,55x55x96,"34,944"
MaxPool-1,27x27x96,0
Conv-2,27x27x256,"614,656"
MaxPool-2,13x13x256,0
Conv-3,13x13x384,"885,120"
Conv-4,13x13x384,"1,327,488"
Conv-5,13x13x256,"884,992"
MaxPool-3,6x6x256,0
FC-1,4096x1,"37,752,832"
FC-2,4096x1,"16,781,312"
FC-3,1000x1,"4,097,000"
Output,1000x1,0
Total,,"62,378,344"
""",
        None,
        62_378_344,
    ),
    "learnopencv alexnet": Public(
        """\
Layer Name	Tensor Size	Weights	Biases	Parameters
Input Image	227x227x3	0	0	0
Conv-1	55x55x96	34,848	96	34,944
MaxPool-1	27x27x96	0	0	0
Conv-2	27x27x256	614,400	256	614,656
MaxPool-2	13x13x256	0	0	0
Conv-3	13x13x384	884,736	384	885,120
Conv-4	13x13x384	1,327,104	384	1,327,488
Conv-5	13x13x256	884,736	256	884,992
MaxPool-3	6x6x256	0	0	0
FC-1	4096×1	37,748,736	4,096	37,752,832
FC-2	4096×1	16,777,216	4,096	16,781,312
FC-3	1000×1	4,096,000	1,000	4,097,000
Output	1000×1	0	0	0
Total				62,378,344
""",
        None,
        62_378_344,
    ),
    "cs231n vgg": Public(
        """\
Layer | Memory | Weights
-|-|-
INPUT: [224x224x3] | 224*224*3=150K | 0
CONV3-64: [224x224x64] | 224*224*64=3.2M | (3*3*3)*64 = 1,728
CONV3-64: [224x224x64] | 224*224*64=3.2M | (3*3*64)*64 = 36,864
POOL2: [112x112x64] | 112*112*64=800K | 0
CONV3-128: [112x112x128] | 112*112*128=1.6M | (3*3*64)*128 = 73,728
POOL2: [56x56x128] | 56*56*128=400K | 0
FC: [1x1x4096] | 4096 | 56*56*128*4096 = 1,644,167,168
FC: [1x1x1000] | 1000 | 4096*1000 = 4,096,000
""",
        None,
        1_648_375_488,
    ),
    "size is the kernel": Public(
        """\
Layer,Filters,Size,Stride,Activation
Conv2D,16,5x5,1,ReLU
MaxPool,,2x2,2,
Conv2D,32,5x5,1,ReLU
MaxPool,,2x2,2,
Dense,10,,,softmax
""",
        (3, 32, 32),
        22_058,
    ),
    "size is the kernel, in German": Public(
        """\
Layer;Filter;Größe;Schrittweite;Aktivierung
Eingabe;3;64x64;;
Faltung;16;5x5;1;ReLU
Max-Pooling;;2x2;2;
Faltung;32;5x5;1;ReLU
Max-Pooling;;2x2;2;
Voll verbunden;100;;;ReLU
Voll verbunden;5;;;Softmax
""",
        None,
        555_453,
    ),
    "size is the kernel, one number": Public(
        """\
Layer,Filters,Size,Activation
Conv,16,5,relu
Pool,,2,
Conv,32,5,relu
Pool,,2,
FC,,128,relu
FC,,10,softmax
""",
        (3, 32, 32),
        117_866,
    ),
    "size is the kernel, poolings with channels": Public(
        """\
Layer,Channels,Size
Input,3,32x32
Conv,32,3x3
MaxPool,32,2x2
Conv,64,3x3
MaxPool,64,2x2
FC,10,
""",
        None,
        42_442,
    ),
    "size is the kernel, as the parameters need it": Public(
        """\
Type	Filters	Size	Parameters
Conv2D	16	5x5	1216
MaxPool		2x2	0
Conv2D	32	5x5	12832
MaxPool		2x2	0
Dense	10		8010
""",
        None,
        22_058,
    ),
    "size is that of small maps": Public(
        """\
Layer,Maps,Size
Input,1,8x8
Conv,6,6x6
MaxPool,6,3x3
FC,,10
""",
        None,
        610,
    ),
    "size is that of maps behind strides": Public(
        """\
Layer,Filters,Size,Stride
Conv,8,14x14,2
Conv,16,7x7,2
FC,10,,
""",
        (1, 28, 28),
        9_098,
    ),
    "size and stride of yolo, pooling over all": Public(
        """\
Type	Filters	Size/Stride	Output
Conv	32	3x3	32x32
Maxpool		2x2/2	16x16
Conv	64	3x3	16x16
Avgpool		Global	64
FC	10		10
""",
        (3, 32, 32),
        20_042,
    ),
    "from the output, the input's shape as its type": Public(
        """\
Name	Type	Units	Activation
fc2	Linear	10
fc1	Linear	128	relu
flatten	Flatten
pool2	MaxPool 2
conv2	Conv 5x5, s=2, p=same	64	relu
pool1	MaxPool 2
conv1	Conv 5x5, s=1, p=2	32	relu
input	3x32x32""",
        None,
        186_186,
    ),
    "from the output, without headings": Public(
        """\
fc2     Linear   10
fc1     Linear   128   relu
flatten
pool2   MaxPool  2
conv2   Conv 5x5, s=2, p=same  64  relu
pool1   MaxPool  2
conv1   Conv 5x5, s=1, p=2  32 relu
input   3x32x32
""",
        None,
        186_186,
    ),
    "without headings, by tabs": Public(
        """\
input	28x28
conv1	Conv 5x5	6	tanh
pool1	AvgPool 2
conv2	Conv 5x5	16	tanh
pool2	AvgPool	2
fc1	Linear	120	tanh
fc2	Linear	10
""",
        None,
        34_622,
    ),
    "the window after a pooling's name": Public(
        """\
Name	Type
fc	Dense 10
flatten	Flatten
pool	MaxPool 3
conv	Conv 3x3, 8
input	1x28x28
""",
        None,
        5_210,
    ),
    "without headings, numbered": Public(
        """\
1   Conv 5x5   32   relu
2   MaxPool   2
3   FC   10
""",
        (3, 32, 32),
        65_162,
    ),
}
