package dev.domicile.benchmarks;

import dev.domicile.testkit.Database;
import java.io.IOException;
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
    return Client.of(database, "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", sql);
  }
}
