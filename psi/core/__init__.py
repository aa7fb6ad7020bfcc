"""What every layer stands on: errors, names, the clock, expressions, the collector of contributions."""
