"""Brings in a whole mesh at once, governed and audited like any other write; and writes it out again."""

from resolvers.importing.documents import Document, ImportRefused, Unreadable
from resolvers.importing.export import export_mesh
from resolvers.importing.load import Imported, import_mesh

__all__ = ["Document", "ImportRefused", "Imported", "Unreadable", "export_mesh", "import_mesh"]
