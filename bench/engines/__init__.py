"""The engines that are compared: each in a process, which is measured."""
