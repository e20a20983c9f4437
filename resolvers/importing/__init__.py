"""Brings in a whole mesh at once, governed and audited like any other write."""

from resolvers.importing.documents import Document, ImportRefused
from resolvers.importing.load import Imported, import_mesh

__all__ = ["Document", "ImportRefused", "Imported", "import_mesh"]
