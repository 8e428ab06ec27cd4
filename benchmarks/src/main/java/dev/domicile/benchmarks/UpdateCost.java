package dev.domicile.benchmarks;

import dev.domicile.testkit.Database;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What is updated for a while, each time in a transaction of its own.
 *
 * @param table the table, whose ids are two apart
 * @param change the column that changes, and to what
 * @param whose whose rows, in words
 * @param tenant whose rows
 * @param rows how many of them in a transaction
 */
record UpdateCost(SampleTable table, String change, String whose, String tenant, int rows) {
  private static final int ROWS = 1_000;
  private static final Pattern TRANSACTIONS = Pattern.compile("tps = ([0-9.]+)");

  /** All kinds: either kind of table, the tenant that moves and another one, few rows and many. */
  static List<UpdateCost> all(List<Integer> rows) {
    return Stream.of(
            new UpdateCost(
                SampleTable.NOTE,
                "position = position + 1",
                "the tenant that moves",
                CopyRealms.MOVING.clientKey(),
                0),
            new UpdateCost(
                SampleTable.COMMENT,
                "created_at = now()",
                "the tenant that moves",
                CopyRealms.MOVING.clientKey(),
                0),
            new UpdateCost(
                SampleTable.NOTE, "position = position + 1", "another tenant", "source-2", 0),
            new UpdateCost(
                SampleTable.COMMENT, "created_at = now()", "another tenant", "source-2", 0))
        .flatMap(
            kind ->
                rows.stream()
                    .map(n -> new UpdateCost(kind.table, kind.change, kind.whose, kind.tenant, n)))
        .toList();
  }

  /**
   * Updates for so many seconds in one session and returns the microseconds for a row.
   *
   * @param pgbench whether pgbench does it; else this process over the driver
   */
  double micros(Database source, boolean pgbench, int seconds)
      throws IOException, InterruptedException, SQLException {
    CopyServers.run(source, "VACUUM " + table);
    long first =
        source.number("SELECT min(id) FROM %s WHERE %s".formatted(table, table.condition(tenant)));
    double rate = pgbench ? byPgbench(source, first, seconds) : byDriver(source, first, seconds);
    return 1e6 / rate / rows;
  }

  private String update(String low) {
    return "UPDATE %s SET %s WHERE id BETWEEN %s AND %s + %d"
        .formatted(table, change, low, low, 2 * (rows - 1));
  }

  private double byPgbench(Database source, long first, int seconds)
      throws IOException, InterruptedException {
    Path script = Files.createTempFile("domicile-", ".pgbench");
    try {
      Files.writeString(
          script,
          "\\set low %d + 2 * random(0, %d)%n%s;%n".formatted(first, ROWS - rows, update(":low")));
      Process pgbench =
          Client.of(
                  source,
                  "pgbench",
                  "--no-vacuum",
                  "--protocol=prepared",
                  "--time=" + seconds,
                  "--file=" + script)
              .start();
      String out = new String(pgbench.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      Matcher rate = TRANSACTIONS.matcher(out);
      if (pgbench.waitFor() != 0 || !rate.find()) {
        throw new IllegalStateException("pgbench failed with " + pgbench.exitValue() + ": " + out);
      }
      return Double.parseDouble(rate.group(1));
    } finally {
      Files.delete(script);
    }
  }

  private double byDriver(Database source, long first, int seconds) throws SQLException {
    Random random = new Random(first);
    try (Connection connection = source.connect();
        PreparedStatement statement = connection.prepareStatement(update("CAST(? AS bigint)"))) {
      long begun = System.nanoTime();
      long end = begun + TimeUnit.SECONDS.toNanos(seconds);
      int transactions = 0;
      do {
        long low = first + 2L * random.nextInt(ROWS - rows + 1);
        statement.setLong(1, low);
        statement.setLong(2, low);
        statement.executeUpdate();
        transactions++;
      } while (System.nanoTime() < end);
      return transactions * 1e9 / (System.nanoTime() - begun);
    }
  }

  @Override
  public String toString() {
    return "%s, %s, %d in a transaction".formatted(table, whose, rows);
  }
}
