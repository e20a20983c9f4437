"""Import of a whole mesh, governed and audited like any write, and export."""

from resolvers.interchange.documents import Document, ImportRefused, Unreadable
from resolvers.interchange.export import export_mesh
from resolvers.interchange.load import Imported, import_mesh

__all__ = ["Document", "ImportRefused", "Imported", "Unreadable", "export_mesh", "import_mesh"]
