#!/usr/bin/env python3
# summary: writes digest_slots.inc, the hash table of the words in digest_words.def (run it after a change of them)
"""Usage: digest_words.py [--check]     --check only tells (exit 1) whether digest_slots.inc is out of date."""
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
BITS = 12  # 4,096 slots for about 790 words: most of what is no word meets an empty slot at once
MASK64 = (1 << 64) - 1
FOLD = 0xDF  # what digest_words.c does to every byte: upper and lower case become one


def load(part):
    return int.from_bytes(bytes(b & FOLD for b in part), "little")


def keys(word):
    """The same two numbers that word_keys() in digest_words.c reads out of a word."""
    n = len(word)
    if n >= 8:
        return load(word[:8]), load(word[-8:])
    if n >= 4:
        return load(word[:4]) | load(word[-4:]) << 32, 0
    return load(bytes([word[0], word[n // 2], word[-1]])), 0


def slot(word):
    first, last = keys(word)
    mixed = ((first ^ (last << 1 & MASK64) ^ len(word)) * 0x9E3779B97F4A7C15) & MASK64
    return mixed >> (64 - BITS)


def table(words):
    slots = [0] * (1 << BITS)
    longest = 0
    for number, word in enumerate(words, 1):
        at, steps = slot(word), 1
        while slots[at]:
            at, steps = (at + 1) % len(slots), steps + 1
        slots[at] = number
        longest = max(longest, steps)
    return slots, longest


def render(slots):
    lines = ["/* summary: made by digest_words.py: for each hash 1 + the index of a word of digest_words.def, 0 for none */"]
    for i in range(0, len(slots), 24):
        lines.append(",".join(str(s) for s in slots[i : i + 24]) + ",")
    return "\n".join(lines) + "\n"


def main():
    text = (HERE / "digest_words.def").read_text()
    words = [w.encode() for w in re.findall(r'^WORD\("(.*?)"', text, re.M)]
    if len(set(words)) != len(words):
        sys.exit("digest_words.def has a word twice")
    slots, longest = table(words)
    out = HERE / "digest_slots.inc"
    if "--check" in sys.argv[1:]:
        sys.exit(0 if out.exists() and out.read_text() == render(slots) else "digest_slots.inc is out of date")
    out.write_text(render(slots))
    print(f"{len(words)} words, at most {longest} steps")


if __name__ == "__main__":
    main()
