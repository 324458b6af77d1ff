"""The words of school systems for languages and for what an adult is to a child, and what they stand for here."""

from __future__ import annotations

import re

# Codes of the school census beside names in English; the value is the tag that messages are chosen by (BCP 47).
_LANGUAGES = (
    ("en", "english", "eng", "enb"), ("ur", "urdu", "urd"), ("pl", "polish", "pol"), ("pa", "panjabi", "punjabi", "pnj",
    "pan"), ("bn", "bengali", "ben", "bnga", "sylheti", "bnsy"), ("gu", "gujarati", "guj"), ("ar", "arabic", "ara"),
    ("so", "somali", "som"), ("ro", "romanian", "rmn", "ron", "rum"), ("pt", "portuguese", "por"), ("fr", "french",
    "fre", "fra", "frn"), ("es", "spanish", "spa"), ("tr", "turkish", "tur"), ("ta", "tamil", "tam"), ("zh", "chinese",
    "chi", "zho", "mandarin", "cantonese"), ("ku", "kurdish", "kur"), ("fa", "persian", "farsi", "dari", "prs", "per"),
    ("ps", "pashto", "psh", "pushto"), ("lt", "lithuanian", "lit"), ("sk", "slovak", "slo", "slk"), ("cs", "czech",
    "cze", "ces"), ("hu", "hungarian", "hun"), ("bg", "bulgarian", "bul"), ("sq", "albanian", "alb", "sqi"), ("ru",
    "russian", "rus"), ("uk", "ukrainian", "ukr"), ("it", "italian", "ita"), ("de", "german", "ger", "deu"), ("hi",
    "hindi", "hin"), ("ml", "malayalam", "mal", "mym"), ("te", "telugu", "tel"), ("ne", "nepali", "nep"), ("vi",
    "vietnamese", "vie"), ("tl", "tagalog", "filipino", "tgl"), ("yo", "yoruba", "yor"), ("ig", "igbo", "ibo"), ("ak",
    "akan", "twi", "fante", "aka"), ("sw", "swahili", "swa"), ("ti", "tigrinya", "tir", "tgr"), ("am", "amharic",
    "amh"), ("lv", "latvian", "lav", "ltv"), ("el", "greek", "gre", "ell", "grk"), ("cy", "welsh", "wel", "cym"),
    ("ga", "irish", "gle"), ("rom", "romany", "romani"), ("bfi", "british sign language", "bsl", "sgb"),
)  # fmt: skip
LANGUAGES: dict[str, str] = {word: tag for tag, *words in _LANGUAGES for word in (tag, *words)}
UNKNOWN_LANGUAGE = "und"
"""A language that is in no table here; messages to its speakers go in English."""


def language(raw: str) -> str:
    """The tag of a language by its English name or code; schools have more languages than any table."""
    word = " ".join(raw.casefold().split())
    # Exports write "Polish (main)" and "Panjabi; Urdu": the first one speaks.
    first = re.split(r"[(;,/]", word)[0].strip()
    return LANGUAGES.get(word) or LANGUAGES.get(first) or UNKNOWN_LANGUAGE


_NAMES = {tag: name.title() for tag, name, *_ in _LANGUAGES}


def language_words(tag: str) -> str:
    """Polish."""
    return _NAMES.get(tag, "Another language" if tag == UNKNOWN_LANGUAGE else tag)


_RELATIONSHIPS = {
    "mother": ("mother", "mum", "mam", "mom", "birth mother", "pam", "mth"),
    "father": ("father", "dad", "birth father", "paf", "fth"),
    "parent": ("parent", "par"),
    "adoptive parent": ("adoptive parent", "adopter", "adoptive mother", "adoptive father"),
    "guardian": ("guardian", "legal guardian", "grd"),
    "special guardian": ("special guardian",),
    "step-mother": ("step-mother", "stepmother", "step mother", "step mum", "stepmum"),
    "step-father": ("step-father", "stepfather", "step father", "step dad", "stepdad"),
    "step-parent": ("step-parent", "stepparent", "step parent", "stp"),
    "foster carer": (
        "foster carer", "foster parent", "foster mother", "foster father", "foster", "fos", "fosf", "fosm",
    ),
    "carer": ("carer", "car"),
    "grandmother": ("grandmother", "grandma", "nan", "nana", "gran", "grm"),
    "grandfather": ("grandfather", "grandad", "granddad", "grandpa", "grf"),
    "grandparent": ("grandparent", "gpr"),
    "aunt": ("aunt", "auntie", "aunty"),
    "uncle": ("uncle",),
    "sister": ("sister", "sis"),
    "brother": ("brother", "bro"),
    "social worker": ("social worker", "swr"),
    "childminder": ("childminder", "child minder", "chm"),
    "friend": ("friend", "family friend", "friend of family", "frd"),
    "other relative": ("other relative", "other family member", "relative", "rel", "ofm"),
    "other": ("other", "other contact", "oth"),
}  # fmt: skip
RELATIONSHIPS: dict[str, str] = {word: name for name, words in _RELATIONSHIPS.items() for word in words}


def relationship(raw: str) -> str:
    """A relationship in our words; one that is in no table is kept as it is written, in small letters."""
    word = " ".join(raw.casefold().split())
    return RELATIONSHIPS.get(word, word)
