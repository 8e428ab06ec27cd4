package dev.domicile.migrator;

import static dev.domicile.migrator.TwoRealms.TENANT;
import static dev.domicile.migrator.TwoRealms.US;
import static org.assertj.core.api.Assertions.assertThat;

import dev.domicile.migrator.cli.CommandLineFixture;
import dev.domicile.testkit.TestDatabases;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Promise P7, with a row that fills most of the heap: it is copied, and taken along as a change.
 */
final class BigRowIT {
  private static final boolean SOAK = Boolean.getBoolean("domicile.test.soak");
  private static final int MEBIBYTES = SOAK ? 100 : 10;

  // Twice the row as text, the message that it comes in, and all else.
  private static final String HEAP = SOAK ? "-Xmx512m" : "-Xmx64m";

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  @TempDir Path folder;

  @Test
  void movesARowInAHeapOfAFewTimesItsSize() throws Exception {
    TwoRealms realms = new TwoRealms(databases);
    String table =
        "CREATE TABLE doc (id int PRIMARY KEY, client_key text, version int, body bytea)";
    realms.us.execute(table);
    realms.eu.execute(table);
    realms.us.execute(
        "INSERT INTO doc SELECT 1, 'tenant-a', 1, string_agg(sha256(int4send(i)), '')"
            + " FROM generate_series(1, 32768 * "
            + MEBIBYTES
            + ") AS i");
    realms.migrator().init(false);
    realms.migrator().routes().add(TENANT, US);
    CommandLineFixture cli =
        new CommandLineFixture(
            folder,
            CommandLineFixture.yaml(realms.control, realms.us, realms.eu)
                .replace("shared: [label]", "shared: []"));
    assertThat(cli.run("schedule", TENANT.clientKey(), "--to", "EU").errors()).isEmpty();

    run(cli, "start");
    realms.us.execute("UPDATE doc SET version = 2");
    run(cli, "commit");

    String row = "SELECT version || md5(body) || length(body) FROM doc";
    assertThat(realms.eu.list(row)).isEqualTo(realms.us.list(row)).hasSize(1);
    assertThat(realms.eu.number("SELECT length(body) FROM doc")).isEqualTo((long) MEBIBYTES << 20);
  }

  private static void run(CommandLineFixture cli, String verb) throws Exception {
    Process process = cli.startWith(HEAP, verb, TENANT.clientKey());
    assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(verb).isZero();
  }
}
