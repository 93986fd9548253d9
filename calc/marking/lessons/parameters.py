"""Lessons about parameters: of one layer, and of a network counted row by row."""

from __future__ import annotations

from collections.abc import Mapping

from calc.marking.lessons.base import Lesson

OF_KERNELS: Mapping[str, Lesson] = {
    "input-channels-forgotten": Lesson(
        "input channels forgotten",
        "Each filter is counted as one flat kernel. A kernel that is drawn as 5×5 is as deep as its input, for it has weights of its own for every input channel: a 5×5 kernel on 3 channels has 5·5·3 = 75 weights. In a transposed convolution, too, there is a kernel from every input channel to every output channel. Multiply by the input channels (of a group, where there are groups) before you go on.",
    ),
    "channels-and-biases-forgotten": Lesson(
        "input channels and biases forgotten",
        "Only the area of the kernel and the number of filters are multiplied. Each filter is as deep as its input, so it has k·k weights for every input channel, and it has one bias. Count one filter first, all its weights and its bias, and multiply by the number of filters at the end: (5·5·3 + 1)·32 = 2432.",
    ),
    "bias-per-input-channel": Lesson(
        "one bias per input channel",
        "There is a bias for each input channel, either in every filter or in the layer as a whole. Biases belong to the output: all input channels are added up to one number first, then one bias is added. So there are as many biases as filters, which is as many as output channels.",
    ),
    "biases-of-input-channels": Lesson(
        "as many biases as input channels",
        "The weights are right, but the biases are counted by the input channels. A bias belongs to a filter and is added to its map. So there are as many biases as filters: 32 filters on 3 channels have 32 biases, not 3.",
    ),
    "one-bias-for-the-layer": Lesson(
        "one bias for the whole layer",
        "What every output has for itself is counted once for the layer. Each filter of a convolution and each output of a fully connected layer has its own bias, and each output of a bilinear layer also has its own weights for all pairs of inputs. The number of biases equals the number of filters or outputs. Count one output with all that belongs to it, then multiply.",
    ),
    "bias-twice": Lesson(
        "biases counted twice",
        "The biases are added although they are in the bracket already. In (k·k·channels + 1)·filters the + 1 is the bias of one filter, and multiplying by the filters counts them all. Add them either inside the bracket or at the end, not both.",
    ),
    "bias-per-weight": Lesson(
        "one bias per weight",
        "Every weight is given a bias, which doubles the number of weights. A bias is not part of a product: all the products of a window are added up, then one bias is added to the sum. So a filter has one bias, however many weights it has.",
    ),
    "bias-per-output": Lesson(
        "one bias per cell of the map",
        "A bias is counted for every cell of every output map. It is added to every cell, but it is the same number all over one map. A filter has one bias, and the size of the map does not matter for the parameters at all.",
    ),
    "kernel-sides-added": Lesson(
        "kernel sides added",
        "The sides of the kernel are added up, and no input channel is counted. A 3×3 kernel is a square of 3·3 = 9 weights, not 3 + 3 = 6, and it has those weights for each input channel. Multiply all the sides and the input channels.",
    ),
    "kernel-side-once": Lesson(
        "kernel side counted once",
        "Only one side of the kernel is counted. A kernel that is said to be 5 has that length along every axis: on images that makes 5·5 = 25 weights for each input channel, in volumes 5·5·5. Multiply one side for each axis.",
    ),
    "channels-added": Lesson(
        "input channels added, not multiplied",
        "The input channels are added to the area of the kernel. The kernel has all its weights again for each channel, so they are multiplied: a 5×5 kernel on 3 channels has 5·5·3 = 75 weights, not 5·5 + 3 = 28. Only the bias is added.",
    ),
    "channels-swapped": Lesson(
        "input and output channels swapped",
        "Input and output channels have changed places in the formula. For the weights this makes no difference, but for the biases it does: there is one for each filter, so the number outside the bracket is that of the filters. A layer from 3 to 32 channels has 32 biases.",
    ),
    "weights-per-output": Lesson(
        "new weights at every place",
        "The parameters are multiplied by the size of the map, as if every place had weights of its own. A convolution shares its weights: the same filter is slid over the whole image. That is its main saving, and why a larger image makes no more parameters. What does grow with the map is the number of multiplications.",
    ),
    "image-for-kernel": Lesson(
        "image size in place of the kernel",
        "The height and width of the image are put in where those of the kernel belong. A filter has only the weights of its small window, which moves over the image. The size of the image appears nowhere in the parameters of a convolution.",
    ),
    "as-fully-connected": Lesson(
        "counted as fully connected",
        "Every output is counted with a weight for every input, as in a fully connected layer. In a convolution an output is joined only to the cells under its kernel, and all outputs of a map share the same weights. So it is enough to count the weights and the bias of one filter and to multiply by the number of filters.",
    ),
    "one-filter": Lesson(
        "one filter only",
        "The weights and the bias of a single filter are counted. The layer has one filter for each output channel, each with numbers of its own. Multiply by the output channels: on 3 channels a 5×5 filter has 76 parameters, and 32 of them have 2432.",
    ),
    "stride-in-params": Lesson(
        "stride in the parameters",
        "The parameters are divided by the stride. The stride says how far the kernel moves, not what it is made of: it makes the map smaller and leaves the weights alone. Padding is the same in this: neither of them appears in the count of parameters.",
    ),
    "dilated-kernel-counted": Lesson(
        "gaps of a dilated kernel counted",
        "All the cells that a dilated kernel covers are counted as weights. Between its taps it skips cells, and what is skipped has no weight. A 3×3 kernel has 9 weights for each input channel at any dilation, though at dilation 2 it covers 5×5 cells.",
    ),
    "groups-ignored": Lesson(
        "groups ignored",
        "Every filter is counted as deep as the whole input. With groups the channels are parted, and a filter sees only those of its own group: the input channels divided by the groups. A depthwise convolution has as many groups as channels, so each of its filters is one channel deep.",
    ),
    "groups-twice": Lesson(
        "groups divided out twice",
        "The weights are divided by the groups twice, once for the input and once for the output channels. The groups make each filter shallower, but there are still as many filters as output channels. Divide only the input channels by the groups: 2 groups halve the weights, they do not quarter them.",
    ),
    "bias-counted": Lesson(
        "biases where there are none",
        "Biases are counted in a layer that is made without them, with bias=False. That is usual in front of a batch normalisation: it takes the mean away again, and its shift does what a bias would do. Look at the arguments of the layer before you write the + 1.",
    ),
    "pixels-for-channels": Lesson(
        "pixels counted for channels",
        "A filter is given a weight for each pixel of the image and none for each channel. Its weights belong to the cells of its kernel, once for every input channel, and they are the same wherever the kernel lies. A 1×1 filter on 16 channels has 16 weights and a bias, on an image of any size.",
    ),
    "separable-multiplied": Lesson(
        "depthwise and pointwise multiplied",
        "The parameters of the depthwise and of the pointwise convolution are multiplied. They are two layers, one after the other, and each has its own weights: their numbers are added. With a 3×3 kernel from 16 to 32 channels that is 3·3·16 + 16·32 = 656 weights. The full convolution that they stand in for has 3·3·16·32 = 4608, and to have fewer is what they are for.",
    ),
    "separable-as-full": Lesson(
        "separable counted as one convolution",
        "The two layers are counted as the full convolution that they stand in for. The depthwise one has a flat kernel for each channel, the pointwise one a 1×1 filter for each output channel. Count the two apart and add them.",
    ),
    "outputs-for-params": Lesson(
        "outputs counted as parameters",
        "The numbers that come out of the layer are counted. Those are worked out anew for every image and nobody learns them; parameters are what the layer itself keeps, its weights and biases. Only the memory that a run takes hangs on the outputs.",
    ),
    "pool-has-weights": Lesson(
        "parameters in a pooling",
        "The pooling is counted like a convolution with a kernel. Its window only says which cells are looked at; then the largest or the mean is taken, and there is nothing to learn in that. A pooling has 0 parameters.",
    ),
}

OF_OTHERS: Mapping[str, Lesson] = {
    "outputs-twice": Lesson(
        "outputs counted twice",
        "The outputs are multiplied in twice. A fully connected layer has one weight for each pair of an input and an output, so inputs times outputs, and one bias for each output. From 2048 to 64 features that is (2048 + 1)·64 = 131136.",
    ),
    "features-added": Lesson(
        "features added, not multiplied",
        "Numbers are added that have to be multiplied. In a fully connected layer every input is joined to every output, in a bilinear layer every pair of inputs has a weight for each output, and in an embedding every vector of the table has all its numbers. Whenever each of one kind meets each of another, their numbers are multiplied.",
    ),
    "bias-added": Lesson(
        "biases in an embedding",
        "A bias is counted for each number of an embedding's vectors. An embedding is a table: a whole number picks out one of its vectors, which is passed on as it is. Nothing is added to it, so 1000 vectors of 64 numbers are 64000 parameters and no more.",
    ),
    "statistics-counted": Lesson(
        "running statistics counted",
        "The running mean and variance of a batch normalisation are counted as parameters, four numbers for each channel. They are measured while the network is trained, not learned by gradient descent. The parameters are a scale and a shift, two for each channel. Keras does list all four, two of them as non-trainable, so look which count is meant.",
    ),
    "normalised-cell-by-cell": Lesson(
        "scale and shift for every cell",
        "A scale and a shift are counted for every cell of every map. A batch normalisation treats all cells of a channel alike, so there is one scale and one shift for the whole channel. 64 channels have 128 parameters, whatever the size of the maps.",
    ),
    "one-parameter-per-channel": Lesson(
        "scale or shift forgotten",
        "One parameter is counted for each channel. After a batch normalisation has brought a channel to mean 0 and variance 1, it multiplies it by a learned scale and adds a learned shift. That makes two for each channel.",
    ),
    "one-scale-for-all": Lesson(
        "one scale and shift for all channels",
        "A single scale and a single shift are counted for the whole layer. A batch normalisation treats each channel by itself, with its own mean and variance and its own scale and shift. So it has twice as many parameters as there are channels.",
    ),
    "norm-without-parameters": Lesson(
        "normalisation without parameters",
        "The normalisation is counted as having nothing to learn, like a pooling. After it has brought a channel to mean 0 and variance 1, a batch normalisation multiplies it by a learned scale and adds a learned shift. That makes two parameters for each channel, unless it is made with affine=False.",
    ),
    "scale-and-shift-counted": Lesson(
        "scale and shift where there are none",
        "A scale and a shift are counted in a normalisation that is made without them, with affine=False. It only brings its input to mean 0 and variance 1, and there is nothing to learn in that. Look at the arguments of the layer before you count two for each channel.",
    ),
    "biases-of-inputs": Lesson(
        "as many biases as inputs",
        "The weights are right, but there is a bias for each input. A bias belongs to an output and is added once to its sum. So a layer from 2048 to 64 features has 64 biases.",
    ),
    "one-gate": Lesson(
        "one gate only",
        "The weights of a single gate are counted. An LSTM has four gates and a GRU has three, and each gate has its own weights for the input and for the state, and its own biases. Count one gate, then multiply by the number of gates.",
    ),
    "one-bias-vector": Lesson(
        "one bias vector in place of two",
        "One vector of biases is counted for each gate. PyTorch has two, one beside the weights of the input and one beside those of the state. In an LSTM and in a plain recurrent layer only their sum matters, so Keras has one there. Look which library is meant before you count.",
    ),
    "state-forgotten": Lesson(
        "weights of the state forgotten",
        "Only the weights from the input are counted. What makes a layer recurrent is that the state of the step before comes in as well, with weights of its own from each of its numbers to every hidden unit. For each gate that is hidden·(input + hidden) weights, not hidden·input, as long as the state is not projected.",
    ),
    "one-direction": Lesson(
        "one direction only",
        "A bidirectional layer is counted as if it ran in one direction. It has a second set of weights, which reads the sequence from its end. Layers above the first also have a wider input, for they receive the states of both directions side by side.",
    ),
    "one-direction-above": Lesson(
        "upper layers fed by one direction",
        "The layers above the first are counted as if the layer below gave them the state of one direction. In a bidirectional network both directions are put side by side, so the input of an upper layer is twice the state. The state that each direction hands on to its own next step stays as it was.",
    ),
    "input-in-every-layer": Lesson(
        "network input in every layer",
        "Every layer of a stack is counted with the size of the network's input. Only the first layer reads that input. A layer above receives what the layer below gives out: its state, from both directions where there are two.",
    ),
    "heads-multiplied": Lesson(
        "parameters multiplied by the heads",
        "The parameters are multiplied by the number of heads, as if each head had projections of full size. The heads share the embedding: with h heads each works on one h-th of its numbers. So the number of heads does not change the number of parameters.",
    ),
    "one-head": Lesson(
        "one head only",
        "The parameters of a single head are counted. Each head has its part of the projections, and all parts belong to the layer. Together the heads have full projections of query, key and value, so nothing is divided by their number.",
    ),
    "out-projection-forgotten": Lesson(
        "projection of the output forgotten",
        "The projections of query, key and value are counted, and the one behind the heads is left out. What the heads give is laid side by side and projected once more, by a matrix as wide as the embedding on both sides and with a bias of its own..",
    ),
    "one-projection": Lesson(
        "one projection in place of three",
        "One projection is counted for query, key and value together. They are three different views of the sequence, each with weights and biases of its own. With an embedding of 64, each of them has 64·64 weights and 64 biases.",
    ),
}

OF_NETWORKS: Mapping[str, Lesson] = {
    "image-channels-everywhere": Lesson(
        "image channels in every layer",
        "Every convolution is counted as if it saw the image. Only the first one does; each later one takes the maps of the layer before it, as many as that layer has filters. Write the channels as a chain, such as 3 → 32 → 32 → 64, and read each layer off two neighbours.",
    ),
    "kernel-in-linear": Lesson(
        "kernel in a fully connected layer",
        "The area of a kernel is multiplied into a fully connected layer. Such a layer has no kernel and no places to slide over: each output has one weight for each input, and a bias. So it has (inputs + 1)·outputs parameters.",
    ),
    "kernel-in-flatten": Lesson(
        "kernel area in place of the map's",
        "The inputs of the first fully connected layer are taken as the channels times the area of the kernel. What is flattened is the map that comes out of the last convolution or pooling, and its size has nothing to do with the weights of a kernel. Follow the height and width through all layers down to the flattening, then multiply by the channels.",
    ),
    "flatten-without-area": Lesson(
        "one input for each channel",
        "The inputs of the first fully connected layer are taken as the number of channels alone. Each channel is a whole map, and flattening lays all its cells in the row: 32 maps of 8×8 give 2048 inputs, not 32. It would be 32 only after a global pooling, which leaves one cell of each map.",
    ),
    "flatten-image": Lesson(
        "image size in the flattening",
        "The inputs of the first fully connected layer are taken with the height and width of the image. Strides, poolings and missing padding have made the maps smaller on the way. Follow the size through every layer: what is flattened is the last map, as small as it has become.",
    ),
    "last-pooling-forgotten": Lesson(
        "last pooling forgotten",
        "The inputs of the first fully connected layer are counted with the size that goes into the last pooling. That pooling makes the maps smaller before they are flattened: a 2×2 pooling leaves a quarter of the cells. Poolings have no parameters, but they change the sizes, so keep them in the list of layers.",
    ),
    "macs-for-params": Lesson(
        "operations given for parameters",
        "The number is that of the multiply-accumulates. Parameters are what is stored: each weight counts once, however often it is used. Operations are what is done: a weight of a convolution is used again at every place of its map.",
    ),
    "one-layer-alone": Lesson(
        "one layer only",
        "The number is right for one of the layers, but the whole network is asked for. Count every layer that has parameters and add them up. A table with one row for each layer and a last row for the sum keeps all of them in sight.",
    ),
    "one-kind-alone": Lesson(
        "one kind of layer only",
        "Layers of one kind are counted, and the others are left out. Every layer that has weights, a scale or a bias belongs to the sum: convolutions, fully connected layers, normalisations. A table with one row for each layer keeps all of them in sight.",
    ),
    "another-column": Lesson(
        "another number of the layer",
        "The number belongs to the layer, but it is not the one that is asked. Parameters are what a layer has learned: weights, which multiply, and biases, which are added. Multiply-accumulates and operations are what it does for one input, bytes are what its output takes.",
    ),
    "numbers-for-bytes": Lesson(
        "numbers given for bytes",
        "The numbers of the output are counted, not their bytes. A number in float32 takes 4 bytes, so a map with 16·20·20 = 6400 of them takes 4·6400 = 25600 bytes. In float16 it would take half of that.",
    ),
    "wrong-formula": Lesson(
        "formula that does not hold",
        "The formula in the working is not true for the numbers of the question, so what follows from it cannot be relied on. It may belong to another kind of layer, have lost a term or a sign, or give its letters another meaning. Before you use a formula, try it on a case that is small enough to count by hand.",
    ),
}

LESSONS: Mapping[str, Lesson] = {**OF_KERNELS, **OF_OTHERS, **OF_NETWORKS}
