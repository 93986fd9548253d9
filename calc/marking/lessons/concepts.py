"""Lessons about concepts: how layers behave."""

from __future__ import annotations

from collections.abc import Mapping

from calc.marking.lessons.base import Lesson

LESSONS: Mapping[str, Lesson] = {
    "equivariance-for-invariance": Lesson(
        "equivariance taken for invariance",
        "The kernel is the same everywhere, so a pattern is found wherever it lies. But it is found at another place of the map: the response moves with the image, which is equivariance. Invariance would be the same answer for both images, and that takes a layer that forgets where in its window something was.",
    ),
    "activation-for-invariance": Lesson(
        "activation taken to forget places",
        "An activation works on each cell by itself and knows nothing of its neighbours. Whatever is shifted before it is shifted behind it by as much. It changes what is answered, not where.",
    ),
    "turning-assumed": Lesson(
        "kernel taken to find turned patterns",
        "The kernel slides, it does not turn. A pattern that is turned lies under other weights, so the sum is another one. A network learns turned patterns by kernels of their own, or from turned examples.",
    ),
    "scaling-assumed": Lesson(
        "kernel taken to find any size",
        "A kernel covers a fixed number of cells. A pattern of twice the size covers more than that, and the kernel sees a part of it only. Other sizes are found by later layers, by pooling, or from examples of all sizes.",
    ),
    "invariance-without-bounds": Lesson(
        "pooling taken for wholly invariant",
        "Max pooling forgets where in its window the maximum lies. It does not forget which window that was: a maximum that crosses the border of its window changes two cells of the answer. So pooling makes small shifts matter less, and does not make them vanish.",
    ),
    "shift-always-seen": Lesson(
        "every shift taken to be seen",
        "The pooled map is taken to move with every shift. A maximum that stays within its window is still the maximum there, and the answer is the same. It moves when the maximum crosses into another window, and by one cell then.",
    ),
    "order-always-matters": Lesson(
        "order of layers taken to matter always",
        "Many layers cannot be exchanged, but some can. Try one window with cells of both signs, and one whose cells are all positive, in both orders. ReLU and the maximum always agree; ReLU and the average agree where a window holds one sign only.",
    ),
    "order-matters-with-negatives": Lesson(
        "negative cells taken to change a maximum",
        "Negative cells become 0 under ReLU, and that looks as if it could change which cell wins. It cannot: a positive cell that wins still wins, and where all are negative both orders give 0. ReLU keeps the order of numbers, and the maximum needs no more than that.",
    ),
    "order-never-matters": Lesson(
        "average treated like a maximum",
        "ReLU and the maximum can be exchanged, for only the largest cell counts. In an average every cell counts: negative cells take something away if they are averaged first, and nothing once ReLU has made them 0. The cells 3 and −1 average to 1, and after ReLU to 3/2.",
    ),
    "antisymmetry-for-symmetry": Lesson(
        "antisymmetry taken for symmetry",
        "The Sobel kernel looks regular, and flipping it seems to do nothing. But a half turn exchanges its columns, and these have opposite signs. So every sign of the map is the other one: that is antisymmetry, and the two maps differ wherever they are not 0.",
    ),
    "flip-always-matters": Lesson(
        "flip taken to change every kernel",
        "Flipping is taken to change the kernel in any case. A kernel that is the same after a half turn is not changed by it: Gaussians, boxes, Laplacians. With such a kernel an answer does not show whether it was flipped.",
    ),
    "flip-never-matters": Lesson(
        "flip taken to change nothing",
        "Flipping is taken for a formality. It is one only where the kernel is the same after a half turn. With Sobel every sign changes, and with a lopsided kernel the whole map is another one.",
    ),
    "negative-not-separable": Lesson(
        "negative weights taken to forbid factors",
        "A column and a row may have negative weights themselves. The Sobel kernel is a smoothing column times a difference row, and the minus signs come from the row. What decides is whether every row is a multiple of one row.",
    ),
    "symmetry-for-separability": Lesson(
        "separable taken for symmetric",
        "Symmetric and separable are different things. Symmetric says that a mirror or a turn changes nothing; separable says that the kernel is a column times a row. A quarter turn makes another kernel of Sobel, and it is separable; the Laplacian stays itself, and is not separable.",
    ),
    "named-after-convolution": Lesson(
        "layer taken at its name",
        "The layers are called convolutions, but libraries lay the kernel on as it is stored, which is a cross-correlation. It makes no difference to what a network can learn, for the turned kernel can be learned as well. It does make a difference to what you work out by hand: ask which is meant.",
    ),
    "edge-along-change": Lesson(
        "edge taken to lie along the change",
        "The weights change from left to right, and that is taken for the direction of the edge. An edge runs across the change: grey values that change from left to right meet along an upright line. So weights that change from left to right answer to vertical edges.",
    ),
    "shape-of-the-weights": Lesson(
        "outline taken for what is found",
        "The smaller weights in the corners make the kernel look like a diamond, and diamonds have slanted sides. What counts is where the signs change: here between the two middle columns. The outline only says how much the cells further out count.",
    ),
    "sum-of-weights-ignored": Lesson(
        "sum of the weights ignored",
        "The weights of this kernel add up to 0. Where all cells are alike the answer is that sum times the cell, so it is 0 however bright the cells are. Such kernels answer to changes, not to brightness.",
    ),
    "zeros-not-counted": Lesson(
        "zeros of the padding taken not to count",
        "The map is taken to be the same at the border as inside. The kernel is laid on the zeros as well, and a zero times a weight adds nothing. So fewer cells of the image are added up at the border, and fewest in the corners.",
    ),
    "padding-adds": Lesson(
        "padding taken to add something",
        "More cells around the image do not mean more in the sum. The cells that zero padding puts are zeros, and a zero adds nothing. Compared with a window inside, one at the border has cells of the image replaced by zeros.",
    ),
    "padding-cuts": Lesson(
        "padding taken to cut the border off",
        "It is without padding that the border is lost: a 3×3 kernel then has no place centred on the outermost cells. Padding by 1 gives it those places, and the map is as large as the image. What is there is only less reliable than inside.",
    ),
    "pooling-biases": Lesson(
        "biases in a pooling",
        "Every channel is given a bias to learn. A pooling adds nothing: it takes the largest cell of a window, or the mean of all, and passes that on. What it has is a size and a stride, and both are chosen, not learned.",
    ),
    "transposed-for-inverse": Lesson(
        "transposed taken for inverse",
        "The name deconvolution suggests that the convolution is undone. A transposed convolution multiplies by the transposed matrix of the convolution, and only for special matrices is that the inverse. With a stride there are fewer numbers than before, and no layer can tell from them what all of them were.",
    ),
    "transposed-size-lost": Lesson(
        "size taken to be lost",
        "The stride makes the map smaller, and that seems to be final. A transposed convolution with the same kernel, stride and padding goes back to a map of the size before; where the stride did not divide, output padding adds the rest. Only the numbers are not those of before.",
    ),
    "kernel-not-learned": Lesson(
        "kernel taken for a given one",
        "In exercises the kernel is given, Sobel or a Gaussian. In a layer it is what training finds: each weight of each kernel is a parameter. Usually a bias for each filter is one, too.",
    ),
    "activation-has-weights": Lesson(
        "weights in an activation",
        "An activation such as ReLU is a fixed function: it looks at each cell and has nothing to remember. So it has no parameters. There are exceptions that say so in their name, such as PReLU with its learned slope.",
    ),
    "normalisation-learns-nothing": Lesson(
        "scale and shift forgotten",
        "Batch normalisation takes off the mean and divides by the deviation, which are measured, not learned. After that it multiplies by a scale and adds a shift, and these it learns, one of each for each channel. The shift is what a bias before it would have been for.",
    ),
    "pool-weighs-each-channel": Lesson(
        "kernel for each channel of a pooling",
        "A pooling works on each channel by itself, and that is taken for a kernel in each. There is no kernel: cells are compared or averaged, in every channel by the same fixed rule. Nothing in it is learned.",
    ),
    "weights-with-one-side": Lesson(
        "weights taken to grow with a side",
        "The number of weights is taken to grow with the height or the width of the image. A kernel has its own size, and is laid on the image at more places when that is larger. More places mean more work and a larger map, with the same weights.",
    ),
    "weights-with-area": Lesson(
        "weights taken to grow with the area",
        "A set of weights is counted for each place of the kernel. All places share the same kernel: that is what makes a convolution layer small. A fully connected layer is what grows with the area, for there each pixel has a weight of its own.",
    ),
    "one-cell-for-the-whole-map": Lesson(
        "1×1 kernel taken to see the whole map",
        "A 1×1 convolution is a fully connected layer over the channels of one pixel. Over a whole map of 7×7 it would be that layer 49 times, each time on one pixel. To see all pixels at once the kernel must be as large as the map.",
    ),
    "one-place-only-forgotten": Lesson(
        "kernel taken to slide over padding",
        "With padding 3 a 7×7 kernel has 7·7 = 49 places on a 7×7 map, and the answer is a map again. A fully connected layer has one answer for each filter. So the kernel must have one place only, and that it has without padding.",
    ),
    "dense-taken-for-another-kind": Lesson(
        "fully connected taken for another kind",
        "Flattening looks as if it made something else of the map. But both layers multiply inputs by weights and add up; the flattened order only says which weight stands where. With a kernel as large as the map the sums are the same, and so are the parameters.",
    ),
    "one-cell-does-nothing": Lesson(
        "depth of a 1×1 kernel forgotten",
        "On an image with one channel a 1×1 kernel does only multiply. But a filter is as deep as its input: on 64 channels it has 64 weights and adds the channels up, each with its own weight. So it mixes what the channels found, pixel by pixel.",
    ),
    "channels-for-size": Lesson(
        "fewer channels taken for smaller maps",
        "A 1×1 convolution is used to make things smaller, and that is right of the number of channels. Height and width stay, for a kernel of one cell has a place on every pixel. To make maps lower and narrower takes a stride or a pooling.",
    ),
    "neighbours-of-one-cell": Lesson(
        "neighbours under one cell",
        "A kernel of one cell covers one pixel at a time. Averaging over neighbours would need a window in which there are some, such as 3×3. What a 1×1 kernel adds up are the channels of that one pixel.",
    ),
    "pointwise-left-out": Lesson(
        "1×1 layer left out",
        "Only the depthwise layer is counted. It gives as many channels as went in, and none of them knows of another. The 1×1 layer after it mixes them into the channels that are wanted, and has most of the weights.",
    ),
    "parts-multiplied": Lesson(
        "weights of two layers multiplied",
        "The weights of the two layers are multiplied. The layers come one after the other, each with weights of its own, so their numbers add up. A product would be far more than the single convolution had, and nothing would be saved.",
    ),
    "next-layer-forgotten": Lesson(
        "layer after the pooling forgotten",
        "It is right that the pooling has no parameters. But what goes into the next layer is smaller, and a fully connected layer has a weight for each number that goes in. With one number for each map instead of 7·7 = 49 it has 49 times fewer weights.",
    ),
    "side-for-area": Lesson(
        "one side counted for the area",
        "One side of the map is counted. Averaging makes one number of all cells of a map, and of these there are height times width. With 7·7 = 49 cells that is 49 times fewer.",
    ),
    "pooling-replaces-layer": Lesson(
        "pooling taken for the last layer",
        "The pooling is taken to be the answer itself. It gives one number for each of the 512 maps, and 1000 classes are wanted. The fully connected layer that makes one of the other is still there.",
    ),
    "bias-after-the-mean": Lesson(
        "bias taken to survive the mean",
        "A bias added to every cell of a map is added to its mean as well. When the mean is subtracted the bias goes with it. Only what is added after that, the shift of the normalisation, shifts what comes out.",
    ),
    "bias-for-scale": Lesson(
        "bias taken for a factor",
        "A bias is added, it does not multiply. Adding a number moves all cells alike, so how far they lie apart stays the same. And the mean that is subtracted takes even the move away.",
    ),
    "layers-without-area": Lesson(
        "layers counted, not cells of kernels",
        "Two layers seem to need more than one. The number of weights goes by the cells of the kernels: twice 3·3 is 18, and 5·5 is 25, for each pair of channels. So the two have fewer weights, by about a quarter.",
    ),
    "field-shrinks-with-map": Lesson(
        "field taken to shrink with the map",
        "The stride makes the map smaller, and the field is taken to do the same. It is the other way round: with fewer cells to cover the same image, neighbours lie further apart in it. A later kernel that covers three of them covers more of the image.",
    ),
}
