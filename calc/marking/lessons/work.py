"""Lessons about work: multiply-accumulates and operations."""

from __future__ import annotations

from collections.abc import Mapping

from calc.marking.lessons.base import Lesson

LESSONS: Mapping[str, Lesson] = {
    "input-channels-forgotten-in-macs": Lesson(
        "input channels forgotten in the work",
        "The products are counted for one input channel only. The kernel has a slice for every input channel, and the products of all slices are added up, so the work is that many times larger. Multiply by the input channels that a filter sees: all of them, or those of its group.",
    ),
    "output-channels-forgotten-in-macs": Lesson(
        "output channels forgotten in the work",
        "The work of a single filter is counted. Each filter slides over the whole input to make its own map, so the work is done once for each of them. Multiply by the number of filters, which is the number of output channels.",
    ),
    "input-size-in-macs": Lesson(
        "input size in place of the output's",
        "The kernel is taken to be laid on once for each cell of the input. It is laid on once for each cell of the output, and with a stride or without padding there are fewer of those. Work out the size of the map first: that is how often the products of a window are done for each filter.",
    ),
    "output-size-forgotten-in-macs": Lesson(
        "places of the map forgotten",
        "Each weight is counted as used once. A convolution lays its kernel on at every place of the map and uses all weights again there. Multiply by the height and width of the output: on a map of 28×28 each weight is used 784 times.",
    ),
    "kernel-forgotten-in-macs": Lesson(
        "kernel forgotten in the work",
        "One product is counted for each output and input channel. An output is the sum over a whole window, which has a product for each cell of the kernel: 9 of them for a 3×3 kernel, in every channel. Multiply by the area of the kernel.",
    ),
    "groups-ignored-in-macs": Lesson(
        "groups ignored in the work",
        "Every filter is taken to work on all the input channels. With groups it sees only those of its own group, and multiplies only those. So with 4 groups a layer does a quarter of the work.",
    ),
    "flops-for-macs": Lesson(
        "operations given for MACs",
        "The number is twice that of the multiply-accumulates. One MAC is a multiplication together with the addition of its product to the sum; counted one by one they are 2 floating-point operations, FLOPs. Look which of the two is asked for: the FLOPs are twice the MACs.",
    ),
    "params-for-macs": Lesson(
        "parameters given for the work",
        "The number is that of the parameters. Each weight of a convolution is stored once but used at every place of its map, so the work is the weights times the number of places. Parameters and multiplications agree only where every weight is used once, as in a fully connected layer without biases.",
    ),
    "image-size-everywhere": Lesson(
        "image size in the work of every layer",
        "The weights of every layer are counted once for each cell of the image. A layer uses them once for each cell of its own map, and the maps become smaller with every stride and pooling. After a 2×2 pooling a layer does a quarter of that work. A fully connected layer uses each of its weights just once.",
    ),
    "one-gate-in-macs": Lesson(
        "work of one gate only",
        "The work of a single gate is counted. At each step an LSTM works out four gates and a GRU three, each with weights of its own. Count one gate, then multiply by the number of gates.",
    ),
    "one-step-in-macs": Lesson(
        "work of one step only",
        "The work of a single step of the sequence is counted. A recurrent layer goes through the sequence and uses the same weights again at every step. So its parameters do not depend on the length of the sequence, but its work does: multiply by the number of steps.",
    ),
    "query-alone-in-macs": Lesson(
        "work of the query only",
        "Only the projection of the query is counted. The keys and the values of the sequence are projected as well, each with weights of its own. With equal sizes that is three times the work of the query.",
    ),
    "looked-up-in-macs": Lesson(
        "multiplications in an embedding",
        "Every number of the table is counted as multiplied, at every step. In formulas an embedding is sometimes written as a product with a one-hot vector, but what is done is to look a row up and to pass it on. So an embedding has no multiplications at all.",
    ),
}
