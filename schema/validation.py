"""Validation of documents against a contract. The sources are the records of `resolvers.contracts.validation`."""

import strawberry


@strawberry.type(description="A validation error of a document.")
class DocumentError:
    document: int = strawberry.field(description="Index of the document, from 0.")
    path: list[str] = strawberry.field(description="Path in the document; empty for the document itself.")
    keyword: str = strawberry.field(description="The JSON Schema keyword that it fails, e.g. required or format.")
    message: str = strawberry.field(description="What is wrong.")


@strawberry.type(description="Result of validating documents against a contract.")
class ValidationResult:
    valid: bool = strawberry.field(description="True if every document is valid.")
    checked: int = strawberry.field(description="Number of documents checked.")
    errors: list[DocumentError] = strawberry.field(description="The first 1,000 errors.")
    truncated: bool = strawberry.field(description="True if there are more errors.")
