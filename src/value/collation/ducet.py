#!/usr/bin/env python3
"""Packs Unicode's default collation table (allkeys.txt, DUCET) into the form that uca.rs reads.

    ducet.py allkeys-9.0.0.txt ducet-9.0.bin

The data is © Unicode, Inc., under the Unicode License (unicode.org/license.txt).

All numbers little endian, 16 bits unless said: the number of pages of 256 code points; the page of each
block of 256 code points up to U+1FFFF and then of U+2F800..U+2FAFF and U+E0000..U+E01FF (page 0 is empty); the entries of each
page from the first (0: the code point is not in the table, else the number of its sequence); the number of
sequences plus one; where each sequence starts, and the end (32 bits); the collation elements (32 bits:
primary << 16 | secondary << 7 | tertiary). Contractions are left out, as MySQL does without them, and no
character has more than eight elements, as there.
"""
import re
import struct
import sys

entries = {}
for line in open(sys.argv[1], encoding="utf-8"):
    match = re.match(r"^([0-9A-F]{4,6})\s*;\s*((?:\[[^\]]*\])+)", line)
    if match:
        elements = re.findall(r"\[[.*]([0-9A-F]+)\.([0-9A-F]+)\.([0-9A-F]+)", match[2])
        packed = []
        for element in elements:
            primary, secondary, tertiary = (int(level, 16) for level in element)
            assert secondary < 512 and tertiary < 128
            packed.append(primary << 16 | secondary << 7 | tertiary)
        entries[int(match[1], 16)] = tuple(element for element in packed if element)[:8]

blocks = list(range(0x200)) + [0x2F8, 0x2F9, 0x2FA, 0xE00, 0xE01]
numbers, sequences, pages, index = {}, [], [], []
for block in blocks:
    page = []
    for point in range(block << 8, (block + 1) << 8):
        elements = entries.get(point)
        if elements is not None and elements not in numbers:
            sequences.append(elements)
            numbers[elements] = len(sequences)
        page.append(numbers[elements] if elements is not None else 0)
    if any(page):
        pages.append(page)
        index.append(len(pages))
    else:
        index.append(0)

out = struct.pack("<H", len(pages)) + struct.pack("<%dH" % len(index), *index)
for page in pages:
    out += struct.pack("<256H", *page)
starts = [0]
for sequence in sequences:
    starts.append(starts[-1] + len(sequence))
out += struct.pack("<H", len(starts)) + struct.pack("<%dI" % len(starts), *starts)
for sequence in sequences:
    out += struct.pack("<%dI" % len(sequence), *sequence)
open(sys.argv[2], "wb").write(out)
