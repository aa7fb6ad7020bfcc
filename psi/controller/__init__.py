"""The runtime's heart: events, actions, trial logic, and the run that ties them to engines."""
