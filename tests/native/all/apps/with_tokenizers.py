"""Tokenizers of each model, trained at import and in requests."""

import asyncio
import copy
import os
import pickle

from answers import by_path, raised
from tokenizers import (
    AddedToken,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from tokenizers.implementations import ByteLevelBPETokenizer, CharBPETokenizer, SentencePieceBPETokenizer

TEXT = "Grüße an alle: the lowest price's 1,200 €, isn't it? \U0001f642 newest\tunknown 漢字"
LINES = [
    "the low lower lowest price is low",
    "the new newer newest price isn't new",
    "wide wider widest, and 1,200 more words",
    "Grüße an alle Völker der Erde",
] * 4
SPECIAL = ["[UNK]", "[CLS]", "[SEP]", "[PAD]"]


PIECES = "the low new wide wid price ##er ##est ##e is isn ' t an all ##s 1 , 200 more g ##r ##u ##ss"
#: Pieces of Unigram with the logarithms of their chances, which training finds a little otherwise each time.
CHANCES = {"▁": -2.5, "▁the": -2.2, "▁low": -2.8, "▁new": -3.1, "est": -2.9, "er": -3.3, "price": -4.0}
CHANCES |= {letter: -5.0 - number / 8 for number, letter in enumerate("abcdefghijklmnopqrstuvwxyz,'")}


def of(model, trainer, pre_tokenizer=None):
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizer or pre_tokenizers.Whitespace()
    tokenizer.train_from_iterator((line for line in LINES), trainer, length=len(LINES))
    return tokenizer


def bpe():
    return of(models.BPE(unk_token="[UNK]"), trainers.BpeTrainer(vocab_size=120, special_tokens=SPECIAL))


def word_level():
    return of(models.WordLevel(unk_token="[UNK]"), trainers.WordLevelTrainer(special_tokens=SPECIAL))


def unigram():
    trainer = trainers.UnigramTrainer(vocab_size=60, unk_token="[UNK]", special_tokens=SPECIAL)
    return of(models.Unigram(), trainer, pre_tokenizers.Metaspace())


def word_piece():
    trainer = trainers.WordPieceTrainer(vocab_size=120, special_tokens=SPECIAL)
    return of(models.WordPiece(unk_token="[UNK]"), trainer)


def with_pieces():
    known = {piece: number for number, piece in enumerate([*SPECIAL, *PIECES.split()])}
    tokenizer = Tokenizer(models.WordPiece(known, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(name, known[name]) for name in ("[CLS]", "[SEP]")],
    )
    return tokenizer


def with_chances():
    tokenizer = Tokenizer(models.Unigram([("[UNK]", 0.0), *CHANCES.items()], unk_id=0, byte_fallback=False))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    return tokenizer


MADE = {make.__name__: make() for make in (bpe, word_level, with_pieces, with_chances)}
TRAINED = {make.__name__: make() for make in (unigram, word_piece)}


def told(encoding):
    names = "ids type_ids tokens offsets word_ids sequence_ids special_tokens_mask attention_mask"
    whole = {name: getattr(encoding, name) for name in names.split()}
    return {**whole, "overflowing": [told(part) for part in encoding.overflowing]}


def trained():
    """At import and in the request. Order and ties are of chance, natively, too: what is compared is not."""
    made = [(MADE | TRAINED)[make.__name__] for make in (bpe, word_level, unigram, word_piece)]
    made += [bpe(), word_level(), unigram(), word_piece()]
    whole = [sorted(tokenizer.get_vocab().items()) for tokenizer in made[:2] + made[4:6]]
    names = [sorted(tokenizer.get_vocab()) for tokenizer in (made[2], made[6])]
    return [whole, names, [tokenizer.encode(TEXT).tokens for tokenizer in made]]


def encoded():
    answers = {}
    for name, tokenizer in MADE.items():
        one, two = tokenizer.encode(TEXT), tokenizer.encode("the lowest", "new price")
        places = [one.char_to_token(7), one.token_to_chars(2), one.word_to_tokens(1), one.token_to_word(3)]
        answers[name] = [told(one), told(two), places, tokenizer.decode(one.ids), repr(one)]
        answers[f"{name} decoded"] = tokenizer.decode_batch([one.ids, two.ids], skip_special_tokens=False)
    return answers


def batches():
    tokenizer = with_pieces()
    tokenizer.enable_truncation(8, stride=2)
    tokenizer.enable_padding(pad_id=3, pad_token="[PAD]", pad_to_multiple_of=4)
    lines = [*LINES[:4], ("the lowest", "new price"), ""]
    fast = [(one.ids, one.attention_mask) for one in tokenizer.encode_batch_fast(lines)]
    words = tokenizer.encode_batch([line.split() for line in LINES[:4]], is_pretokenized=True)
    answers = [tokenizer.truncation, tokenizer.padding, fast, [told(one) for one in words]]
    answers.append([told(one) for one in tokenizer.encode_batch(lines)])
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return [*answers, [one.ids for one in tokenizer.encode_batch(lines * 50)]]


def saved():
    answers = {}
    for name, tokenizer in MADE.items():
        others = [Tokenizer.from_str(tokenizer.to_str()), copy.deepcopy(tokenizer)]
        others += [Tokenizer.from_buffer(tokenizer.to_str().encode()), pickle.loads(pickle.dumps(tokenizer))]
        tokenizer.save("/tmp/saved.json")
        others.append(Tokenizer.from_file("/tmp/saved.json"))
        answers[name] = [
            {one.to_str() == tokenizer.to_str() for one in others},
            {tuple(one.encode(TEXT).ids) == tuple(tokenizer.encode(TEXT).ids) for one in others},
            tokenizer.to_str(pretty=True),
        ]
    return answers


def added():
    tokenizer = bpe()
    names = [AddedToken("<mask>", lstrip=True), AddedToken("new price", single_word=True), "漢字"]
    counts = [tokenizer.add_tokens(names), tokenizer.add_special_tokens(["<s>"])]
    encoding = tokenizer.encode("<s>the  <mask> new prices, new price 漢字")
    decoder = sorted(tokenizer.get_added_tokens_decoder().items())
    return [counts, told(encoding), repr(decoder), tokenizer.get_vocab_size(), tokenizer.id_to_token(3)]


def ready_made():
    tokenizers = [ByteLevelBPETokenizer(lowercase=True), CharBPETokenizer(), SentencePieceBPETokenizer()]
    for tokenizer in tokenizers:
        tokenizer.train_from_iterator(LINES, vocab_size=290, show_progress=True)
    encodings = [tokenizer.encode(TEXT) for tokenizer in tokenizers]
    texts = [tokenizer.decode(one.ids) for tokenizer, one in zip(tokenizers, encodings, strict=True)]
    # Numbers are of chance.
    found = [[one.tokens, one.offsets] for one in encodings]
    return [found, texts, [repr(tokenizer) for tokenizer in tokenizers]]


def arrays():
    """Words in arrays, of texts and of objects; without numpy words are asked about, too."""
    import numpy

    tokenizer = MADE["with_pieces"]
    words = ["the", "lowest", "new", "price"]
    given = [numpy.array(words), numpy.array(words, dtype=object), words, tuple(words)]
    encodings = [tokenizer.encode(one, is_pretokenized=True) for one in given]
    encodings += tokenizer.encode_batch([numpy.array([words, words])[0]], is_pretokenized=True)
    wrong = [numpy.arange(4), numpy.array([words]), numpy.array(words)[::2]]
    refused = [raised(tokenizer.encode, one, is_pretokenized=True) for one in wrong]
    return [[told(one) for one in encodings], refused]


def awaited():
    tokenizer = MADE["with_pieces"]

    async def every():
        one, many = tokenizer.async_encode(TEXT), tokenizer.async_encode_batch(LINES[:2])
        fast = tokenizer.async_encode_batch_fast(LINES[:2])
        texts = tokenizer.async_decode_batch([[5, 6, 7]])
        answers = await asyncio.gather(one, many, fast, texts)
        return [answers[0].ids, [[one.ids for one in part] for part in answers[1:3]], answers[3]]

    async def refused():
        failing = Tokenizer(models.WordLevel({"a": 0}, unk_token="[UNK]"))
        try:
            await failing.async_encode("b")
        except Exception as error:
            return type(error).__name__, str(error)

    return asyncio.run(every()), asyncio.run(refused()), raised(tokenizer.async_encode, TEXT)


def offline():
    """A tokenizer of the hub, which huggingface_hub is to find without asking."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    return raised(Tokenizer.from_pretrained, "nobody/words")


def hub():
    return [raised(__import__, name) for name in ("huggingface_hub.hf_api", "hf_xet")]


app = by_path(
    trained=trained,
    encoded=encoded,
    batches=batches,
    saved=saved,
    added=added,
    ready_made=ready_made,
    arrays=arrays,
    awaited=awaited,
    offline=offline,
    hub=hub,
)
