"""The recording: its plan and format, the store that writes it in a process of its own, and its readers."""
