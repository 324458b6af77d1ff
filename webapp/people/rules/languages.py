"""Languages as people call them: the English name for staff, and the language's own for who speaks it."""

from __future__ import annotations

_NAMES = {
    "ak": ("Twi", "Twi"), "ar": ("Arabic", "العربية"),
    "bg": ("Bulgarian", "български"), "bn": ("Bengali", "বাংলা"),
    "cs": ("Czech", "čeština"), "cy": ("Welsh", "Cymraeg"), "en": ("English", "English"), "es": ("Spanish", "español"),
    "fa": ("Farsi", "فارسی"), "fr": ("French", "français"), "gu": ("Gujarati", "ગુજરાતી"), "hi": ("Hindi", "हिन्दी"),
    "hu": ("Hungarian", "magyar"), "it": ("Italian", "italiano"), "ku": ("Kurdish", "کوردی"),
    "lt": ("Lithuanian", "lietuvių"), "ne": ("Nepali", "नेपाली"), "pa": ("Punjabi", "ਪੰਜਾਬੀ"),
    "pl": ("Polish", "polski"),
    "ps": ("Pashto", "پښتو"), "pt": ("Portuguese", "português"), "ro": ("Romanian", "română"),
    "ru": ("Russian", "русский"), "sk": ("Slovak", "slovenčina"), "so": ("Somali", "Soomaali"),
    "sq": ("Albanian", "shqip"), "ta": ("Tamil", "தமிழ்"), "ti": ("Tigrinya", "ትግርኛ"),
    "tl": ("Tagalog", "Tagalog"), "tr": ("Turkish", "Türkçe"),
    "uk": ("Ukrainian", "українська"), "ur": ("Urdu", "اردو"), "vi": ("Vietnamese", "Tiếng Việt"),
    "yo": ("Yoruba", "Yorùbá"), "zh": ("Chinese", "中文"),
}  # fmt: skip

LANGUAGES = tuple(sorted(_NAMES, key=lambda code: _NAMES[code][0]))
"""The codes that are known here, by their English names."""


def language_name(code: str) -> str:
    """Urdu, of "ur" and of "ur-PK"; what school holds where it is not a code that is known here."""
    return _of(code)[0]


def own_language_name(code: str) -> str:
    """The language's name in the language; empty where it would say the same again."""
    english, own = _of(code)
    return "" if own == english else own


def _of(code: str) -> tuple[str, str]:
    return _NAMES.get(code.strip().lower().split("-")[0], (code, code))
