"""What the name of a class says in a printed module: whose arguments it prints, whether it may hold parameters unsaid.

The names are those of torch, torchvision, timm and transformers.
"""

from __future__ import annotations

import re
from functools import cache

from calc.layers.known import BY_KIND

LISTS = ("Sequential", "ModuleList", "ModuleDict", "ParameterList", "ParameterDict", "ParametrizationList")
"""Classes that hold modules or parameters and nothing of their own."""

WITHOUT = (
    *("CosineSimilarity", "PairwiseDistance", "CrossEntropyLoss", "NLLLoss", "MSELoss", "L1Loss", "SmoothL1Loss"),
    *("HuberLoss", "BCELoss", "BCEWithLogitsLoss", "KLDivLoss", "StochasticDepth", "DropPath", "Permute"),
    *("GELUActivation", "NewGELUActivation", "QuickGELUActivation", "FastGELUActivation", "PytorchGELUTanh"),
    *("LlamaRotaryEmbedding", "MistralRotaryEmbedding", "Qwen2RotaryEmbedding", "RotaryEmbeddingCat"),
    *("RotaryEmbeddingDinoV3", "GELUTanh", "QuickGELU", "GammaAct", "RadixSoftmax", "Swish", "MemoryEfficientSwish"),
    *("SelectAdaptivePool2d", "FastAdaptiveAvgPool", "FastAdaptiveAvgPool2d", "AdaptiveAvgMaxPool2d", "BlurPool2d"),
    *("MaxPool2dSame", "AvgPool2dSame", "MaxPool2dStaticSamePadding", "SelectSeq", "Flat", "FeatureListNet"),
    *("SpaceToDepth", "DepthToSpace", "SwapAxes", "WindowPartition", "WindowDepartition", "Unroll", "Reroll"),
    *("Rearrange", "Reduce", "Lambda", "View", "Reshape", "Squeeze", "Unsqueeze", "Transpose", "Concat", "Add"),
    *("FrozenBatchNorm2d", "MultiScaleRoIAlign", "AnchorGenerator", "DefaultBoxGenerator", "GeneralizedRCNNTransform"),
    *("LastLevelMaxPool"),
)
"""Classes that have no rules here and surely no parameters."""

HOLDING = (
    *("MultiheadAttention", "Transformer", "TransformerEncoder", "TransformerEncoderLayer", "TransformerDecoder"),
    *("TransformerDecoderLayer", "DataParallel", "DistributedDataParallel", "OptimizedModule", "GraphModule"),
    *("Conv2dNormActivation", "Conv3dNormActivation", "ConvNormActivation", "IntermediateLayerGetter"),
)
"""Classes that hold modules, and no parameters that are not known."""

ALIKE = {
    "NonDynamicallyQuantizableLinear": "Linear",
    "Conv1D": "Linear",
    "BatchNormAct2d": "BatchNorm2d",
    "GroupNormAct": "GroupNorm",
    "LayerNormAct2d": "LayerNorm",
}
"""Classes that have the parameters of another, whose arguments they print."""

GAINED = ("ScaledStdConv2d", "ScaledStdConv2dSame")
"""Convolutions with a gain for every filter beside their weight, as networks without normalisation have."""

_UNSAID = re.compile(
    r"""(?<!Pyramid)(?<!Mix)VisionTransformer | \AViT(?:Model|Embeddings)?\Z | (?<!Local)Window\w*Attention | Relative\w*Attention | AttentionPool
    | Multi[Ss]caleAttention | LayerScale | ClassAttentionBlock | PosEmbed""",
    re.VERBOSE,
)

_UNSAID_EXACTLY = (
    *("CNBlock", "ConvNeXtBlock", "ConvNextLayer", "MetaNeXtBlock", "NormFreeBlock", "StarReLU"),
    *("ParallelThingsBlock", "EvaBlock", "XCABlock", "AttentionDownsample", "Attention2dDownsample"),
    *("CascadedGroupAttention", "CrossCovarianceAttn", "DiffAttention", "LambdaLayer"),
    *("DiffParallelScalingBlock", "EvaAttention", "GPSA", "XCA", "HSMSSD", "SplitTransposeBlock"),
    *("NaFlexEmbeds", "NestLevel", "Gemma4PatchEmbed", "EfficientViM", "EfficientViMBlock"),
    *("EfficientViMDistilled", "Qwen3VitEncoder", "Beit", "Cait", "CoaT", "ConVit", "CrossVit"),
    *("EfficientFormer", "EfficientFormerV2", "EfficientVitMsra", "Eva", "Hiera", "HieraDet", "IFormer"),
    *("Levit", "LevitDistilled", "NaFlexVit", "RDNet", "TNT", "TinyVit", "VOLO", "Visformer", "Xcit"),
    *("PyramidVisionTransformer", "SSDFeatureExtractorVGG"),
    *("ViTEmbeddings", "BeitEmbeddings", "DeiTEmbeddings", "Dinov2Embeddings", "CLIPVisionEmbeddings", "CLIPModel"),
)
"""Classes that hold others and often, or always, parameters beside them, which a printed module does not show:
class tokens, positions, tables of relative places, scales of branches."""


def may_hold_more(kind: str) -> bool:
    """Whether a class that holds modules is known to have parameters of its own, at least with some arguments."""
    return kind in _UNSAID_EXACTLY or _UNSAID.search(kind) is not None


@cache
def like(kind: str) -> str | None:
    """The known class with parameters in whose name is that of another: Conv2d of WSConv2d, Conv3d of Conv3DSimple."""
    small = kind.lower()
    return max((known for known in BY_KIND if known.lower() in small), key=len, default=None)


_NUMBERS = r"\s*[0-9]+\s*,\s*"
_PRINTED = (
    (re.compile(rf"{_NUMBERS}[0-9]+\s*,\s*kernel_size=\(([0-9]+,?(?:\s*[0-9]+,?){{0,2}})\)"), "Conv"),
    (re.compile(r"\s*in_features=[0-9]+,\s*out_features=[0-9]+"), "Linear"),
    (re.compile(r"\s*[0-9]+\s*,\s*eps=[^\s,()]{1,30},\s*momentum="), "BatchNorm2d"),
    (re.compile(rf"{_NUMBERS}[0-9]+\s*,\s*eps=[^\s,()]{{1,30}},\s*affine="), "GroupNorm"),
    (re.compile(r"\s*\([0-9, ]{1,60}\)\s*,\s*eps=[^\s,()]{1,30},\s*elementwise_affine="), "LayerNorm"),
)
"""How the arguments of layers begin when they are printed, and whose they are."""


def printed_as(kind: str, text: str, at: int) -> str | None:
    """The known class whose arguments stand there, whatever the class is called."""
    for pattern, known in _PRINTED:
        found = pattern.match(text, at)
        if not found:
            continue
        if known == "Conv":
            turned = "Transpose" if re.search("transpose|deconv", kind, re.IGNORECASE) else ""
            return f"Conv{turned}{len(re.findall('[0-9]+', found[1]))}d"
        if known == "LayerNorm" and "rms" in kind.lower():
            return "RMSNorm"
        return known
    return None
