package dev.domicile.benchmarks;

import dev.domicile.testkit.Database;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/**
 * What somebody would type: {@code psql -c 'COPY (SELECT …) TO STDOUT' | psql -c 'COPY … FROM
 * STDIN'}, in binary, table by table in the order of the foreign keys, each in a transaction of its
 * own.
 */
final class PsqlPipe {
  private PsqlPipe() {}

  /** The version of the psql on the PATH; empty if there is none. */
  static String version() {
    try {
      Process process = new ProcessBuilder("psql", "--version").start();
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      return "";
    }
  }

  static void copy(Database source, Database target, String tenant)
      throws SQLException, IOException, InterruptedException {
    for (SampleTable table : SampleTable.values()) {
      String columns;
      try (Connection from = source.connect()) {
        columns = PlainPipe.columns(from, table);
      }
      List<Process> pipe =
          ProcessBuilder.startPipeline(
              List.of(
                  psql(source, table.copyOut(columns, tenant)),
                  psql(target, table.copyIn(columns))));
      for (Process process : pipe) {
        if (process.waitFor() != 0) {
          throw new IllegalStateException("psql failed with " + process.exitValue());
        }
      }
    }
  }

  private static ProcessBuilder psql(Database database, String sql) {
    ProcessBuilder builder =
        new ProcessBuilder("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", sql)
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    URI address = URI.create(database.url().substring("jdbc:".length()));
    builder.environment().put("PGHOST", address.getHost());
    builder.environment().put("PGPORT", String.valueOf(address.getPort()));
    builder.environment().put("PGDATABASE", address.getPath().substring(1));
    builder.environment().put("PGUSER", database.user());
    builder.environment().put("PGPASSWORD", database.password());
    return builder;
  }
}
