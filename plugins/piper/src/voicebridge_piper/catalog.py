"""The published Piper voices that have a short name: their official names and descriptions.

The official name contains everything else: ``en_US-joe-medium`` is language, country, voice and quality, and gives the path on the hub.

Standard library only, because ``voicebridge --help`` imports this.
"""

from __future__ import annotations

from dataclasses import dataclass

_GRADES = {"x_low": (28, 5, 1), "low": (63, 5, 2), "medium": (63, 5, 3), "high": (114, 4, 4)}
_RATES = {"x_low": 16_000, "low": 16_000, "medium": 22_050, "high": 22_050}


@dataclass(frozen=True, slots=True)
class PublishedVoice:
    """A published voice."""

    name: str
    code: str
    """Its official name, such as ``en_US-joe-medium``."""
    sound: str
    """A description of its sound, for the list of voices."""
    sha256: str | None = None
    """Hash of the ``.onnx`` file, if this version pins it."""

    @property
    def language(self) -> str:
        """ISO 639-1 code."""
        return self.code.partition("_")[0]

    @property
    def grade(self) -> tuple[int, int, int]:
        """Approximate size on disk in megabytes, speed and sound quality from 1 to 5; determined by the quality."""
        return _GRADES[self.quality]

    @property
    def quality(self) -> str:
        """``low``, ``medium`` or ``high``."""
        return self.code.rpartition("-")[2]

    @property
    def sample_rate(self) -> int:
        """Hertz; determined by the quality."""
        return _RATES[self.quality]

    @property
    def description(self) -> str:
        """One line for the list of models."""
        return f"{self.sound}; {self.quality} quality, {self.sample_rate / 1000:g} kHz."


VOICES = (
    PublishedVoice(
        "joe",
        "en_US-joe-medium",
        "American English, a man",
        sha256="58afce0321b8d9c46d7cdf9c16500cc55a793b4220212dba6b70fb788b3baf06",
    ),
    PublishedVoice("lessac", "en_US-lessac-medium", "American English, a woman"),
    PublishedVoice("lessac-high", "en_US-lessac-high", "American English, a woman"),
    PublishedVoice("amy", "en_US-amy-medium", "American English, a woman"),
    PublishedVoice("ryan", "en_US-ryan-medium", "American English, a man"),
    PublishedVoice("ryan-high", "en_US-ryan-high", "American English, a man"),
    PublishedVoice("libritts", "en_US-libritts_r-medium", "American English, 904 speakers by number"),
    PublishedVoice("alan", "en_GB-alan-medium", "British English, a man"),
    PublishedVoice("alba", "en_GB-alba-medium", "Scottish English, a woman"),
    PublishedVoice("jenny", "en_GB-jenny_dioco-medium", "British English, a woman"),
    PublishedVoice("cori", "en_GB-cori-high", "British English, a woman"),
    PublishedVoice("vctk", "en_GB-vctk-medium", "British English, 109 speakers by number"),
    PublishedVoice("thorsten", "de_DE-thorsten-medium", "German, a man"),
    PublishedVoice("thorsten-high", "de_DE-thorsten-high", "German, a man"),
    PublishedVoice("kerstin", "de_DE-kerstin-low", "German, a woman"),
    PublishedVoice("siwis", "fr_FR-siwis-medium", "French, a woman"),
    PublishedVoice("tom", "fr_FR-tom-medium", "French, a man"),
    PublishedVoice("davefx", "es_ES-davefx-medium", "Spanish of Spain, a man"),
    PublishedVoice("sharvard", "es_ES-sharvard-medium", "Spanish of Spain, a man and a woman by number"),
    PublishedVoice("ald", "es_MX-ald-medium", "Spanish of Mexico"),
    PublishedVoice("daniela", "es_AR-daniela-high", "Spanish of Argentina, a woman"),
    PublishedVoice("paola", "it_IT-paola-medium", "Italian, a woman"),
    PublishedVoice("faber", "pt_BR-faber-medium", "Portuguese of Brazil, a man"),
    PublishedVoice("ronnie", "nl_NL-ronnie-medium", "Dutch, a man"),
    PublishedVoice("nathalie", "nl_BE-nathalie-medium", "Flemish, a woman"),
    PublishedVoice("gosia", "pl_PL-gosia-medium", "Polish, a woman"),
    PublishedVoice("darkman", "pl_PL-darkman-medium", "Polish, a man"),
    PublishedVoice("irina", "ru_RU-irina-medium", "Russian, a woman"),
    PublishedVoice("dmitri", "ru_RU-dmitri-medium", "Russian, a man"),
    PublishedVoice("ukrainian", "uk_UA-ukrainian_tts-medium", "Ukrainian, three speakers by number"),
    PublishedVoice("jirka", "cs_CZ-jirka-medium", "Czech, a man"),
    PublishedVoice("lili", "sk_SK-lili-medium", "Slovak, a woman"),
    PublishedVoice("anna", "hu_HU-anna-medium", "Hungarian, a woman"),
    PublishedVoice("mihai", "ro_RO-mihai-medium", "Romanian, a man"),
    PublishedVoice("rapunzelina", "el_GR-rapunzelina-low", "Greek, a woman"),
    PublishedVoice("fettah", "tr_TR-fettah-medium", "Turkish, a man"),
    PublishedVoice("nst", "sv_SE-nst-medium", "Swedish"),
    PublishedVoice("talesyntese-no", "no_NO-talesyntese-medium", "Norwegian"),
    PublishedVoice("talesyntese-da", "da_DK-talesyntese-medium", "Danish"),
    PublishedVoice("harri", "fi_FI-harri-medium", "Finnish, a man"),
    PublishedVoice("ona", "ca_ES-upc_ona-medium", "Catalan, a woman"),
    PublishedVoice("kareem", "ar_JO-kareem-medium", "Arabic, a man"),
    PublishedVoice("vais1000", "vi_VN-vais1000-medium", "Vietnamese"),
    PublishedVoice("huayan", "zh_CN-huayan-medium", "Mandarin Chinese, a woman"),
)
"""The listed voices, in order of preference: the default is the first one whose files are available."""


def find(name: str) -> PublishedVoice | None:
    """The voice with a short or official name, the latter in any case; ``None`` if it is not listed."""
    return next((voice for voice in VOICES if name == voice.name or name.lower() == voice.code.lower()), None)
