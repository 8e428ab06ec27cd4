package dev.domicile.migrator.plan;

import dev.domicile.migrator.Finding;
import dev.domicile.migrator.TableRules;
import dev.domicile.migrator.schema.Catalog;
import dev.domicile.migrator.schema.TableName;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.router.Realm;
import java.util.ArrayList;
import java.util.List;

/**
 * Compares what Flyway has applied to the application's schemas in two realms. Equal tables do not
 * prove equal schemas: a function, a view or the meaning of a column may differ.
 */
final class SchemaVersions {
  private static final int NAMED = 5;

  private final End source;
  private final End target;
  private final List<Finding> findings = new ArrayList<>();

  SchemaVersions(End source, End target) {
    this.source = source;
    this.target = target;
  }

  /**
   * One end of a move.
   *
   * @param realm the realm
   * @param session a session to its database
   * @param catalog what is there
   */
  record End(Realm realm, RealmSession session, Catalog catalog) {}

  /** Looks at the history of each schema; where neither end has one there is nothing to say. */
  List<Finding> compare(TableRules rules) {
    for (String schema : rules.schemas()) {
      TableName table = new TableName(schema, rules.flywayTable());
      boolean here = source.catalog().table(table).isPresent();
      boolean there = target.catalog().table(table).isPresent();
      if (here && there) {
        compare(table);
      } else if (here || there) {
        findings.add(oneSided(table, here ? source : target, here ? target : source));
      }
    }
    return findings;
  }

  private void compare(TableName table) {
    SchemaHistory here = SchemaHistory.read(source.session(), table);
    SchemaHistory there = SchemaHistory.read(target.session(), table);
    failed(table, source, here);
    failed(table, target, there);
    lag(table, source, here.missing(there), target);
    lag(table, target, there.missing(here), source);
    List<String> differing = here.differing(there);
    if (!differing.isEmpty()) {
      findings.add(
          Finding.error(
              "schema-version",
              table.toString(),
              "has other checksums in "
                  + source.realm()
                  + " than in "
                  + target.realm()
                  + " for "
                  + some(differing),
              "find out which script is the right one, and bring both realms to it"));
    }
  }

  private void failed(TableName table, End end, SchemaHistory history) {
    if (!history.failed().isEmpty()) {
      findings.add(
          Finding.error(
              "schema-failed",
              subject(table, end),
              "says that " + some(history.failed()) + " has failed",
              "undo what the script left, run Flyway's repair in "
                  + end.realm()
                  + ", and migrate"));
    }
  }

  private void lag(TableName table, End end, List<String> missing, End other) {
    if (!missing.isEmpty()) {
      findings.add(
          Finding.error(
              "schema-version",
              subject(table, end),
              "lags behind " + other.realm() + " by " + some(missing),
              "migrate the application's schema in " + end.realm() + " with Flyway"));
    }
  }

  private static Finding oneSided(TableName table, End has, End lacks) {
    return Finding.error(
        "schema-version",
        subject(table, lacks),
        "is missing, and is there in " + has.realm(),
        "migrate the application's schema in "
            + lacks.realm()
            + " with Flyway, or give it a baseline of the version that it is at");
  }

  private static String subject(TableName table, End end) {
    return "realms." + end.realm() + " " + table;
  }

  private static String some(List<String> scripts) {
    String named = String.join(", ", scripts.subList(0, Math.min(NAMED, scripts.size())));
    return scripts.size() > NAMED ? named + " and " + (scripts.size() - NAMED) + " more" : named;
  }
}
