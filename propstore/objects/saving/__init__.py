"""Objects in files: saved with the versions of their classes, loaded whole or in parts."""

from propstore.objects.saving.browse import Listing, browse
from propstore.objects.saving.class_version import ClassVersion
from propstore.objects.saving.load import load
from propstore.objects.saving.policy import VersionPolicy
from propstore.objects.saving.save import Backend, save

__all__ = ["Backend", "ClassVersion", "Listing", "VersionPolicy", "browse", "load", "save"]
