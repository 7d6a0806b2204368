"""What surrounds the models of tokenizers: normalizers, what splits and decodes, and what they refuse."""

from answers import by_path, raised
from tokenizers import (
    NormalizedString,
    PreTokenizedString,
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
)
from with_tokenizers import MADE, TEXT

#: As of GPT-4.
WORDS = r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s+(?!\S)|\s+"
BEHAVIOURS = ["removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous"]


def normalized():
    chosen = {
        "NFD, accents": normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents()]),
        "Bert": normalizers.BertNormalizer(),
        "NFKC": normalizers.NFKC(),
        "lower": normalizers.Lowercase(),
        "strip": normalizers.Strip(),
        "replace": normalizers.Replace(Regex(r"(?<=\d),(?=\d)|\p{Han}+"), "_"),
        "prepend": normalizers.Prepend("▁"),
        "bytes": normalizers.ByteLevel(),
        "nmt": normalizers.Nmt(),
        "own": normalizers.Normalizer.custom(Own()),
    }
    return {name: normalizer.normalize_str(f" {TEXT} ") for name, normalizer in chosen.items()}


class Own:
    def normalize(self, text):
        text.replace("price", "cost")
        text.filter(lambda letter: not letter.isdigit())
        text.uppercase()

    def pre_tokenize(self, pieces):
        pieces.split(lambda number, piece: piece.split(Regex(r"\s+"), "removed"))

    def decode_chain(self, tokens):
        return [token.swapcase() for token in tokens]


def split():
    chosen = {
        behaviour: pre_tokenizers.Split(Regex(r"\s+|(?<=\p{L})'(?=\p{L})"), behaviour)
        for behaviour in BEHAVIOURS
    }
    chosen |= {
        "words": pre_tokenizers.Split(Regex(WORDS), "isolated"),
        "inverted": pre_tokenizers.Split(Regex(r"\w+"), "removed", invert=True),
        "text": pre_tokenizers.Split("e", "isolated"),
        "Bert": pre_tokenizers.BertPreTokenizer(),
        "bytes": pre_tokenizers.ByteLevel(),
        "metaspace": pre_tokenizers.Metaspace(prepend_scheme="first"),
        "digits": pre_tokenizers.Digits(individual_digits=True),
        "scripts": pre_tokenizers.UnicodeScripts(),
        "punctuation": pre_tokenizers.Punctuation("contiguous"),
        "delimiter": pre_tokenizers.CharDelimiterSplit(","),
        "white space": pre_tokenizers.WhitespaceSplit(),
        "fixed": pre_tokenizers.FixedLength(5),
        "own": pre_tokenizers.PreTokenizer.custom(Own()),
    }
    pieces = PreTokenizedString(TEXT)
    pieces.normalize(lambda piece: piece.lowercase())
    pieces.split(lambda number, piece: piece.split("e", "removed"))
    return [
        {name: one.pre_tokenize_str(TEXT) for name, one in chosen.items()},
        [pieces.get_splits(offset_type="byte"), NormalizedString(TEXT).slice((6, 14)).original],
    ]


def decoded():
    tokens = ["▁the", "▁lo", "##west", "<0xF0>", "<0x9F>", "<0x99>", "<0x82>", "Ġnew", "est</w>"]
    chosen = {
        "bytes": decoders.ByteLevel(),
        "pieces": decoders.WordPiece(cleanup=False),
        "metaspace": decoders.Metaspace(),
        "bpe": decoders.BPEDecoder(),
        "ctc": decoders.CTC(),
        "llama": decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]),
        "own": decoders.Decoder.custom(Own()),
    }
    tokenizer, stream = MADE["with_chances"], decoders.DecodeStream(skip_special_tokens=True)
    streamed = [stream.step(tokenizer, number) for number in tokenizer.encode("the lowest price").ids]
    return [{name: decoder.decode(tokens) for name, decoder in chosen.items()}, streamed]


def refusals():
    tokenizer = MADE["bpe"]
    refused = [
        raised(Tokenizer.from_str, "{"),
        raised(Tokenizer.from_str, '{"version": "2.0"}'),
        raised(Tokenizer.from_file, "/tmp/no.json"),
        raised(Tokenizer, "no model"),
        raised(Regex, "("),
        raised(pre_tokenizers.Split, "e", "no behaviour"),
        raised(tokenizer.encode, 7),
        raised(tokenizer.encode, TEXT, is_pretokenized=True),
        raised(tokenizer.decode, ["a"]),
        raised(tokenizer.enable_truncation, 2, stride=4),
        raised(models.BPE, {"a": 0}, [("a", "b")]),
        raised(models.BPE, dropout=2.0),
        raised(Tokenizer(models.WordLevel({"a": 0}, unk_token="[UNK]")).encode, "b"),
        raised(processors.TemplateProcessing, single="[CLS] $A", pair="$A $B", special_tokens=[]),
        raised(tokenizer.train_from_iterator, [1, 2]),
        raised(tokenizer.train, ["/tmp/no.txt"]),
        raised(normalizers.Normalizer.custom(object()).normalize_str, "a"),
    ]
    # The numbers of errors are WASI's.
    return [(kind, text.partition(" (os error ")[0]) for kind, text in refused]


app = by_path(normalized=normalized, split=split, decoded=decoded, refusals=refusals)
