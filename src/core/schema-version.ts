/** The version of the database schema that this package needs: what `tertulia_schema_version()` answers. */
export const schemaVersion = 1
