"""Devices at a serial port: anything that takes lines of text, and New Era syringe pumps."""

from psi.engines.serial.engine import RoomLightSerialPortEngine, SerialEngine
from psi.engines.serial.pump import SerialPumpEngine

__all__ = ["RoomLightSerialPortEngine", "SerialEngine", "SerialPumpEngine"]
