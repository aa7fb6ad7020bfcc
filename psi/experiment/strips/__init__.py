"""What the window always shows: header, toolbar, the session's strip, the status line."""
