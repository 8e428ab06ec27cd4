package dev.domicile.migrator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.domicile.router.TenantId;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.TestDatabases;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A public sample database in which tenants are employees, and their customers, invoices and
 * invoice lines hang from them by foreign keys alone. Runs when the file is at hand: beside the
 * project, or where {@code -Ddomicile.test.chinook} says.
 */
@EnabledIf("isAtHand")
final class ChinookIT {
  private static final TenantId JANE = new TenantId("3");
  private static final List<String> OWNED =
      List.of(
          "SELECT e::text FROM employee e WHERE employee_id = 3",
          "SELECT c::text FROM customer c WHERE support_rep_id = 3 ORDER BY 1",
          "SELECT i::text FROM invoice i JOIN customer c USING (customer_id)"
              + " WHERE support_rep_id = 3 ORDER BY 1",
          "SELECT l::text FROM invoice_line l JOIN invoice i USING (invoice_id)"
              + " JOIN customer c USING (customer_id) WHERE support_rep_id = 3 ORDER BY 1");

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  static Path file() {
    String configured = System.getProperty("domicile.test.chinook");
    return configured == null
        ? Path.of("..", "..", "shared", "data", "chinook.sql")
        : Path.of(configured);
  }

  static boolean isAtHand() {
    return Files.isReadable(file());
  }

  @Test
  void movesAnEmployeeWithAllThatHangsFromIt() throws IOException, SQLException {
    TwoRealms realms = new TwoRealms(databases);
    load(realms.us);
    load(realms.eu);
    realms.eu.execute(
        "DELETE FROM invoice_line; DELETE FROM invoice; DELETE FROM customer;"
            + "DELETE FROM employee WHERE employee_id > 2");
    List<List<String>> before = OWNED.stream().map(realms.us::list).toList();
    assertThat(before).allSatisfy(rows -> assertThat(rows).isNotEmpty());
    Migrator migrator =
        new Migrator(
            new MigratorConfig(
                TwoRealms.config(realms.control),
                Map.of(
                    TwoRealms.US, TwoRealms.config(realms.us),
                    TwoRealms.EU, TwoRealms.config(realms.eu)),
                new TableRules(
                    List.of("public"),
                    "client_key",
                    Map.of("employee", "employee_id"),
                    List.of(
                        "artist",
                        "album",
                        "track",
                        "genre",
                        "media_type",
                        "playlist",
                        "playlist_track"))),
            "test");
    migrator.init(false);
    migrator.routes().add(JANE, TwoRealms.US);

    realms.us.execute(migrator.policies(TwoRealms.US, false).script());
    Database application = Roles.application(realms.us);
    List<String> tables = List.of("employee", "customer", "invoice", "invoice_line");
    for (int i = 0; i < tables.size(); i++) {
      assertThat(Roles.seen(application, "3", "SELECT t::text FROM " + tables.get(i) + " AS t"))
          .containsExactlyInAnyOrderElementsOf(before.get(i));
    }

    migrator.schedule(JANE, TwoRealms.EU, Instant.now(), Instant.now().plusSeconds(3600));
    migrator.start(JANE, Progress.Listener.NONE);
    migrator.commit(JANE, Progress.Listener.NONE);

    assertThat(OWNED.stream().map(realms.eu::list).toList()).isEqualTo(before);
    assertThat(realms.eu.number("SELECT count(*) FROM customer")).isEqualTo(before.get(1).size());
    assertThat(realms.eu.number("SELECT count(*) FROM employee")).isEqualTo(3);
    assertThat(migrator.report(JANE).rows()).isEqualTo(before.stream().mapToLong(List::size).sum());
  }

  /** The script makes a database of its own first; that part is for psql and left out. */
  private static void load(Database database) throws IOException {
    database.execute(
        Files.readAllLines(file()).stream()
            .filter(line -> !line.contains(" DATABASE ") && !line.startsWith("\\c"))
            .collect(Collectors.joining("\n")));
  }
}
