"""Lessons about sizes: of one layer, of layers one after the other, and of what one output sees."""

from __future__ import annotations

from collections.abc import Mapping

from calc.marking.lessons.base import Lesson

OF_ONE_LAYER: Mapping[str, Lesson] = {
    "first-window-forgotten": Lesson(
        "first window forgotten (+ 1 missing)",
        "The division counts how many steps the window can take, but the answer stops there. The window stands somewhere before its first step, and that place counts as well: with n steps there are n + 1 places, as a fence with n gaps has n + 1 posts. Add 1 after the division has been rounded down. A window as large as the input can take no step at all and still has 1 place.",
    ),
    "padding-on-one-side": Lesson(
        "padding counted on one side only",
        "The padding p is counted once, but it stands at both ends of the axis. In a convolution or a pooling it makes the input 2p longer; in a transposed convolution it makes the output 2p shorter. Think of the frame of a picture: it adds its width left and right.",
    ),
    "axes-swapped": Lesson(
        "height and width swapped",
        "The two sizes are right and stand in the wrong order. Here, as in matrices and in the shapes of torch, the rows come first: a size is height × width. Cameras and screens are named the other way round, so a picture of 640×480 pixels is an array of 480×640.",
    ),
    "padding-subtracted": Lesson(
        "padding subtracted",
        "The padding is taken away from the input. It puts cells around the input, so the window has more room: the input grows by 2p. In the formula only the kernel is subtracted, the padding is added. Check with padding 1 and a 3×3 kernel at stride 1, which must keep the size.",
    ),
    "padding-twice": Lesson(
        "padding counted twice on each side",
        "The padding is counted four times, as if p stood twice on each side. It often comes from doubling a number that is already the padding of both sides. The padding p is that of one side, and an axis has two ends: 2p is all that is added.",
    ),
    "stride-after-plus-one": Lesson(
        "+ 1 added before the division",
        "The 1 for the first window is added before the division by the stride. The stride divides the way that the window can move; the first place is not part of that way. Divide, round down, then add 1. With stride 1 both ways agree, so check with a larger stride.",
    ),
    "rounded-to-nearest": Lesson(
        "rounded to the nearest",
        "The quotient is rounded to the nearest whole number, as one does with measurements. Windows are counted here, and a last one for which there is no room does not exist, however much of it would fit. Always round down, even 3.9 to 3.",
    ),
    "fraction-kept": Lesson(
        "fraction kept",
        "The quotient is left as a fraction. A size is a number of cells, so it must be whole: a last window that does not fit is left out. Round the quotient down before you add 1.",
    ),
    "kernel-ignored": Lesson(
        "kernel and padding ignored",
        "The input is divided by the stride and nothing else. A window must fit in whole, so a kernel of k takes away k − 1 places, and the padding gives 2p back. Input divided by stride is what comes out only where the padding makes up for the kernel. Put all the numbers into the formula instead of relying on the stride alone.",
    ),
    "kernel-lost-on-each-side": Lesson(
        "kernel taken off on each side",
        "The input loses k − 1 cells at each end, twice as many as it should. A window of k cells can start at n − (k − 1) places of n, so k − 1 is lost in all, half of it at each end. A 3×3 kernel without padding turns 32 into 30, not into 28.",
    ),
    "size-kept": Lesson(
        "size taken to stay the same",
        "The output is given the size of the input, as with the padding called “same”. That holds only at stride 1 with a padding that makes up for the kernel: (k − 1)/2 on each side if k is odd and nothing is dilated. With another padding or a larger stride the size changes, so put the numbers into the formula.",
    ),
    "taken-for-same": Lesson(
        "number of zeros taken for “same”",
        "The input is divided by the stride and rounded up. That is what Keras's padding called “same” gives, which puts as many zeros around as it takes. Here the padding is a number, so it goes into the formula like the others, and the kernel does, too. Both agree only where the padding is half of k − 1.",
    ),
    "same-rounded-down": Lesson(
        "“same” rounded down",
        "The input is divided by the stride and rounded down. With the padding called “same” a window starts at every stride that is begun, and zeros fill up what the last one lacks. So 27 cells at stride 2 give 14 outputs, not 13.",
    ),
    "dilation-times-kernel": Lesson(
        "dilation multiplied by the kernel size",
        "A dilated kernel is taken to cover k·d cells. It has k taps, but only k − 1 gaps between them, each d cells wide from tap to tap, and after the last tap nothing follows. So it covers d·(k − 1) + 1 cells: 3 taps at dilation 2 cover 5, not 6.",
    ),
    "dilation-of-gaps": Lesson(
        "kernel and dilation exchanged",
        "A dilated kernel is taken to cover k·(d − 1) + 1 cells. The subtraction is at the wrong letter: it is the k − 1 gaps between the taps that the dilation stretches to d. So the kernel covers d·(k − 1) + 1 cells. Check with dilation 1, where it must cover just k.",
    ),
    "bracket-sign-lost": Lesson(
        "sign in a bracket lost",
        "While the formula is solved for the kernel, the minus before the bracket is applied to its first term alone. A minus before a bracket turns every sign inside: in − (out − 1) is in − out + 1. Put the kernel back into the size formula; if the size does not come out, look for the bracket.",
    ),
    "padding-in-all": Lesson(
        "padding of both sides for that of one",
        "The answer k − 1 is the padding of both sides together, where that of one side is asked for. To keep the size at stride 1 without dilation, a kernel of k needs k − 1 more cells along an axis in all, and half of them go on each side: (k − 1)/2. A 3×3 kernel needs 1 on each side.",
    ),
    "half-the-kernel": Lesson(
        "half the kernel as padding",
        "The padding is taken as k/2. The middle cell of an odd kernel lies on the input, and only the (k − 1)/2 cells beside it reach out, so to keep the size at stride 1 without dilation that much is needed on each side. For a 5×5 kernel this is 2, not 2.5, and a padding is a whole number of cells.",
    ),
    "padding-as-kernel": Lesson(
        "padding as large as the kernel",
        "The padding is taken to be as large as the kernel. To keep the size at stride 1 without dilation the window need only reach out by half of what is beside its middle cell, (k − 1)/2 on each side. With a padding of k the first window would lie in the padding alone, and the output would be larger than the input.",
    ),
    "padding-one-short": Lesson(
        "padding one too small",
        "The padding comes out one less than (k − 1)/2, as if the 1 had been taken off twice. To keep the size at stride 1 without dilation, (k − 1)/2 is needed on each side; with one less the output is 2 cells smaller than the input. Put the number back into the size formula to see it.",
    ),
    "padding-added": Lesson(
        "padding added to the output",
        "The padding is added to the output, as if it enlarged it. In a transposed convolution it is the padding of the convolution that is undone, so it takes cells away: p is cut off each side of the output. The size formula has − 2p where that of a convolution has + 2p.",
    ),
    "stride-between-n": Lesson(
        "one stride too many",
        "Every input cell is counted with a stride after it. The stamps of n input cells start at n places, and between those there are n − 1 strides; after the last stamp only its own length follows. So the formula begins with (in − 1)·s, not in·s. Check with a single input cell: without padding its output is as long as the kernel, whatever the stride.",
    ),
    "input-times-stride": Lesson(
        "input times stride",
        "The input is multiplied by the stride and nothing else. That is right only where kernel, padding and output padding happen to make up for each other, as with a 4×4 kernel, stride 2 and padding 1. In general the output is (in − 1)·s − 2p + k + the output padding, where a dilated kernel counts with all the cells that it covers.",
    ),
}

OF_LAYERS: Mapping[str, Lesson] = {
    "channels-of-input": Lesson(
        "input channels kept",
        "The output is given as many channels as the input has. Each filter of a convolution looks at all input channels and makes one map, so the output has as many channels as there are filters. A layer that works on each channel by itself, such as a pooling, keeps the number. Look at the last convolution: its filters are the channels that come out.",
    ),
    "channels-multiplied": Lesson(
        "channels multiplied",
        "The input channels are multiplied by the filters, as if each filter made a map for every input channel. A filter does multiply all channels with its slices, but it adds the products up to one map. So as many channels come out as there are filters, however many go in.",
    ),
    "channels-padded": Lesson(
        "padding added to the channels",
        "The padding is added to the channels as well as to height and width. It puts cells around each map and no map in front of the others or behind them. So the number of channels stays as it is, however wide the padding.",
    ),
    "pool-halves-channels": Lesson(
        "pooling taken to halve the channels",
        "The number of channels is halved by each pooling together with height and width. A pooling slides over each channel by itself and puts nothing together across channels. Their number stays: a 2×2 pooling makes 32 maps of 14×14 out of 32 maps of 28×28.",
    ),
    "flatten-without-channels": Lesson(
        "channels left out in the flattening",
        "Only the cells of one map are counted as inputs of the fully connected layer. Flattening lays the cells of all maps in one row: 32 maps of 8×8 give 32·8·8 = 2048 inputs, not 64. Multiply all the numbers of the shape, channels as well as height and width.",
    ),
    "flatten-before-last-layer": Lesson(
        "size from before the last layer",
        "The size that is flattened is the one that goes into the last layer before the flattening, not the one that comes out of it. That last layer is often a pooling and easily skipped, as it has no parameters. Write down the shape after every layer; the last of these shapes is flattened.",
    ),
}

OF_FIELDS: Mapping[str, Lesson] = {
    "kernels-added": Lesson(
        "kernel sizes added up",
        "The receptive field is taken as the sum of the kernel sizes. Windows that lie next to each other overlap, so at stride 1 and without dilation each layer adds only k − 1 cells to the single one that you start from. Two 3×3 layers see 1 + 2 + 2 = 5 cells along each axis, not 6.",
    ),
    "kernels-multiplied": Lesson(
        "kernel sizes multiplied",
        "The receptive field is taken as the product of the kernel sizes, as if the windows of a layer lay side by side without overlap. They do so only where each stride is as large as its kernel. In general each layer adds k − 1 steps, each as long as its dilation and the strides before it make it: two 3×3 layers at stride 1 see 5 cells along each axis, not 9.",
    ),
    "strides-ignored": Lesson(
        "strides ignored in the receptive field",
        "Each layer adds its own k − 1 cells to the field, or d·(k − 1) if it is dilated, as if all strides were 1. After a stride of 2 neighbouring cells of the map lie 2 input cells apart, so a later kernel reaches twice as far. Multiply what each layer adds by all the strides of the layers before it.",
    ),
    "own-stride-too-early": Lesson(
        "own stride counted too early",
        "The k − 1 steps of a layer are multiplied by its own stride as well. The stride of a layer says how far its windows lie from each other, not how far one window reaches. So it counts for the layers after it: multiply by the strides of the layers before, and only then take the new stride in.",
    ),
    "pooling-ignored": Lesson(
        "poolings ignored",
        "The poolings are left out because they have no weights. An output of a pooling sees all cells of its window, and its stride sets the cells apart for every layer that follows. For the receptive field a pooling counts as a convolution of the same kernel and stride does.",
    ),
    "last-kernel-alone": Lesson(
        "last kernel only",
        "The receptive field is taken as the kernel of the last layer. That kernel covers cells of the map before it, and each of those cells has seen a whole window already. Go through all the layers and add k − 1 for each, times its dilation and the strides of the layers before it.",
    ),
}

LESSONS: Mapping[str, Lesson] = {**OF_ONE_LAYER, **OF_LAYERS, **OF_FIELDS}
