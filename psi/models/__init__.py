"""The typed documents that an experiment is a function of: Rig, Task, Session; and what they are made of."""
