"""The command line: what it prints and writes, its exit codes, and one sentence for every question that cannot be asked."""

import io
import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from calc.exact import Cells
from calc.images import read_image
from explain.text import WIDTH
from tests.cases import EXAMPLES, TASK_1A

Run = Callable[..., tuple[int, str, str]]
TASK = str(TASK_1A)

REFUSED: list[tuple[list[str], str]] = [
    (
        ["conv", "--image", "objects.npy", "--kernel", "sobel"],
        "objects.npy holds Python objects, which are never unpickled: give an array of whole numbers or floats",
    ),
    (["conv", "--image", "nan.npy", "--kernel", "1"], "nan.npy, row 1, column 2 is NaN: every cell is a number"),
    (
        ["conv", "--image", "fake.png", "--kernel", "sobel"],
        "fake.png is not a picture: PNG, JPEG, BMP, GIF, TIFF and WebP files are read",
    ),
    (
        ["conv", "--image", "rgb.npy", "--kernel", "1 2;; 3 4"],
        "2 planes of a kernel make no filters of 3 channels: give 3 for each filter",
    ),
    (
        ["conv", "--image", "rgb.npy", "--kernel", "1 2", "--groups", "2"],
        "groups 2 do not divide the 3 channels of the image: choose 1 or 3",
    ),
    (
        ["conv", "--image", TASK, "--kernel", "1", "--groups", "0"],
        "groups 0 do not divide the 1 channel of the image: choose 1",
    ),
    (["conv", "--image", TASK, "--kernel", "1", "--bias", "1 2"], "bias has 2 numbers: one is wanted"),
    (
        ["conv", "--image", "rgb.npy", "--kernel", "1", "--bias", "1 2"],
        "bias has 2 numbers: one is wanted, or 3, one for each filter",
    ),
    (
        ["conv", "--image", TASK, "--kernel", "1", "--then", "softmax"],
        "there is no activation “softmax”: did you mean softplus?",
    ),
    (["conv", "--image", TASK, "--kernel", "1", "--dims", "4"], "there are 1, 2 or 3 axes to slide along, not 4"),
    (
        ["conv", "--image", TASK, "--kernel", "1", "--dims", "3"],
        "an array of 3×5 cells is no 3-D image: it has 3 axes, or 4 with channels",
    ),
    (
        ["conv", "--image", "a b", "--kernel", "1 2", "--then", "relu"],
        "relu of letters depends on their signs: give numbers, or leave it out",
    ),
    (
        ["conv", "--image", "a b", "--kernel", "1 2", "-o", "x.npy"],
        "letters stand in the answer, which .npy cannot hold: end the name in .csv or .json",
    ),
    (
        ["conv", "--image", TASK, "--kernel", "1", "--crop", "1,1,4,3"],
        "crop 1,1,4,3 sticks out of the image, which is 3×5: from 1,1 on it is at most 3×5",
    ),
    (["conv", "--image", TASK, "--kernel", "1", "--resize", "0"], "resize 0 is not possible: it is at least 1"),
    (
        ["conv", "--image", "1/2 2; 3 4", "--kernel", "1", "--resize", "1"],
        "only whole numbers are resized: crop the image, or scale it first",
    ),
    (
        ["conv", "--image", TASK, "--kernel", "1", "--padding", "20000"],
        "the padded image would have 1600320015 cells, more than the 67108864 that are worked with",
    ),
    (
        ["conv", "--image", TASK, "--kernel", "1", "--windows", "1,1,1"],
        "windows “1,1,1” is neither all, a number of windows, nor places such as “1,1 2,3”",
    ),
    (
        ["conv", "--image", "rgb.npy", "--kernel", "1", "--windows", "1,1"],
        "windows “1,1” is neither all, a number of windows, nor places such as “1,1,1 2,1,3”",
    ),
    (
        ["pool", "--image", TASK],
        "the window is missing: give --kernel 2, or --global, or --adaptive and the size of the answer",
    ),
    (
        ["pool", "--image", TASK, "--kernel", "4"],
        "a window that covers 4 rows does not fit a 3×5 image with padding 0: it has 3",
    ),
    (
        ["pool", "--image", TASK, "--kernel", "2", "--padding", "2"],
        "padding 2 is more than half of the kernel of 2, so that windows would lie in padding alone: it is at most 1",
    ),
    (
        ["pool", "--image", TASK, "--kernel", "2", "--kind", "median"],
        "there is no pooling “median”: did you mean mean or min?",
    ),
    (
        ["pool", "--image", TASK, "--kernel", "2", "--global"],
        "a global pooling has one window, the image: leave --kernel and --adaptive out",
    ),
    (
        ["pool", "--image", TASK, "--kernel", "2", "--adaptive", "2"],
        "an adaptive pooling has no kernel: its windows follow from the size of the answer",
    ),
    (
        ["pool", "--image", TASK, "--adaptive", "99999"],
        "the answer would have 99999×99999 cells for each channel, more than can be worked with",
    ),
    (
        ["pool", "--image", TASK, "--kernel", "2", "--kind", "lp", "--power", "0"],
        "power 0 is not possible: p is a whole number from 1 to 16",
    ),
    (
        ["pool", "--image", "a b; 3 4", "--kernel", "2", "--kind", "lp"],
        "an Lp pooling of letters has no simple form: give numbers",
    ),
    (
        ["transposed", "--image", TASK, "--kernel", "1 2; 3 4", "--output-padding", "1"],
        "output padding 1 is not below the stride 1 or the dilation 1: a larger stride or none of it is wanted",
    ),
    (
        ["transposed", "--image", "1 2; 3 4", "--kernel", "1 2; 3 4", "--padding", "2"],
        "padding 2 leaves nothing of the output, which has 3×3 cells before it is cut",
    ),
    (
        ["transposed", "--image", TASK, "--kernel", "1", "--way", "neither"],
        "there is no way “neither” of a transposed convolution: choose both, stamps or zeros",
    ),
    (
        ["transposed", "--image", TASK, "--kernel", "1 2; 3 4", "--stride", "99999"],
        "the answer would have 1×200000×399998 = 79999600000 cells, more than can be worked with",
    ),
    (
        ["transposed", "--image", "rgb.npy", "--kernel", "1", "--groups", "2"],
        "groups 2 do not divide the 3 channels of the input",
    ),
    (
        ["shape", "--in", "5", "--kernel", "3", "-o", "x.npy"],
        "x.npy would hold a feature map: this answer is none, end its name in .txt, .md, .tex, .html, .svg, .gif or .json",
    ),
    (
        ["kernels", "a b"],
        "a kernel is explained one channel at a time, and in numbers: give rows such as “1 0 -1; 2 0 -2; 1 0 -1”",
    ),
    (
        ["conv", "--image", TASK, "--kernel", "sobel", "--padding-mode", "mirror"],
        "there is no padding mode “mirror”: choose zeros, reflect, replicate, circular, symmetric, or a number",
    ),
    (
        ["conv", "--image", TASK, "--kernel", "sobel", "--padding", "3", "--padding-mode", "reflect"],
        "reflect padding of 3 needs more cells than the 3 rows of the image have: it is at most 2",
    ),
    (
        ["conv", "--image", TASK, "--kernel", "sobel", "--padding", "4", "--padding-mode", "circular"],
        "circular padding of 4 needs more cells than the 3 rows of the image have: it is at most 3",
    ),
    (["conv", "--image", TASK, "--kernel", "sobel", "--dilation", "0"], "dilation 0 is not possible: it is at least 1"),
    (["conv", "--image", TASK, "--kernel", "sobel", "--bias", "?"], "“?” is not a number"),
    (
        ["conv", "--image", TASK, "--kernel", "sobel", "--dilation", "2", "--padding", "valid"],
        "a 3×3 kernel with dilation 2 does not fit a 3×5 image with padding 0: it needs 5 rows and has 3; pad by at least 1 on each side, or use a kernel that covers at most 3 rows",
    ),
    (
        ["conv", "--image", TASK, "--kernel", ""],
        "the kernel is empty: give a name, the path of a text file, or the numbers themselves",
    ),
    (
        ["conv", "--image", TASK, "--kernel", "sobel", "--format", "\x1b[31mx"],
        "there is no format “\\x1b[31mx”: choose terminal, text, markdown, latex, html, svg, json, gif",
    ),
    (["kernels", "-o", "a" * 300 + ".txt"], "a" * 59 + "… cannot be written: file name too long"),
    (
        ["shape", "--in", "100", "--out", "50", "--stride", "?"],
        "two numbers are unknown, the stride and the kernel: add --kernel",
    ),
    (
        ["shape", "--in", "4x9", "--kernel", "5x3"],
        "height: a kernel of 5 does not fit an input of 4 with padding 0: it covers 5 cells and has 4; pad by at least 1 on each side, or use a kernel of at most 4",
    ),
    (
        ["shape", "--in", "21", "--out", "12", "--kernel", "6x7", "--stride", "2", "--padding", "4x3"],
        "width: no dilation turns 21 into 12 with kernel 7, padding 3 and stride 2; dilation 1 gives 11",
    ),
    (
        ["params", ""],
        "no network is named: give a model.py, the text of print(model), a layer table, layers such as “conv 3, pool 2”, or a file of weights",
    ),
    (
        ["conv", "--image", TASK, "--kernel", "sobel", "--windows", "²"],
        "windows “²” is neither all, a number of windows, nor places such as “1,1 2,3”",
    ),
    (
        ["conv", "--image", TASK, "--kernel", "sobel", "--windows", "9" * 5_000],
        f"windows “{'9' * 59}…” is neither all, a number of windows, nor places such as “1,1 2,3”",
    ),
    (
        ["conv", "--image", "./missing", "--kernel", "sobel"],
        "there is no file missing: give the path of a text file, or the numbers themselves as “1 0 2; 3 2 0”",
    ),
    (
        ["conv", "--image", "commas.csv", "--kernel", "sobel"],
        "commas.csv has decimal commas: write a point, 1.5 for 1,5",
    ),
    (
        ["conv", "--image", "primes.txt", "--kernel", "sobel"],
        "primes.txt holds fractions whose denominators have 20020 digits together, more than the 20000 that are worked with",
    ),
    (
        ["conv", "--image", TASK, "--kernel", "sobel", "-o", "pipe.md"],
        "pipe.md is not a file that can be replaced: give the name of a file to write",
    ),
    (
        ["params", str(EXAMPLES / "model.py"), "--seconds", "nan"],
        "nan seconds is not possible: a time above 0 and below 86400 is",
    ),
    (
        ["params", str(EXAMPLES / "model.py"), "--seconds", "-1"],
        "-1 seconds is not possible: a time above 0 and below 86400 is",
    ),
    (["conv", "--kernel", "sobel"], "Missing option '--image'."),
    (["conv", "--image", TASK], "Missing option '--kernel'."),
    (["conv", "--image", TASK, "--kernel", "sobel", "--zzz"], "No such option: --zzz"),
    (["convolve"], "No such command 'convolve'. Did you mean 'conv', 'solve'?"),
    (
        ["conv", "--image", "nowhere.txt", "--kernel", "sobel"],
        "there is no file nowhere.txt: give the path of a text file, or the numbers themselves as “1 0 2; 3 2 0”",
    ),
    (
        ["conv", "--image", "", "--kernel", "sobel"],
        "the image is empty: give the path of a text file, or the numbers themselves as “1 0 2; 3 2 0”",
    ),
    (
        ["conv", "--image", "empty.txt", "--kernel", "sobel"],
        "empty.txt holds no numbers: rows such as “1 0 2” are wanted",
    ),
    (["conv", "--image", "binary.txt", "--kernel", "sobel"], "binary.txt is not text: an image is rows of numbers"),
    (["conv", "--image", "huge.txt", "--kernel", "sobel"], "huge.txt is larger than the 64 MiB of text that are read"),
    (["conv", "--image", ".", "--kernel", "sobel"], ". is a folder, not an image"),
    (["conv", "--image", "x" * 300 + ".txt", "--kernel", "sobel"], "x" * 59 + "… cannot be read: file name too long"),
    (
        ["conv", "--image", "ragged.txt", "--kernel", "sobel"],
        "ragged.txt, row 2 has 4 numbers where row 1 has 5: 3 2 0 7; every row has the same length",
    ),
    (
        ["conv", "--image", "word.txt", "--kernel", "sobel"],
        "word.txt, line 2, column 3: “word” is neither a number nor a letter such as a or x_1",
    ),
    (
        ["conv", "--image", "hole.txt", "--kernel", "sobel"],
        "hole.txt, line 1, column 2 is empty: a number is missing before “,”",
    ),
    (["conv", "--image", "codes.txt", "--kernel", "sobel"], "codes.txt, line 1, column 1: “\\x1b[31m” is not a number"),
    (
        ["conv", "--image", "1 2; 3", "--kernel", "sobel"],
        "the image, row 2 has 1 number where row 1 has 2: 3; every row has the same length",
    ),
    (["conv", "--image", "1 1/0", "--kernel", "sobel"], "the image, row 1, column 2: “1/0” divides by zero"),
    (
        ["conv", "--image", TASK, "--kernel", "sobl"],
        "no kernel and no file is called “sobl”: did you mean sobel or sobel-y or sobel-x?",
    ),
    (
        ["conv", "--image", TASK, "--kernel", "zzz"],
        "no kernel and no file is called “zzz”: `cnncalc kernels` lists the kernels",
    ),
    (
        ["conv", "--image", TASK, "--kernel", "1 0; 1"],
        "the kernel, row 2 has 1 number where row 1 has 2: 1; every row has the same length",
    ),
    (
        ["conv", "--image", TASK, "--kernel", "gaussian5", "--padding", "valid"],
        "a 5×5 kernel does not fit a 3×5 image with padding 0: it needs 5 rows and has 3; pad by at least 1 on each side, or use a kernel that covers at most 3 rows",
    ),
    (["conv", "--image", TASK, "--kernel", "sobel", "--padding", "-1"], "padding -1 is not possible: it is at least 0"),
    (
        ["conv", "--image", TASK, "--kernel", "sobel", "--padding", "much"],
        "padding “much” is neither a whole number nor HxW, such as 2 or 1x2, nor top,bottom,left,right, nor same, valid or full",
    ),
    (
        ["conv", "--image", TASK, "--kernel", "sobel", "--padding", "999999999"],
        "the padded image would have 4000000008000000003 cells, more than the 67108864 that are worked with",
    ),
    (["conv", "--image", TASK, "--kernel", "sobel", "--stride", "0"], "stride 0 is not possible: it is at least 1"),
    (
        ["conv", "--image", TASK, "--kernel", "sobel", "--stride", "1x2x3"],
        "stride “1x2x3” is neither a whole number nor HxW, such as 2 or 1x2",
    ),
    (
        ["conv", "--image", TASK, "--kernel", "sobel", "--working", "fast"],
        "there is no working “fast”: choose products or hadamard",
    ),
    (
        ["conv", "--image", TASK, "--kernel", "sobel", "--windows", "4,1"],
        "there is no window 4,1: the feature map has 3×5 cells, from 1,1 to 3,5",
    ),
    (
        ["conv", "--image", TASK, "--kernel", "sobel", "--windows", "0"],
        "windows “0” is neither all, a number of windows, nor places such as “1,1 2,3”",
    ),
    (
        ["conv", "--image", TASK, "--kernel", "sobel", "--format", "pdf"],
        "there is no format “pdf”: choose terminal, text, markdown, latex, html, svg, json, gif",
    ),
    (
        ["conv", "--image", TASK, "--kernel", "sobel", "--device", "tpu"],
        "there is no device “tpu”: choose auto, cuda, mps, cpu",
    ),
    (
        ["conv", "--image", TASK, "--kernel", "sobel", "-o", "x.docx"],
        "x.docx does not say its format: end its name in .txt, .md, .tex, .html, .svg, .gif, .json (.csv, .npy or .png for a feature map alone), or add --format",
    ),
    (
        ["conv", "--image", TASK, "--kernel", "sobel", "-o", "nowhere/x.md"],
        "there is no folder nowhere to write x.md into",
    ),
    (
        ["conv", "--image", TASK, "--kernel", "sobel", "-o", "folder.md"],
        "folder.md is a folder: give the name of a file to write",
    ),
    (["kernels", "sobelx"], "no kernel and no file is called “sobelx”: did you mean sobel-x or sobel or sobel-y?"),
    (["shape"], "neither the input nor the output size is given: add --in, --out or both"),
    (
        ["shape", "--in", "5"],
        "with --in alone two numbers are unknown: add --kernel to get the output size, or --out to get the kernel",
    ),
    (
        ["shape", "--out", "5"],
        "with --out alone two numbers are unknown: add --kernel to get the input size, or --in to get the kernel",
    ),
    (["shape", "--in", "0", "--kernel", "3"], "--in 0 is not possible: it is at least 1"),
    (["shape", "--in", "5", "--kernel", "0"], "--kernel 0 is not possible: it is at least 1"),
    (["shape", "--in", "5", "--kernel", "3", "--stride", "-2"], "--stride -2 is not possible: it is at least 1"),
    (
        ["shape", "--in", "five", "--kernel", "3"],
        "--in “five” is neither a number nor a formula of single letters: write 32, or one letter, with an index if need be (n, n1, h_in), and products with a sign (2·n·m)",
    ),
    (
        ["shape", "--in", "1x2x3x4", "--kernel", "3"],
        "--in “1x2x3x4” is not a whole number of less than 1000 digits, HxW or DxHxW, such as 32 or 480x640",
    ),
    (["shape", "--out", "same", "--kernel", "3", "--ceil"], "“--out same” needs the input size: add --in"),
    (
        ["shape", "--in", "5", "--kernel", "?", "--stride", "?"],
        "the output size is missing: give --out N, or --out ? to have it found too",
    ),
    (
        ["shape", "--in", "8", "--out", "?", "--stride", "?"],
        "the kernel is missing: give --kernel N, or --kernel ? to have it found too",
    ),
    (
        ["shape", "--in", "8", "--out", "9", "--kernel", "?", "--stride", "?"],
        "no kernel and stride turn 8 into 9 with padding 0 and dilation 1: a convolution without padding never enlarges (stride up to 64 and kernel up to 64 were tried)",
    ),
    (
        [
            "shape",
            "--in",
            "8",
            "--out",
            "4",
            *(["--kernel", "?", "--stride", "?", "--padding", "?", "--up-to", "1000"]),
        ],
        "kernel, stride and padding up to 1000 are too many to try: --up-to is at most 315 here",
    ),
    (
        ["shape", "--in", "7", "--out", "14", "--transposed", "--kernel", "3", "--stride", "2"],
        "no padding turns 7 into 14 in a transposed convolution with kernel 3, stride 2, output padding 0 and dilation 1: an odd number stands against 2p, p would be 1/2; padding 1 with output padding 1 would do it; padding 0 gives 15 and padding 1 gives 13",
    ),
    (
        ["shape", "--in", "7", "--kernel", "3", "--stride", "2", "--transposed", "--output-padding", "2"],
        "output padding 2 is too much: it is below the stride or the dilation, here below 2",
    ),
    (
        ["shape", "--in", "1", "--kernel", "1", "--transposed", "--padding", "3"],
        "padding 3 cuts 6 cells off an output that has 1 without it: nothing is left; padding is at most 0",
    ),
    (
        ["shape", "--in", "5", "--kernel", "3", "--padding", "2", "--pool"],
        "padding 2 is more than half of kernel 3: torch pads a pooling by half its kernel at most",
    ),
    (
        ["shape", "--in", "32", "--kernel", "3", "--stride", "2", "--padding", "same"],
        "torch takes padding “same” with stride 1 alone, not 2: with it Keras gives ⌈in/stride⌉ (--dialect keras)",
    ),
    (
        ["shape", "--in", "7", "--kernel", "3", "--dialect", "x"],
        "there is no dialect “x”: choose torch, keras, onnx, caffe",
    ),
    (
        ["shape", "--in", "7", "--kernel", "3", "--output-padding", "1"],
        "--output-padding belongs to a transposed convolution: add --transposed",
    ),
    (
        ["shape", "--in", "7", "--kernel", "3", "--pool", "--transposed"],
        "--transposed and --pool are different layers: ask about one of them",
    ),
    (["shape", "--in", "7", "--scale", "0"], "--scale 0 is not possible: it is above 0"),
    (["shape", "--in", "7", "--scale", "0.1"], "nothing is left of 7 scaled by 1/10: the scale is at least 1/7"),
    (
        ["shape", "--in", "7", "--scale", "1.5", "--dialect", "keras"],
        "Keras's UpSampling takes whole factors, not 3/2",
    ),
    (
        ["shape", "--in", "5", "--adaptive", "3", "--kernel", "2"],
        "an adaptive pooling has no kernel: its windows follow from the sizes; leave --kernel out",
    ),
    (
        ["shape", "--in", "3x4", "--kernel", "1x1x1"],
        "--in has 2 sizes and --kernel has 3: give one number, or as many everywhere",
    ),
    (["shape", "--in", "5", "--kernel", "?"], "the kernel can be found when both --in and --out are given"),
    (
        ["shape", "--in", "512", "--out", "504", "--kernel", "9", "--stride", "1", "--padding", "0", "--dilation", "1"],
        "nothing is unknown: 512 with kernel 9, stride 1, padding 0 and dilation 1 does give 504; leave out the number you look for",
    ),
    (
        ["shape", "--in", "512", "--out", "505", "--kernel", "9", "--stride", "1", "--padding", "0", "--dilation", "1"],
        "these sizes contradict each other: 512 with kernel 9, stride 1, padding 0 and dilation 1 gives 504, not 505; leave out the number you look for",
    ),
    (
        ["shape", "--in", "7", "--kernel", "9"],
        "a kernel of 9 does not fit an input of 7 with padding 0: it covers 9 cells and has 7; pad by at least 1 on each side, or use a kernel of at most 7",
    ),
    (
        ["shape", "--in", "512", "--out", "600", "--padding", "0"],
        "no kernel turns 512 into 600 with padding 0, stride 1 and dilation 1: a convolution without padding never enlarges; padding 44 with kernel 1, or a transposed layer, would; kernel 1 gives 512",
    ),
    (
        ["shape", "--in", "8", "--out", "7", "--kernel", "3", "--padding", "0"],
        "no stride turns 8 into 7 with kernel 3, padding 0 and dilation 1; stride 1 gives 6",
    ),
    (
        ["shape", "--out", "1", "--kernel", "1", "--padding", "5"],
        "no input gives 1 with kernel 1, padding 5, stride 1 and dilation 1: the 10 padded zeros alone already give more",
    ),
    (["params"], "Missing argument 'SOURCE'."),
    (["params", "nowhere.py"], "there is no file nowhere.py: give the path of a Python file that holds a network"),
    (
        ["params", "nowhere.txt"],
        "there is no file nowhere.txt: give a model.py, the text of print(model), a layer table, layers such as “conv 3, pool 2”, or a file of weights",
    ),
    (
        ["params", "empty.txt"],
        "empty.txt is empty: give a model.py, the text of print(model), a layer table, layers such as “conv 3, pool 2”, or a file of weights",
    ),
    (
        ["params", "binary.txt"],
        "binary.txt is not text, nor weights: give a model.py, the text of print(model), a layer table, layers such as “conv 3, pool 2”, or a file of weights",
    ),
    (["params", "folder.md"], "folder.md is a folder, not a file that holds a network"),
    (["params", "huge.txt"], "huge.txt is larger than the 4 MiB of text that are read"),
    (
        ["params", "codes.txt"],
        "codes.txt: cannot read “\\x1b[31m”: “\\x1b” is no layer\n    \\x1b[31m\n    ^",
    ),
    (["params", "rgb.npz"], "rgb.npz is an archive, but not one of torch.save: it has no data.pkl"),
    (
        ["params", "printed.txt"],
        "printed.txt, line 2: cannot read “Conv2d(3, 8, 5, kernel_size=5)”: kernel_size is given twice\n    (conv1): Conv2d(3, 8, 5, kernel_size=5)\n                             ^",
    ),
    (["params", "cut.safetensors"], "cut.safetensors is cut off: w ends at byte 8 of 0"),
    (["params", "cut.pt"], "cut.pt is damaged or cut off: the archive in it cannot be read"),
    (
        ["params", "conv 3"],
        "layer 1, conv 3: how many parameters it has depends on its input: add --input, such as --input 3x32x32",
    ),
    (
        ["params", "conv 3", "--input", "3x32x32"],
        "layer 1, conv 3: how many filters it has is not said: write “conv 3 filters 32”",
    ),
    (
        ["params", "Conv2d(3, 8, 5), pixelshuffle 2, conv 3 16 filters"],
        "layer 3, conv 3 16 filters: how many parameters it has depends on its input: add --input, such as --input 3x32x32",
    ),
    (
        ["params", "Conv2d(3, 8, ?)"],
        "layer 1, Conv2d(3, 8, ?): a “?” is looked for, where parameters are counted: write the number",
    ),
    (
        ["params", "Conv2d(3, 8, 5); Conv2d(4, 8, 5)"],
        "layer 2, Conv2d(4, 8, 5): Conv2d 5×5 expects 4 channels but receives 8",
    ),
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with files that are wrong in every way."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.txt").write_text("\n\n")
    (tmp_path / "binary.txt").write_bytes(bytes(range(256)))
    (tmp_path / "ragged.txt").write_text("1 0 2 3 1\n3 2 0 7\n")
    (tmp_path / "word.txt").write_text("1 0 2\n3 2 word\n")
    (tmp_path / "hole.txt").write_text("1,,2\n")
    (tmp_path / "codes.txt").write_text("\x1b[31m\n")
    (tmp_path / "fake.png").write_text("no picture")
    np.save(tmp_path / "objects.npy", np.array([{}], object))
    np.save(tmp_path / "nan.npy", np.array([[1, np.nan]]))
    np.save(tmp_path / "rgb.npy", np.arange(27).reshape(3, 3, 3))
    (tmp_path / "folder.md").mkdir()
    (tmp_path / "commas.csv").write_text("1,5;2,5\n3,5;4,5\n")
    (tmp_path / "primes.txt").write_text("\n".join(f"1/{10**909 + 2 * i + 1}" for i in range(22)))
    np.savez(tmp_path / "rgb.npz", rgb=np.arange(27))
    (tmp_path / "printed.txt").write_text("Net(\n  (conv1): Conv2d(3, 8, 5, kernel_size=5)\n)\n")
    header = b'{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'
    (tmp_path / "cut.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)
    (tmp_path / "cut.pt").write_bytes((tmp_path / "rgb.npz").read_bytes()[:100])
    os.mkfifo(tmp_path / "pipe.md")
    with (tmp_path / "huge.txt").open("wb") as file:
        file.truncate(65 * 2**20)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "sentence"), REFUSED, ids=lambda value: " ".join(value)[:60] if isinstance(value, list) else ""
)
def test_a_question_that_cannot_be_asked_is_one_sentence(
    words: list[str], sentence: str, run: Run, folder: Path
) -> None:
    there = sorted(folder.iterdir())
    code, out, err = run(*words)
    assert (code, out, err) == (2, "", f"✗ {sentence}\n")
    assert sorted(folder.iterdir()) == there


def test_the_three_commands_as_the_reader_types_them(run: Run) -> None:
    code, out, _ = run("conv", "--image", TASK, "--kernel", "sobel", "--device", "cpu")
    assert code == 0
    assert "    -14   1   5  -6   9\n" in out
    assert "0·1 + 0·0 + 0·(-1) + 0·2 + 1·0 + 0·(-2) + 0·1 + 3·0 + 2·(-1)\n    = 2·(-1) = -2\n" in out
    assert out.splitlines()[-2].startswith("   ✓ torch ")
    assert out.splitlines()[-2].endswith(" on cpu agrees, exactly")
    code, out, _ = run("shape", "--in", "512", "--out", "504", "--device", "cpu")
    assert code == 0
    assert out.splitlines()[0].split() == ["Which", "kernel", "turns", "512", "into", "504?", "9×9"]
    assert "on cpu agrees on all" in out.splitlines()[-1]
    code, out, _ = run("params", str(EXAMPLES / "model.py"), "--device", "cpu")
    assert code == 0
    assert "(5·5·3 + 1)·32    =    2 432" in out
    assert "=  390 410" in out


def test_no_check_asks_nobody(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calc.crosscheck.check", None)
    code, out, _ = run("conv", "--image", TASK, "--kernel", "sobel", "--no-check")
    assert code == 0
    assert "✓" not in out


def test_a_cross_check_that_disagrees_is_exit_code_1(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from calc.axis import Axis

    monkeypatch.setattr(Axis, "answer", {"out": 251})
    monkeypatch.setattr(Axis, "solutions", lambda _: iter([{"out": 251}]))
    code, out, _ = run("shape", "--in", "504", "--kernel", "2", "--stride", "2", "--device", "cpu")
    assert code == 1
    assert "✗ torch" in out
    assert "ours 251, theirs 252" in " ".join(out.split())


def test_standard_input_is_an_image(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbf1 2\n3 4\n")))
    code, out, _ = run("conv", "--image", "-", "--kernel", "identity", "--no-check")
    assert code == 0
    assert "Convolution of a 2×2 image with identity" in out


@pytest.mark.parametrize(
    ("suffix", "begins"), [(".txt", "Convolution of"), (".md", "# Convolution of"), (".json", "{")]
)
def test_a_file_is_written_in_the_format_of_its_suffix(suffix: str, begins: str, run: Run, tmp_path: Path) -> None:
    path = tmp_path / f"out{suffix}"
    path.write_text("what was there before")
    code, out, err = run("conv", "--image", TASK, "--kernel", "sobel", "--device", "cpu", "-o", str(path))
    assert (code, out, err) == (0, "", "")
    assert path.read_text().startswith(begins)
    assert "agrees" in path.read_text()
    assert list(tmp_path.iterdir()) == [path]


def test_json_on_standard_output_is_json_with_the_checks(run: Run) -> None:
    _, out, _ = run("shape", "--in", "512", "--out", "504", "--format", "json", "--device", "cpu")
    data = json.loads(out)
    assert list(data) == [
        "version",
        "title",
        "title_parts",
        "question",
        "answer",
        "solutions",
        "headline",
        "decimals",
        "steps",
        "checks",
    ]
    assert [check["verdict"] for check in data["checks"]] == ["agrees"]


def test_an_interrupted_or_failed_write_leaves_nothing_behind(tmp_path: Path) -> None:
    from explain.files import write

    def lines() -> object:
        yield "the first"
        raise KeyboardInterrupt

    kept = tmp_path / "kept.txt"
    kept.write_text("as it was")
    with pytest.raises(KeyboardInterrupt):
        write(kept, lines())  # type: ignore[arg-type]
    assert kept.read_text() == "as it was"
    assert list(tmp_path.iterdir()) == [kept]


def test_standard_input_is_a_printed_module(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (EXAMPLES / "printed.txt").read_bytes()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbf" + text.replace(b"\n", b"\r\n"))))
    code, out, _ = run("params", "-")
    assert code == 0
    assert out.splitlines()[0].split() == ["Sequential", "on", "3×32×32", "390", "410", "parameters"]


def test_torch_is_asked_about_a_text_when_that_is_wanted(run: Run) -> None:
    printed, weights = str(EXAMPLES / "printed.txt"), str(EXAMPLES / "weights.safetensors")
    assert "torch" not in run("params", printed)[1]
    assert "agrees: 5 layers built anew" in run("params", printed, "--check")[1]
    assert "agrees: 5 layers built anew" in run("params", printed, "--device", "cpu")[1]
    assert "torch" not in run("params", weights, "--check")[1]
    assert "torch" not in run("params", str(EXAMPLES / "model.py"), "--no-check")[1]


def test_windows_are_chosen(run: Run) -> None:
    for words, places in (("2", ["(1,1)", "(1,2)"]), ("3,5 1,1", ["(3,5)", "(1,1)"]), ("all", 15)):
        _, out, _ = run("conv", "--image", TASK, "--kernel", "sobel", "--no-check", "--windows", words)
        found = [line.strip() for line in out.splitlines() if line.strip().startswith("(")]
        assert found == places or len(found) == places


def test_nothing_asked_is_help(run: Run) -> None:
    code, out, err = run()
    assert (code, err) == (0, "")
    assert "params" in out


def test_a_full_disk_is_one_sentence() -> None:
    ended = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m explain kernels > /dev/full"], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (2, "✗ the answer cannot be written: no space left on device\n")


def test_a_process_ends_with_the_exit_code_and_all_of_its_output() -> None:
    whole = command("kernels")
    assert whole.returncode == 0
    assert "the unit impulse" in whole.stdout
    refused = command("shape")
    assert (refused.returncode, refused.stdout) == (2, "")
    closed = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m explain kernels >&-"], capture_output=True, text=True, check=False
    )
    assert (closed.returncode, closed.stderr) == (0, "")


def test_a_link_is_followed_and_a_pipe_is_not_replaced(run: Run, tmp_path: Path) -> None:
    target, link = tmp_path / "target.txt", tmp_path / "link.txt"
    target.write_text("before")
    link.symlink_to(target)
    assert run("kernels", "-o", str(link))[0] == 0
    assert link.is_symlink()
    assert target.read_text().startswith("Named kernels")


def test_the_version_and_the_help(run: Run) -> None:
    assert run("--version")[1].startswith("cnncalc 0.")
    code, out, _ = run("conv", "--help")
    assert code == 0
    assert "cnncalc conv --image img.txt --kernel sobel" in out


def test_kernels_lists_each_with_its_values(run: Run) -> None:
    _, out, _ = run("kernels")
    assert "sobel-x or sobel" in out
    assert "1/16 1/8 1/16" in " ".join(out.split())
    assert run("kernels", "box")[1].startswith("The kernel box-3")


def command(*words: str, **more: object) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **{name: str(value) for name, value in more.items()}}
    return subprocess.run(
        [sys.executable, "-m", "explain", *words], capture_output=True, text=True, env=environment, check=False
    )


def test_a_closed_pipe_is_no_error() -> None:
    shell = f"{sys.executable} -m explain conv --image {TASK} --kernel sobel --no-check | head -1"
    ended = subprocess.run(["bash", "-o", "pipefail", "-c", shell], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("Convolution of a 3×5 image")


def test_colour_is_only_for_terminals_and_never_with_no_color() -> None:
    words = ("conv", "--image", TASK, "--kernel", "sobel", "--no-check")
    plain = command(*words, COLUMNS=WIDTH).stdout
    assert "\x1b[" not in plain
    forced = command(*words, FORCE_COLOR=1, COLUMNS=WIDTH).stdout
    assert "\x1b[" in forced
    without = command(*words, FORCE_COLOR=1, NO_COLOR=1, COLUMNS=WIDTH).stdout
    assert "\x1b[" not in without


def test_a_terminal_that_knows_ascii_only_gets_an_answer() -> None:
    ended = command("shape", "--in", "512", "--out", "504", "--no-check", PYTHONIOENCODING="ascii", PYTHONUTF8=0)
    assert ended.returncode == 0
    assert "out = floor((in + 2p - d*(k - 1) - 1) / s) + 1" in ended.stdout
    assert "?" not in ended.stdout.partition("\n")[2]


@pytest.mark.parametrize("width", [60, 80, 140])
def test_in_colour_the_terminal_shows_what_the_text_says(width: int) -> None:
    from io import StringIO

    from explain import terminal
    from explain.text import render as render_text
    from tests.cases import CASES

    for name in ("conv-products", "conv-hadamard", "shape-kernel", "params-on-input"):
        derivation = CASES[name]()
        file = StringIO()
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("COLUMNS", str(width))
            patch.setenv("FORCE_COLOR", "1")
            terminal.show(derivation, (), file)
        plain = re.sub(r"\x1b\[[0-9;]*m", "", file.getvalue())
        said = "\n".join(line.rstrip() for line in plain.splitlines())
        assert said == "\n".join(render_text(derivation, width=width))
        if width >= WIDTH:
            assert max(map(len, said.splitlines())) <= width


def test_a_long_file_is_written_beside_a_progress_bar_on_a_terminal(tmp_path: Path) -> None:
    image, out = tmp_path / "image.txt", tmp_path / "windows.txt"
    image.write_text("\n".join(" ".join(str((r * c) % 256) for c in range(80)) for r in range(80)))
    words = ["conv", "--image", str(image), "--kernel", "sobel", "--windows", "all", "--no-check", "-o", str(out)]
    ours, theirs = pty.openpty()
    done = subprocess.run([sys.executable, "-m", "explain", *words], stderr=theirs, stdout=subprocess.PIPE, check=True)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    os.close(theirs)
    assert done.stdout == b""
    assert "/6400" in shown
    assert out.read_text().count("of the padded image") == 6400


@pytest.mark.parametrize("suffix", [".csv", ".npy", ".png"])
def test_a_feature_map_is_written_alone_and_checked(suffix: str, run: Run, tmp_path: Path) -> None:
    out = tmp_path / f"map{suffix}"
    code, said, err = run("conv", "--image", TASK, "--kernel", "sobel", "-o", str(out), "--device", "cpu")
    assert (code, err, len(said.splitlines()), said.count("agrees, exactly")) == (0, "", 2, 2)
    if suffix == ".png":
        assert read_image(out).shape == (3, 5)
        assert read_image(out)[2, 0] < 128 < read_image(out)[0, 4]
    else:
        assert read_image(out) == Cells.of([[-2, 1, -11, 2, 13], [-10, 4, -8, -2, 18], [-14, 1, 5, -6, 9]])


def test_letters_are_written_as_they_are_read(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "map.csv"
    first = ["conv", "--image", "a b; c 1/2", "--kernel", "1 x; 0 -2", "--no-check"]
    assert run(*first, "-o", str(out))[0] == 0
    code, said, _ = run("conv", "--image", str(out), "--kernel", "1", "--no-check", "--format", "json")
    assert code == 0
    assert json.loads(said)["answer"] == json.loads(run(*first, "--format", "json")[1])["answer"]


def test_a_picture_is_read_cropped_and_resized(run: Run) -> None:
    picture = str(EXAMPLES / "disc.png")
    words = [
        "conv",
        "--image",
        picture,
        "--kernel",
        "sobel",
        "--no-check",
        "--crop",
        "30,40,40,50",
        "--resize",
        "20x25",
    ]
    code, said, _ = run(*words, "--then", "relu")
    assert code == 0
    assert said.startswith("Convolution of a 20×25 image with sobel-x")
    assert run("pool", "--image", picture, "--kernel", "4", "--no-check")[1].startswith("Max pooling of a 96×128 image")
    code, said, _ = run("conv", "--image", picture, "--colour", "--kernel", "box", "--windows", "1", "--no-check")
    assert "groups 3 (depthwise: each channel by itself)" in " ".join(said.split())
    assert "from 20 to" in said


def test_all_numbers_of_a_large_map_are_shown_when_asked_for(run: Run) -> None:
    picture = str(EXAMPLES / "disc.png")
    said = run("pool", "--image", picture, "--kernel", "2", "--windows", "1", "--numbers", "--no-check")[1]
    assert "columns 1–" in said
    assert "the upper left" not in said
