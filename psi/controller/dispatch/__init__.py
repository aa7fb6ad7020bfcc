"""Events and what they do: dispatcher, actions, commands, timers, latency."""
