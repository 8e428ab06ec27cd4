package dev.domicile.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.domicile.testkit.Database;
import dev.domicile.testkit.TestDatabases;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.postgresql.ds.PGSimpleDataSource;

final class DomicileSchemaIT {
  @RegisterExtension final TestDatabases databases = new TestDatabases();

  @ParameterizedTest
  @EnumSource
  void isAppliedOnceAndSaysItsVersion(DomicileSchema schema) {
    DataSource database = dataSource(databases.create("schema"));

    assertThat(schema.version(database)).isNull();
    int scripts = schema.pending(database);
    assertThat(scripts).isPositive();
    assertThat(schema.migrate(database)).isEqualTo(scripts);
    assertThat(schema.migrate(database)).isZero();
    assertThat(schema.pending(database)).isZero();
    assertThat(schema.version(database))
        .as("scripts are numbered without a gap")
        .isEqualTo(String.valueOf(scripts));
  }

  @Test
  void refusesARouteWhoseEpochDoesNotGrow() {
    Database control = control();
    control.execute("INSERT INTO domicile.route (client_key, realm) VALUES ('a', 'US')");

    assertThatThrownBy(() -> control.execute("UPDATE domicile.route SET realm = 'EU'"))
        .hasStackTraceContaining("the epoch of a route must grow");
    control.execute("UPDATE domicile.route SET realm = 'EU', epoch = epoch + 1");
    assertThat(control.list("SELECT realm FROM domicile.route")).containsExactly("EU");
  }

  @Test
  void keepsTheAuditTrailAsItWasWritten() {
    Database control = control();
    control.execute(
        """
        INSERT INTO domicile.migration (client_key, source_realm, target_realm, route_epoch,
            window_start, window_end, requested_by)
        VALUES ('a', 'US', 'EU', 1, now(), now() + interval '1 hour', 'test');
        INSERT INTO domicile.migration_event (migration_id, to_state, actor)
        SELECT id, 'SCHEDULED', 'test' FROM domicile.migration
        """);

    assertThatThrownBy(() -> control.execute("UPDATE domicile.migration_event SET actor = 'me'"))
        .hasStackTraceContaining("append-only");
    assertThatThrownBy(() -> control.execute("DELETE FROM domicile.migration_event"))
        .hasStackTraceContaining("append-only");
  }

  @Test
  void allowsOneOpenMigrationForATenant() {
    Database control = control();
    String insert =
        """
        INSERT INTO domicile.migration (client_key, source_realm, target_realm, route_epoch,
            window_start, window_end, requested_by)
        VALUES ('a', 'US', 'EU', 1, now(), now() + interval '1 hour', 'test')
        """;
    control.execute(insert);

    assertThatThrownBy(() -> control.execute(insert)).hasStackTraceContaining("migration_open_idx");
    control.execute("UPDATE domicile.migration SET state = 'ROLLED_BACK'");
    control.execute(insert);
  }

  private Database control() {
    Database control = databases.create("control");
    DomicileSchema.CONTROL.migrate(dataSource(control));
    return control;
  }

  private static DataSource dataSource(Database database) {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setUrl(database.url());
    source.setUser(database.user());
    source.setPassword(database.password());
    return source;
  }
}
