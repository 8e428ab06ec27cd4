package dev.domicile.benchmarks;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** What a written row costs at the source, by whose it is and what its table is like. */
final class RowCost {
  private static final int ROWS = 2_000;
  private static final int STATEMENTS = 5;
  private static final String OTHER = "source-2";

  private final CopyRealms realms;
  private final Map<Case, Map<String, List<Double>>> micros = new LinkedHashMap<>();

  RowCost(CopyRealms realms) {
    this.realms = realms;
  }

  private record Case(String table, String tenant, String statement) {}

  void warmUp() throws SQLException {
    measure("warm-up");
    micros.clear();
  }

  /** Takes the time of all cases, one after another, a few times. */
  void measure(String when) throws SQLException {
    try (Connection connection = realms.sourceDatabase().connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      for (int i = 0; i < STATEMENTS; i++) {
        for (Case some : cases()) {
          long start = System.nanoTime();
          int rows = statement.executeUpdate(some.statement);
          connection.commit();
          double each = (System.nanoTime() - start) / 1e3 / rows;
          micros
              .computeIfAbsent(some, first -> new LinkedHashMap<>())
              .computeIfAbsent(when, first -> new ArrayList<>())
              .add(each);
        }
      }
    }
  }

  String table() {
    TextTable table =
        new TextTable("µs for an updated row", "no migration", "during one", "more", "min..max");
    micros.forEach(
        (some, by) -> {
          Samples without = new Samples(Objects.requireNonNull(by.get("no migration")));
          Samples with = new Samples(Objects.requireNonNull(by.get("during one")));
          table.add(
              some.table + ", " + some.tenant,
              TextTable.number("%.2f", without.median()),
              TextTable.number("%.2f", with.median()),
              TextTable.number("%.2f", with.median() - without.median()),
              with.range("%.2f"));
        });
    return table.toString();
  }

  private static List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    Map.of(CopyRealms.MOVING.clientKey(), "the migrating tenant", OTHER, "another tenant")
        .forEach(
            (key, whose) -> {
              cases.add(
                  new Case(
                      "with tenant column",
                      whose,
                      "UPDATE note SET position = position + 1 WHERE id IN (SELECT id FROM note"
                          + " WHERE client_key = '%s' ORDER BY id LIMIT %d)".formatted(key, ROWS)));
              cases.add(
                  new Case(
                      "without",
                      whose,
                      "UPDATE comment SET created_at = now() WHERE id IN (SELECT c.id FROM comment"
                          + " AS c JOIN note AS n ON n.id = c.note_id WHERE n.client_key = '%s'"
                              .formatted(key)
                          + " ORDER BY n.id LIMIT %d)".formatted(ROWS)));
            });
    return cases;
  }
}
