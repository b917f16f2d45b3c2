#!/usr/bin/env python3
"""Writes vocab.json, merges.txt and tokens.txt: a small tokenizer of GPT-2's kind, and what a plain
implementation of it in Python, with the pattern left to the package `regex`, makes of some texts.

    python3 make_tokenizer.py          (made with Python 3.11, regex 2022.10.31)

A line of tokens.txt is a text, its UTF-8 in hexadecimal, and its ids. The first three lines hold of
letters, numbers and spaces how many there are and the sum of their codes, as `regex` sees them.
"""
import collections
import json
import random
import unicodedata

import regex

PATTERN = regex.compile(
    r"""'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+""")

# Merges are learned from this: words in a few alphabets, so that joins happen inside characters.
LESSON = """The street has numbers, and the numbers have a street. What's at the end of the street?
They're there; we've seen them, I'm sure you'll see them, and he'd said it isn't far: 10, 12, 128.
position positions vector vectors table tables the the the and and of of in in to to a a
Die Straße führt über die Brücke, größer als die Häuser. Où êtes-vous? À la gare, près du café.
улица улица города город мост мосты    η οδός της πόλης   道路 道路 街道 街道 橋 橋
def row(self, position):\n    return self.table[position]\n\n\n    # rows, rows, rows\n"""


def characters_of_bytes():
    seen = [b for b in range(256) if 33 <= b <= 126 or 161 <= b <= 172 or b >= 174]
    hidden = [b for b in range(256) if b not in seen]
    return {**{b: chr(b) for b in seen}, **{b: chr(256 + i) for i, b in enumerate(hidden)}}


CHARACTERS = characters_of_bytes()


def pieces(text):
    return [tuple(CHARACTERS[b] for b in piece.encode()) for piece in PATTERN.findall(text)]


def joined(piece, pair):
    made, i = [], 0
    while i < len(piece):
        if piece[i:i + 2] == pair:
            made.append(pair[0] + pair[1])
            i += 2
        else:
            made.append(piece[i])
            i += 1
    return tuple(made)


def learn(count):
    words, merges = collections.Counter(pieces(LESSON)), []
    for _ in range(count):
        pairs = collections.Counter()
        for word, times in words.items():
            for pair in zip(word, word[1:]):
                pairs[pair] += times
        if not pairs:
            break
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        merges.append(best)
        words = collections.Counter({joined(word, best): n for word, n in words.items()})
    return merges


merges = learn(200)
tokens = [CHARACTERS[b] for b in range(256)]
for left, right in merges:
    if left + right not in tokens:
        tokens.append(left + right)
random.Random(1).shuffle(tokens)  # so that an id is not a byte by accident
vocab = {token: i for i, token in enumerate(tokens + ["<|endoftext|>"])}
ranks = {pair: rank for rank, pair in enumerate(merges)}


def encode(text):
    ids = []
    for piece in pieces(text):
        while True:
            known = [pair for pair in zip(piece, piece[1:]) if pair in ranks]
            if not known:
                break
            piece = joined(piece, min(known, key=ranks.get))
        ids += [vocab[token] for token in piece]
    return ids


def texts():
    yield from [LESSON, "a", " ", "  ", "\n", " a", "  a", "   a", "a ", "a  ", "a \n b", "a\n\nb",
                "\t\tx", " \t x", "\r\n", "'s", "'S", "'re're", "we'll've'd", "''s", " 's", "x's y't",
                "don't 'tis 'll", "it's9's", "123abc456", " 12 34", "½ ² Ⅷ ٣ ५", "x²+y³=½", "<|endoftext|>",
                "a\u00a0b", "\u00a0 a", " \u3000x", "\u2028\u2029x", "\u0085x", "\x1c\x1d x", "\u200bx",
                "e\u0301 é ö o\u0308", "\U0001f468\u200d\U0001f469\u200d\U0001f467 ok", "#$%^ &*()", "...!?!",
                " !!", "  !!", "日本語のテキスト", "한국어 텍스트", "ไทย ข้อความ", "हिन्दी पाठ", "עברית", "العربية",
                "\U00010400\U00010428", "a\x00b\x01", "street streets streeetstreet", "thethethe"]
    draw = random.Random(2)
    assigned = [chr(c) for c in range(0x110000) if unicodedata.category(chr(c)) not in ("Cn", "Cs", "Co")]
    common = "abest'  \n\t\u00a0.,19é街"
    for _ in range(120):
        pool = [assigned, common, assigned[:700]][draw.randrange(3)]
        yield "".join(draw.choice(pool) if draw.random() < 0.7 else draw.choice(common)
                      for _ in range(draw.randrange(1, 40)))
    for _ in range(60):  # letters that many merges compete for
        yield "".join(draw.choice("thestreapoino ") for _ in range(60))


with open("vocab.json", "w") as file:
    json.dump(vocab, file)
with open("merges.txt", "w") as file:
    file.write("#version: 0.2\n" + "".join(f"{left} {right}\n" for left, right in merges))
with open("tokens.txt", "w") as file:
    for kind in [r"\p{L}", r"\p{N}", r"\s"]:
        found = [c for c in range(0x110000) if unicodedata.category(chr(c)) != "Cn"
                 and regex.fullmatch(kind, chr(c))]
        file.write(f"{len(found)} {sum(found)}\n")
    for text in texts():
        file.write(" ".join([text.encode().hex(), *map(str, encode(text))]) + "\n")
