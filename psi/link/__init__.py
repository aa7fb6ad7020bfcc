"""Messages between a run and those who watch and steer it: warden, console, scripts."""
