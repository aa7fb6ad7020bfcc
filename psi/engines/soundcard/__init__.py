"""The sound card of a computer: loudspeaker and microphone, in step with each other."""

from psi.engines.soundcard.engine import SoundcardEngine

__all__ = ["SoundcardEngine"]
