"""Compiled execution of queries.

graphql-core decides for every value of every object which field it is, how it is resolved and how it is completed. All
of that but the values is known once the document is, so the first run of an operation generates one Python function for
each selection of fields, and later runs call those. The generated code gives the answer that graphql-core gives. A
fault of the mesh model (`MeshError`) in one field is answered as an error at its path. Whatever else is out of the
ordinary ends the compiled run: an operation that cannot be compiled, variables that do not fit, another exception, a
null or a value that its type does not allow. graphql-core then runs the whole operation from its start,
which is sound because queries have no effects. `MESHWEAVE_COMPILED_EXECUTION=false` turns it off; `statistics.RUNS`
counts runs and fallbacks by reason.
"""
