// Neo4j keeps the properties of a node in a chain of records, the youngest property name first, and reads one by going
// along it: the last of a product's twenty costs five times what the first does. So the names are made here, those that
// lists and lineages read of each product last. A database that knows the names already keeps its order.
UNWIND ['searchKeys', 'descriptionWords', 'tagWords', 'ownerWords', 'tagKeys', 'fieldWords', 'fieldNames', 'searchWords', 'accessPointsJson', 'metadataJson', 'createdAt', 'domainId', 'tags',
  'description', 'updatedAt', 'contractId', 'revision', 'classification', 'version', 'ownerTeam', 'domain', 'status',
  'type', 'urn', 'name', 'id', 'card'] AS name
CALL db.createProperty(name);
