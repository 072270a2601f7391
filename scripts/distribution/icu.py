#!/usr/bin/env python3
"""Makes an object file with those data of Foundation's ICU that `wpex` can use: icu.py OBJECT.

The whole is 34 MB: languages, regions and units of every locale, and converters of old character sets. wpex writes no text
of a locale, so it keeps what belongs to none: root locale, properties of characters, normalization, time zones."""

import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile

# Of folders (languages, currencies, collation, ...) and of locales at the top.
KEPT_LOCALES = {"root.res", "en.res", "en_US.res", "en_US_POSIX.res", "pool.res", "res_index.res"}
KEPT_FOLDERS = {"lang", "region", "curr", "unit", "zone", "coll", "rbnf"}
# A locale such as `it.res` or `zh_Hant_TW.res`, unlike `zoneinfo64.res`.
LOCALE = re.compile(r"[a-z]{2,3}(_[A-Z][a-z]{3})?(_[A-Z]{2}|_\d{3})?(_[A-Z]+)?\.res")


def keeps(name):
    """Whether an item such as `lang/it.res` stays."""
    folder, _, item = name.rpartition("/")
    if folder:
        return folder in KEPT_FOLDERS and (item in KEPT_LOCALES or not LOCALE.fullmatch(item))
    return not name.endswith(".cnv") and (name in KEPT_LOCALES or not LOCALE.fullmatch(name))


def items(data):
    """The header of a package of data, and its items by name."""
    header = struct.unpack_from("<H", data, 0)[0]
    if data[2:4] != b"\xda\x27" or data[12:16] != b"CmnD":
        raise ValueError("this is not ICU's data")
    count = struct.unpack_from("<I", data, header)[0]
    entries = [struct.unpack_from("<II", data, header + 4 + 8 * number) for number in range(count)]
    ends = [start for _, start in entries[1:]] + [len(data) - header]
    found = {}
    for (name, start), end in zip(entries, ends, strict=True):
        text = data[header + name : data.index(b"\0", header + name)].decode()
        found[text] = data[header + start : header + end]
    return data[:header], found


def package(header, found):
    """The inverse of `items`. ICU looks names up by bisection, and expects items at multiples of 16."""
    names = sorted(found)
    texts = b"".join(name.encode() + b"\0" for name in names)
    text = 4 + 8 * len(names)
    place = padded(text + len(texts))
    table, content = struct.pack("<I", len(names)), b""
    for name in names:
        table += struct.pack("<II", text, place + len(content))
        text += len(name) + 1
        content += found[name].ljust(padded(len(found[name])), b"\0")
    return header + (table + texts).ljust(place, b"\0") + content


def padded(length):
    return (length + 15) & ~15


def trimmed(data):
    header, found = items(data)
    # Names begin with that of the package: icudt76l/lang/it.res
    return package(header, {name: item for name, item in found.items() if keeps(name.partition("/")[2])})


def main(target):
    compiler = pathlib.Path(shutil.which("swiftc")).resolve()
    archive = compiler.parent.parent / "lib/swift_static/linux/lib_FoundationICU.a"
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        subprocess.run(["ar", "x", archive, "icu_packaged_data.cpp.o"], cwd=folder, check=True)
        whole = folder / "icu_packaged_data.cpp.o"
        symbol = re.search(r"\b(icudt\d+_dat)$", output("nm", whole), re.MULTILINE)[1]
        subprocess.run(["objcopy", "-O", "binary", "--only-section=.rodata", whole, folder / "whole.dat"], check=True)
        (folder / "some.dat").write_bytes(trimmed((folder / "whole.dat").read_bytes()))
        source = f'.section .rodata\n.balign 16\n.globl {symbol}\n.type {symbol}, @object\n{symbol}:\n.incbin "some.dat"\n'
        source += f".size {symbol}, . - {symbol}\n.section .note.GNU-stack,\"\",@progbits\n"
        (folder / "some.s").write_text(source)
        subprocess.run(["as", "-o", pathlib.Path(target).resolve(), "some.s"], cwd=folder, check=True)


def output(*command):
    return subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: icu.py OBJECT")
    main(sys.argv[1])
