from __future__ import annotations

from pydantic import Field
from voicebridge import EngineOptions


class Options(EngineOptions):
    fault: str = Field("", description="The fault to have.")
