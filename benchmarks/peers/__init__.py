"""The tools that propstore is measured beside, each used as its own documentation says."""
