"""The parts of the conformance suite of external storages."""
