#!/usr/bin/env python3
"""Write a GGUF file with every metadata type and every element type that Bora reads.

In Tests/BoraFormatsTests/Resources:
  everything.gguf            the file, by the `gguf` package
  everything.json            what is in it

usage: pip install -r scripts/requirements.txt && scripts/make_gguf_goldens.py
"""
import json
from pathlib import Path

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Q
from gguf import GGUFValueType as T

RESOURCES = Path(__file__).parent.parent / "Tests/BoraFormatsTests/Resources"

SCALARS = [
    ("test.uint8", T.UINT8, [255]),
    ("test.int8", T.INT8, [-128]),
    ("test.uint16", T.UINT16, [65535]),
    ("test.int16", T.INT16, [-32768]),
    ("test.uint32", T.UINT32, [4294967295]),
    ("test.int32", T.INT32, [-2147483648]),
    ("test.uint64", T.UINT64, [18446744073709551615]),
    ("test.int64", T.INT64, [-9223372036854775808]),
    ("test.float32", T.FLOAT32, [0.1]),
    ("test.float64", T.FLOAT64, [0.1]),
    ("test.bool.false", T.BOOL, [False]),
    ("test.bool.true", T.BOOL, [True]),
    ("test.string", T.STRING, ["Grüße, 世界 🦊"]),
    ("test.string.empty", T.STRING, [""]),
]
ARRAYS = [
    ("test.array.uint8", T.UINT8, [0, 1, 255]),
    ("test.array.int8", T.INT8, [-128, 0, 127]),
    ("test.array.uint16", T.UINT16, [0, 65535]),
    ("test.array.int16", T.INT16, [-32768, 32767]),
    ("test.array.uint32", T.UINT32, [0, 4294967295]),
    ("test.array.int32", T.INT32, [-2147483648, 2147483647]),
    ("test.array.uint64", T.UINT64, [0, 9223372036854775807]),
    ("test.array.int64", T.INT64, [-9223372036854775808, 9223372036854775807]),
    ("test.array.float32", T.FLOAT32, [0.1, -3.4e38, 1e-40]),
    ("test.array.float64", T.FLOAT64, [0.1, 5e-324, 1.7976931348623157e308]),
    ("test.array.bool", T.BOOL, [True, False, True]),
    ("test.array.string", T.STRING, ["", "Ġthe", "<|end|>", "世"]),
]
NESTED = ("test.array.nested", [[1, 2, 3], [4], [5, 6]])
ALIGNMENT = 64


def text(kind, value):
    """A value as Swift prints or parses it; a float32 by its nearest double."""
    if kind == T.STRING:
        return value
    if kind == T.BOOL:
        return "true" if value else "false"
    if kind == T.FLOAT32:
        return repr(float(np.float32(value)))
    return repr(value)


def element_type(kind):
    """Bora's name for an element type: Q4_K is q4_K, IQ4_NL is iq4_NL."""
    family, *variant = kind.name.split("_")
    return "_".join([family.lower(), *variant])


def tensors():
    """Name, numpy data and element type; random blocks where numpy cannot quantize."""
    random = np.random.default_rng(2026)
    plain = random.standard_normal((3, 64), dtype=np.float32)
    yield "plain.f32", plain, Q.F32
    yield "plain.f16", plain.astype(np.float16), Q.F16
    yield "plain.bf16", gguf.quants.quantize(plain, Q.BF16), Q.BF16
    for kind in (Q.Q8_0, Q.Q4_0, Q.Q4_1, Q.Q5_0, Q.Q5_1):
        yield f"quantized.{kind.name.lower()}", gguf.quants.quantize(plain, kind), kind
    for kind in (Q.Q2_K, Q.Q3_K, Q.Q4_K, Q.Q5_K, Q.Q6_K, Q.IQ4_NL, Q.IQ4_XS):
        block = gguf.GGML_QUANT_SIZES[kind][1]
        data = random.integers(0, 256, (2, 2 * block), dtype=np.uint8)
        yield f"quantized.{kind.name.lower()}", data, kind
    yield "plain.vector", plain[0], Q.F32
    yield "plain.four", plain.reshape(2, 3, 4, 8), Q.F32


def main():
    writer = gguf.GGUFWriter(RESOURCES / "everything.gguf", "llama")
    writer.add_custom_alignment(ALIGNMENT)
    expected = {"alignment": ALIGNMENT, "metadata": [], "tensors": []}
    for key, kind, (value,) in SCALARS:
        writer.add_key_value(key, value, kind)
        expected["metadata"].append(
            {"key": key, "type": kind.name.lower(), "values": [text(kind, value)]}
        )
    for key, kind, values in ARRAYS:
        writer.add_key_value(key, values, T.ARRAY, sub_type=kind)
        expected["metadata"].append(
            {
                "key": key,
                "type": "array",
                "elements": kind.name.lower(),
                "values": [text(kind, value) for value in values],
            }
        )
    key, rows = NESTED
    writer.add_array(key, rows)
    expected["nested"] = {"key": key, "rows": rows}
    for name, data, kind in tensors():
        writer.add_tensor(name, data, raw_dtype=kind)
        shape = list(data.shape)
        if data.dtype == np.uint8:
            shape = list(gguf.quants.quant_shape_from_byte_shape(data.shape, kind))
        expected["tensors"].append(
            {
                "name": name,
                "shape": shape,
                "type": element_type(kind),
                "bytes": data.tobytes().hex(),
            }
        )
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    (RESOURCES / "everything.json").write_text(
        json.dumps(expected, indent=1, ensure_ascii=False) + "\n"
    )


if __name__ == "__main__":
    main()
