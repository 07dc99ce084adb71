"""The parts of the suite of group storages."""
