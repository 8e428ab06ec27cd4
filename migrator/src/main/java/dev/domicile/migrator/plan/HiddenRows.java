package dev.domicile.migrator.plan;

import dev.domicile.migrator.Finding;
import dev.domicile.migrator.schema.Catalog;
import dev.domicile.migrator.schema.ForeignKey;
import dev.domicile.migrator.schema.Table;
import dev.domicile.migrator.schema.TableName;
import dev.domicile.router.Realm;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Finds tables of which row-level security would hide rows from the configured role. A move looks
 * at the tenants' tables, at those that they refer to and at those that refer to them.
 */
final class HiddenRows {
  private final Catalog catalog;
  private final Realm realm;
  private final Set<TableName> owned;

  HiddenRows(Catalog catalog, Realm realm, Set<TableName> owned) {
    this.catalog = catalog;
    this.realm = realm;
    this.owned = owned;
  }

  List<Finding> find() {
    Set<TableName> lookedAt =
        catalog.tables().stream().flatMap(this::lookedAt).collect(Collectors.toSet());
    return catalog.tables().stream()
        .filter(table -> table.filtered() && lookedAt.contains(table.name()))
        .map(this::finding)
        .toList();
  }

  private Stream<TableName> lookedAt(Table table) {
    Stream<TableName> referenced = table.foreignKeys().stream().map(ForeignKey::referenced);
    if (owned.contains(table.name())) {
      return Stream.concat(Stream.of(table.name()), referenced);
    }
    return referenced.anyMatch(owned::contains) ? Stream.of(table.name()) : Stream.empty();
  }

  private Finding finding(Table table) {
    String owner =
        table.owned()
            ? "run ALTER TABLE " + table.name().sql() + " NO FORCE ROW LEVEL SECURITY"
            : "configure the table's owner as realms." + realm + ".user";
    return Finding.error(
        "row-security",
        table.name().toString(),
        "has row-level security in " + realm + " that binds realms." + realm + ".user",
        owner + ", or as superuser give that user BYPASSRLS");
  }
}
