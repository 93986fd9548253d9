"""Lessons about feature maps: how kernels are laid, what is around the image, how the products are added up."""

from __future__ import annotations

from collections.abc import Mapping

from calc.marking.lessons.base import Lesson

LESSONS: Mapping[str, Lesson] = {
    "not-flipped": Lesson(
        "kernel not flipped",
        "The kernel is laid on the image as it stands, which gives the cross-correlation. The layers of neural networks do just that, so their name, convolution, misleads. In mathematics and signal processing a convolution first reverses the kernel along every axis: the weight at the top left comes to stand at the bottom right. Only a kernel that looks the same after this half turn gives the same answer both ways.",
    ),
    "flipped": Lesson(
        "kernel flipped",
        "The kernel is reversed along every axis before it is slid, which gives the convolution of mathematics. Asked for is the cross-correlation, in which the kernel is laid on the image as it stands. The layers of neural networks work so although they are called convolutions. See what the question says about flipping before you begin, and check one cell with the kernel as it is given.",
    ),
    "flipped-up-down-only": Lesson(
        "kernel flipped up-down only",
        "The rows of the kernel are put in reverse order, but each row is left as it is. A convolution flips the kernel along both axes, which together make half a turn. Check a corner: the weight at the top left must end up at the bottom right, not at the bottom left.",
    ),
    "flipped-left-right-only": Lesson(
        "kernel flipped left-right only",
        "Each row of the kernel is reversed, but the rows stay in their order. A convolution flips the kernel along both axes, which together make half a turn. Check a corner: the weight at the top left must end up at the bottom right, not at the top right.",
    ),
    "kernel-transposed": Lesson(
        "kernel transposed",
        "Rows and columns of the kernel are exchanged, as in the transpose of a matrix. It is easily taken for the flip of a convolution, but the transpose leaves the top-left weight in its corner, where the flip brings it to the bottom right. A convolution turns the kernel by half a turn; a cross-correlation lays it on as it stands. Neither of them exchanges rows and columns.",
    ),
    "image-flipped-too": Lesson(
        "image flipped as well",
        "The image is turned by half a turn together with the kernel. Two flips undo each other: each window meets the kernel as in a cross-correlation, and the map comes out the wrong way round. A convolution flips the kernel alone; the image stays as it is.",
    ),
    "kernel-turned-a-quarter": Lesson(
        "kernel turned by a quarter",
        "The kernel is turned by 90 degrees. A convolution turns it by half a turn, so that its first weight becomes its last; a cross-correlation does not turn it at all. A quarter of a turn makes rows into columns: a kernel that finds vertical edges would find horizontal ones.",
    ),
    "padding-behind-only": Lesson(
        "padding at the end only",
        "All the padding is put at the end of each axis: below an image and to its right. The size of the map is the same as with padding all around, which hides the mistake, but every cell of the map is worked out at a shifted place. Padding goes on every side: the first window starts in the padding before the image, as far out as that padding is wide.",
    ),
    "padding-in-front-only": Lesson(
        "padding in front only",
        "All the padding is put at the beginning of each axis: above an image and to its left. The size of the map is the same as with padding all around, which hides the mistake, but every cell of the map is worked out at a shifted place. Padding goes on every side: draw the frame around the whole image before you lay the kernel on.",
    ),
    "padding-ignored": Lesson(
        "padding ignored",
        "The padding is left out, as if it were 0. In a convolution or a pooling it is put on every side of the input before the windows are laid, so that there is more room for them. In a transposed convolution it works the other way round: it is cut off every side of the output. Check the size of the answer with the padding in the formula, 2p more in the input or 2p less in the output.",
    ),
    "padded-with-zeros": Lesson(
        "zeros in place of another padding",
        "Zeros are put around the image although the question asks for another padding, such as a reflection or a repetition of the edge. Zeros are the usual choice in neural networks, so one reaches for them without looking. The mode changes the windows at the border: look it up, and write the frame around the image before you slide the kernel.",
    ),
    "edge-repeated": Lesson(
        "edge repeated as padding",
        "The outermost cells of the image are repeated outwards to fill the frame. That is a padding of its own, called replicate, and common in image processing. Here the frame is filled with one constant number, as a rule 0, whatever the image has at its edge.",
    ),
    "reflected": Lesson(
        "image reflected as padding",
        "The frame around the image is filled with a mirror image of the cells next to its edge. That is a padding of its own, called reflect, and common in image processing. Here the frame is filled with one constant number, as a rule 0, whatever the image has near its edge.",
    ),
    "stride-ignored": Lesson(
        "stride ignored",
        "The window moves cell by cell, as if the stride were 1. With stride s it moves on by s cells, along every axis that has this stride, so that a map has only about 1/s of the positions along it. In a transposed convolution the stride sets neighbouring stamps s cells apart, so there it makes the output larger. Work out the size with the stride first, then fill in that many cells.",
    ),
    "stride-on-one-axis": Lesson(
        "stride left out along one axis",
        "The kernel moves by the stride along one axis, but cell by cell along another. It is easy to jump from column to column and then to take the very next row. The stride holds along every axis: with stride 2 every other row and every other column of positions is left out.",
    ),
    "dilation-ignored": Lesson(
        "dilation ignored",
        "The cells of the kernel or window are taken side by side, as if the dilation were 1. With dilation d they stand d cells apart, so k of them cover d·(k − 1) + 1 cells: 3 at dilation 2 cover 5. Their number stays the same, only the distance grows. This holds for convolutions, transposed convolutions and poolings, and for what an output sees.",
    ),
    "weights-as-ones": Lesson(
        "weights taken as 1 or −1",
        "Only the sign of each weight is used, as if all of them were 1, −1 or 0. That is right for kernels with no other weights, but here some of them count more than others. Multiply each cell by the whole weight: a weight of 2 counts its cell twice.",
    ),
    "kernel-row-left-out": Lesson(
        "row of the kernel left out",
        "One row of the kernel is skipped in every window, as if its weights were 0. The row is often one with small or equal weights, or the last one, which the eye passes over. Every window has as many products as the kernel has weights: a 3×3 kernel has 9 of them, and counting them shows what is missing.",
    ),
    "kernel-column-left-out": Lesson(
        "column of the kernel left out",
        "One column of the kernel is skipped in every window, as if its weights were 0. The column is often one with small or equal weights, or the last one, which the eye passes over. Every window has as many products as the kernel has weights along all its axes: a 3×3 kernel has 9 of them, and counting them shows what is missing.",
    ),
    "first-channel-only": Lesson(
        "first channel only",
        "The map is worked out from the first channel alone. A filter has a slice for every input channel: each slice is laid on its own channel, and the products of all of them are added up to one number. Go through the channels one after the other and add what they give.",
    ),
    "channels-not-summed": Lesson(
        "channels not added up",
        "Each input channel is given a map of its own. A filter does have a slice for each channel, but the products of all slices are added up to one number. So one filter makes one map, however many channels go in. Only a convolution in groups, such as a depthwise one, keeps channels apart.",
    ),
    "matrix-product": Lesson(
        "matrix product of window and kernel",
        "The window and the kernel are multiplied as matrices, rows by columns, and the cells of the product are added up. Both are drawn as matrices, so this comes to mind, but a convolution multiplies place by place. Lay the kernel on the window: each weight meets the one cell under it, and those products are added up.",
    ),
    "bias-forgotten": Lesson(
        "bias forgotten",
        "The bias is left out. In a feature map it is one number for each filter, which is added to every cell of the map. Among the parameters it is one more for each filter or each output of a layer; recurrent and attention layers have whole vectors of them. A layer of a network has its biases unless it is said to have none.",
    ),
    "bias-per-channel": Lesson(
        "bias added for each input channel",
        "The bias is added once for each input channel, as if every slice of the filter had a bias of its own. A filter has one bias: the products of all its channels are added up first, then the bias is added once. Add up the channels before you look at the bias.",
    ),
    "bias-subtracted": Lesson(
        "bias subtracted",
        "The bias is taken away from the sums. It is added, as it stands: a bias of 2 makes every cell of the map larger by 2, and a negative bias makes them smaller. Add it once to each sum of products, after all products and all channels are added up.",
    ),
    "zeros-put-around": Lesson(
        "padding where there is none",
        "Zeros are put around the image although none are asked for, so the map has more cells than there are whole windows in the image. Without padding (“valid”) the kernel stays inside: along an axis of n cells a kernel of k has n − k + 1 places at stride 1. Padding belongs to a question only where it is said.",
    ),
    "activation-mistaken": Lesson(
        "another activation",
        "The sums go through another activation than the one that is asked. ReLU sets negative numbers to 0; it neither drops their signs, as the magnitude does, nor lets a part of them through, as a leaky ReLU does. The sigmoid goes from 0 to 1 and is 1/2 at 0; tanh goes from −1 to 1 and is 0 at 0.",
    ),
    "map-transposed": Lesson(
        "rows and columns of the map exchanged",
        "Every number is right, but the rows of the map stand as its columns. A window that moves to the right fills the next cell of the same row; when it goes down, a new row begins. A map is as high as there are places of the window down the image, and as wide as there are across it.",
    ),
    "activation-left-out": Lesson(
        "activation left out",
        "The map is right up to the sums, but the activation that follows is not applied. It belongs to the question: each cell goes through the activation by itself. The numbers can show that it is missing: no cell is negative after ReLU, and all lie between 0 and 1 after the sigmoid.",
    ),
    "negatives-clipped": Lesson(
        "negative cells set to 0",
        "Every negative cell is set to 0, as a ReLU would do. In a network an activation often follows the convolution, so it is added out of habit. Here none is asked for: the map keeps its negative numbers.",
    ),
    "magnitudes": Lesson(
        "signs dropped",
        "Every cell is given without its sign, as if the magnitude were asked for. Pictures of edges are often shown so, since a picture has no negative brightness. The feature map itself keeps its signs: they tell on which side of an edge it is brighter.",
    ),
    "signs-changed": Lesson(
        "every sign changed",
        "Every cell has the right magnitude and the opposite sign, as if the whole kernel had been multiplied by −1. It happens when a difference is taken the other way round. For a kernel that half a turn changes into its own negative, doing the flip wrongly has the same effect, as long as there is no bias. Work out one cell again with the sign of every weight written down.",
    ),
    "stamps-flipped": Lesson(
        "stamps flipped",
        "The kernel is flipped before it is stamped on the output. In a transposed convolution every input cell lays the kernel on the output as it stands, times its value. The flip belongs to the other way to work it, in which zeros are put between and around the input cells and the kernel is slid over them; there it must be flipped.",
    ),
    "output-padding-ignored": Lesson(
        "output padding ignored",
        "The output padding is left out, as if it were 0. At a stride above 1, inputs of several sizes shrink to one and the same size in a convolution, so the way back needs to be told which of them is meant. The output padding does that: it adds so many cells at the end of each axis. Add it once, not on both sides.",
    ),
    "as-convolution": Lesson(
        "worked as an ordinary convolution",
        "The kernel is slid over the input as in an ordinary convolution, so that the map comes out no larger than the input. A transposed convolution goes the other way: each input cell, times the kernel, is laid on the output. Neighbouring stamps lie the stride apart, and where they overlap they are added up. Last, the padding is cut off every side.",
    ),
    "stamps-overwritten": Lesson(
        "overlapping stamps not added",
        "Where the stamps of several input cells overlap, only the last one is kept. That is how stamps on paper look, but in a transposed convolution every stamp counts. Add up all the stamps that fall on a cell of the output; with stride 1 an inner cell is met by as many of them as the kernel has weights, if the input is large enough.",
    ),
    "max-taken": Lesson(
        "maximum taken",
        "The largest number of each window is taken. Max pooling is the commonest pooling, so it comes first to mind, but another one is asked for here. An average pooling adds up the window and divides by the number of its cells; a min pooling takes the smallest number.",
    ),
    "min-taken": Lesson(
        "minimum taken",
        "The smallest number of each window is taken. A max pooling takes the largest number and an average pooling the mean of the window. With negative numbers take care which is larger: −1 is larger than −5.",
    ),
    "average-taken": Lesson(
        "average taken",
        "The mean of each window is taken. A max pooling takes the largest number of the window and a min pooling the smallest, and nothing is added up in them. A sign to look for: their answers are always numbers that stand in the image, where a mean often is none.",
    ),
    "magnitudes-compared": Lesson(
        "largest magnitude taken",
        "The number farthest from zero is taken from each window, whatever its sign. Max pooling compares the numbers with their signs: 1 is larger than −8. In a window of negative numbers alone the one closest to zero is the maximum.",
    ),
    "window-added-up": Lesson(
        "window added up",
        "The cells of each window are added up, as if every cell had the weight 1. A max pooling adds nothing: of each window it takes the largest number as it stands. So every number of the answer must be one that stands in the image.",
    ),
    "not-divided": Lesson(
        "sum not divided",
        "The cells of each window are added up, but the sum is not divided by their number. An average pooling takes the mean: a 2×2 window divides its sum by 4. A mean lies between the smallest and the largest number of its window, which is a quick check.",
    ),
    "padding-counted-otherwise": Lesson(
        "padding counted wrongly in the average",
        "An average pooling can divide in two ways at the border: by all cells of the window, the padding among them, or only by those that lie in the image. The question says which of the two it means, and the other was taken. The sum is the same both ways; only the number that it is divided by differs.",
    ),
    "windows-overlap": Lesson(
        "window moved cell by cell",
        "The window of the pooling moves on by one cell, as the kernel of a convolution with stride 1 does. A pooling window moves by its stride, and where no stride is given that is the size of the window. A 2×2 pooling then parts the image into blocks that do not overlap and halves its size.",
    ),
    "stride-as-kernel": Lesson(
        "kernel size taken for the stride",
        "The windows are laid side by side, as if the stride were the size of the window. That is what happens where no stride is given, but here one is given. The windows move by that stride: they overlap where it is smaller than the window, and leave out cells where it is larger.",
    ),
    "rounded-down": Lesson(
        "rounded down in ceil mode",
        "The last window, which does not fit into the image, is left out. Without more being said that is right, but here the size is to be rounded up: a last window may hang over the end and works with the cells that it has. It counts only if it starts inside the image or in the padding before it.",
    ),
    "rounded-up": Lesson(
        "rounded up",
        "The size is rounded up, as if a last window that hangs over the end counted too. No cell should be lost, so this seems fair, but a window that does not fit is left out: the division is rounded down. Only a pooling in ceil mode keeps such a window, and even there it must start inside the input or in the padding before it.",
    ),
}
