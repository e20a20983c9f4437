"""Whether data keep a contract. The sources are the records of `resolvers.contracts.validation`."""

import strawberry


@strawberry.type(description="One fault of one document.")
class DocumentError:
    document: int = strawberry.field(description="Which document, counted from 0.")
    path: list[str] = strawberry.field(description="The steps into the document; empty for the document itself.")
    keyword: str = strawberry.field(description="The JSON Schema keyword that it fails, e.g. required or format.")
    message: str = strawberry.field(description="What is wrong.")


@strawberry.type(description="What checking documents against a contract found.")
class ValidationResult:
    valid: bool = strawberry.field(description="Whether every document keeps the contract.")
    checked: int = strawberry.field(description="How many documents were checked.")
    errors: list[DocumentError] = strawberry.field(description="Every fault, the first 1,000.")
    truncated: bool = strawberry.field(description="Whether there are more faults than shown.")
