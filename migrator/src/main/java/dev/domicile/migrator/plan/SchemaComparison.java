package dev.domicile.migrator.plan;

import dev.domicile.migrator.Finding;
import dev.domicile.migrator.schema.Catalog;
import dev.domicile.migrator.schema.Column;
import dev.domicile.migrator.schema.Table;
import dev.domicile.migrator.schema.TableName;
import dev.domicile.migrator.schema.UniqueIndex;
import dev.domicile.router.Realm;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** Finds what would keep a source table's rows from fitting into the target's table. */
final class SchemaComparison {
  private final Catalog target;
  private final Realm targetRealm;
  private final List<Finding> findings = new ArrayList<>();

  SchemaComparison(Catalog target, Realm targetRealm) {
    this.target = target;
    this.targetRealm = targetRealm;
  }

  List<Finding> findings() {
    return findings;
  }

  void compare(Table source) {
    Optional<Table> found = target.table(source.name());
    if (found.isEmpty()) {
      error("missing-table", source.name().toString(), "is missing in " + targetRealm);
      return;
    }
    Table other = found.get();
    source.columns().forEach(column -> compare(source.name(), column, other));
    other.columns().stream()
        .filter(column -> source.column(column.name()).isEmpty())
        .forEach(column -> extra(source.name(), column));
    source.key().ifPresent(key -> compareKey(source.name(), key, other));
  }

  private void compare(TableName table, Column column, Table other) {
    String subject = table + "." + column.name();
    Optional<Column> found = other.column(column.name());
    if (found.isEmpty()) {
      error("missing-column", subject, "is missing in " + targetRealm);
      return;
    }
    Column there = found.get();
    if (!there.type().equals(column.type())) {
      error(
          "type-differs",
          subject,
          "is " + column.type() + " at the source and " + there.type() + " in " + targetRealm);
    }
    if (!Objects.equals(there.generation(), column.generation())) {
      error("generated-differs", subject, "is generated in another way, or in one realm only");
    }
    if (column.sequence() != null && !there.hasDefault()) {
      findings.add(
          Finding.warning(
              "identity-differs",
              subject,
              "draws its ids from a sequence at the source and not in " + targetRealm,
              "bring both realms to the same schema version"));
    }
    if (there.notNull() && !column.notNull()) {
      error("null-differs", subject, "may be null at the source but not in " + targetRealm);
    }
  }

  private void extra(TableName table, Column column) {
    String subject = table + "." + column.name();
    if (column.notNull() && !column.hasDefault() && !column.generated()) {
      error("extra-column", subject, "is required in " + targetRealm + " and not at the source");
    } else if (!column.generated()) {
      findings.add(
          Finding.warning(
              "extra-column",
              subject,
              "is in " + targetRealm + " only and will hold its default",
              "bring both realms to the same schema version"));
    }
  }

  private void compareKey(TableName table, UniqueIndex key, Table other) {
    boolean same =
        other.uniqueIndexes().stream()
            .filter(index -> index.predicate() == null)
            .anyMatch(index -> new HashSet<>(index.columns()).equals(new HashSet<>(key.columns())));
    if (!same) {
      error(
          "missing-key",
          table + " (" + String.join(", ", key.columns()) + ")",
          "is not unique in " + targetRealm);
    }
  }

  private void error(String code, String subject, String problem) {
    findings.add(
        Finding.error(code, subject, problem, "bring both realms to the same schema version"));
  }
}
