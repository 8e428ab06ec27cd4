package dev.domicile.migrator.plan;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.domicile.migrator.schema.TableName;
import java.util.List;
import java.util.stream.Collectors;

/** How a row is known to be the tenant's. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "by")
@JsonSubTypes({
  @JsonSubTypes.Type(value = TenantPath.ByColumn.class, name = "column"),
  @JsonSubTypes.Type(value = TenantPath.ByParent.class, name = "parent"),
  @JsonSubTypes.Type(value = TenantPath.ByAnyParent.class, name = "anyParent"),
  @JsonSubTypes.Type(value = TenantPath.BySchema.class, name = "schema")
})
public sealed interface TenantPath {

  /**
   * A column of the row holds the tenant.
   *
   * @param column the column
   */
  record ByColumn(String column) implements TenantPath {
    @Override
    public String toString() {
      return column;
    }
  }

  /**
   * The row refers to a row of the tenant.
   *
   * @param columns the columns that refer
   * @param parent the table that they refer to, which has a path of its own
   * @param parentColumns the columns there, in the same order
   */
  record ByParent(List<String> columns, TableName parent, List<String> parentColumns)
      implements TenantPath {
    @Override
    public String toString() {
      return String.join(", ", columns) + " -> " + parent;
    }
  }

  /**
   * The row refers to a row of the tenant by at least one of several references, each of which may
   * be null.
   *
   * @param parents the references
   */
  record ByAnyParent(List<ByParent> parents) implements TenantPath {
    @Override
    public String toString() {
      return parents.stream().map(ByParent::toString).collect(Collectors.joining(" or "));
    }
  }

  /** The table is in the tenant's own schema, so that every row is the tenant's. */
  record BySchema() implements TenantPath {
    @Override
    public String toString() {
      return "its schema";
    }
  }

  /** The references that lead to the tenant; none where a column or the schema does. */
  default List<ByParent> parentPaths() {
    if (this instanceof ByAnyParent any) {
      return any.parents();
    }
    return this instanceof ByParent one ? List.of(one) : List.of();
  }
}
