"""The typical work of tokenizers: each model over the same text, made of words of a small language."""

import random

from timed import measuring
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

CHANCE = random.Random(7)
SYLLABLES = [first + second for first in "bdfgklmnprst" for second in ("a", "e", "io", "u", "an", "er")]
WORDS = ["".join(CHANCE.choices(SYLLABLES, k=CHANCE.randint(1, 4))) for _ in range(4000)]
LINES = [" ".join(CHANCE.choices(WORDS, k=12)) for _ in range(1000)]
TEXT = ". ".join(LINES[:120])
GPT = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"


def trained(model, trainer, pre_tokenizer):
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.train_from_iterator(LINES, trainer)
    return tokenizer


def byte_level():
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=3000, show_progress=False, initial_alphabet=alphabet)
    tokenizer = trained(models.BPE(), trainer, pre_tokenizers.ByteLevel())
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def word_piece():
    trainer = trainers.WordPieceTrainer(vocab_size=3000, show_progress=False, special_tokens=["[UNK]"])
    tokenizer = trained(models.WordPiece(unk_token="[UNK]"), trainer, pre_tokenizers.BertPreTokenizer())
    tokenizer.normalizer = normalizers.BertNormalizer()
    return tokenizer


def unigram():
    trainer = trainers.UnigramTrainer(
        vocab_size=1500, show_progress=False, unk_token="<unk>", special_tokens=["<unk>"]
    )
    return trained(models.Unigram(), trainer, pre_tokenizers.Metaspace())


BYTES, PIECES, CHANCES = byte_level(), word_piece(), unigram()
IDS = BYTES.encode(TEXT).ids
SAVED = BYTES.to_str()
SPLIT = pre_tokenizers.Split(Regex(GPT), "isolated")

WORK = {
    "tokenizers: encode 10 kB by BPE of bytes": lambda: BYTES.encode(TEXT),
    "tokenizers: encode 10 kB by WordPiece": lambda: PIECES.encode(TEXT),
    "tokenizers: encode 10 kB by Unigram": lambda: CHANCES.encode(TEXT),
    "tokenizers: encode a batch of 1000 lines": lambda: BYTES.encode_batch(LINES),
    "tokenizers: decode 2100 pieces": lambda: BYTES.decode(IDS),
    "tokenizers: split 10 kB by GPT-2's expression": lambda: SPLIT.pre_tokenize_str(TEXT),
    "tokenizers: load 3000 pieces": lambda: Tokenizer.from_str(SAVED),
    "tokenizers: train 3000 pieces by BPE": byte_level,
}

app = measuring(WORK)
