package dev.domicile.migrator.schema;

import java.util.List;

/**
 * A foreign key.
 *
 * @param name its name
 * @param columns the columns that refer
 * @param referenced the table that they refer to
 * @param referencedColumns the columns there, in the same order
 */
public record ForeignKey(
    String name, List<String> columns, TableName referenced, List<String> referencedColumns) {}
