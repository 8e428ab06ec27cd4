package dev.domicile.migrator.plan;

import dev.domicile.migrator.Finding;
import dev.domicile.migrator.schema.Column;
import dev.domicile.migrator.schema.Table;
import dev.domicile.migrator.schema.UniqueIndex;
import dev.domicile.router.Realm;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What a table must be like to be moved, whatever the other realm looks like. */
final class TableLimits {
  private static final Set<String> LARGE_OBJECTS = Set.of("oid", "lo", "public.lo");

  private final Realm realm;

  TableLimits(Realm realm) {
    this.realm = realm;
  }

  List<Finding> check(Table table) {
    List<Finding> findings = new ArrayList<>();
    String name = table.name().toString();
    String leaveOut = ", or list the table in tables.shared";
    if (table.name().schema().contains(".") || table.name().table().contains(".")) {
      findings.add(
          Finding.error("dotted-name", name, "has a dot in a name", "rename it" + leaveOut));
    }
    if (table.hasChildren()) {
      findings.add(
          Finding.error(
              "inheritance",
              name,
              "inherits or is inherited from",
              "turn it into a partitioned table" + leaveOut));
    }
    findings.addAll(checkOwner(table));
    table.columns().stream()
        .filter(column -> LARGE_OBJECTS.contains(column.type()))
        .forEach(
            column ->
                findings.add(
                    Finding.error(
                        "large-object",
                        name + "." + column.name(),
                        "refers to large objects, which are not moved",
                        "keep their content in a bytea column" + leaveOut)));
    key(table, leaveOut).ifPresent(findings::add);
    return findings;
  }

  /** The triggers of a fence are its owner's to create, at either end. */
  List<Finding> checkOwner(Table table) {
    return table.owned()
        ? List.of()
        : List.of(
            Finding.error(
                "not-owner",
                table.name().toString(),
                "belongs to another role, so that it cannot be fenced at cutover",
                "configure the owner as realms." + realm + ".user"));
  }

  private static Optional<Finding> key(Table table, String leaveOut) {
    Optional<UniqueIndex> key = table.key();
    if (key.isEmpty()) {
      return Optional.of(
          Finding.warning(
              "no-key",
              table.name().toString(),
              "has no primary key, nor a unique index of columns that cannot be null, that is"
                  + " checked at once, so that all of the tenant's rows are one chunk",
              "add one" + leaveOut));
    }
    return key.get().columns().stream()
        .flatMap(name -> table.column(name).stream())
        .filter(column -> !column.orderable())
        .findFirst()
        .map(column -> keyType(table, column, leaveOut));
  }

  private static Finding keyType(Table table, Column column, String leaveOut) {
    return Finding.error(
        "key-type",
        table.name() + "." + column.name(),
        "is part of the key and of type " + column.type() + ", which an extension compares",
        "add a key of a built-in type" + leaveOut);
  }
}
