"""What an experimenter adds to a task: dispensers, lights, monitors. Nothing here names a device."""
