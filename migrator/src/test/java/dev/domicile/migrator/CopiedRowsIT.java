package dev.domicile.migrator;

import static dev.domicile.migrator.TwoRealms.TENANT;
import static dev.domicile.migrator.TwoRealms.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.domicile.testkit.SampleApp;
import dev.domicile.testkit.TestDatabases;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is compared right after a chunk is copied, where foreign keys are not checked. */
final class CopiedRowsIT {
  private static final int NOTES = 200;
  private static final String LATE =
      """
      WITH late AS (
        INSERT INTO note (client_key, board_id, title, status, tags, position, created_at)
        SELECT 'tenant-a', min(id), 'late', 'open', '{}', 1, now() FROM board
        WHERE client_key = 'tenant-a' RETURNING id)
      INSERT INTO comment (note_id, author, body, created_at)
      SELECT id, gen_random_uuid(), 'below a late note', now() FROM late
      """;
  private static final String BELOW =
      "SELECT count(*) FROM comment WHERE body = 'below a late note'";
  private static final String WITH_PARENT =
      "SELECT count(*) FROM comment c JOIN note n ON n.id = c.note_id"
          + " WHERE c.body = 'below a late note'";

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  private TwoRealms realms;
  private Migrator migrator;

  @BeforeEach
  void fill() {
    realms = TwoRealms.withSampleApp(databases, NOTES);
    // Among the rows of others the parents are looked at in any case.
    realms.eu.execute("TRUNCATE board CASCADE");
    migrator =
        new Migrator(
            realms.by(
                true,
                realms
                    .config()
                    .withCopy(new CopySettings(50, 64L << 10, 1).withPatience(Duration.ZERO))),
            "test");
  }

  /** Else a rollback, which goes by the parents, would leave it behind. */
  @Test
  void noRowIsInWithoutTheParentThatCameMeanwhile() {
    List<String> eu = SampleApp.everything(realms.eu);
    realms.schedule();
    AtomicBoolean written = new AtomicBoolean();

    assertThatThrownBy(
            () ->
                migrator.start(
                    TENANT,
                    progress -> {
                      if (notesAreIn() && written.compareAndSet(false, true)) {
                        realms.us.execute(LATE);
                      } else if (realms.eu.number(BELOW) > 0) {
                        throw new IllegalStateException("the late row is in");
                      }
                    }))
        .hasStackTraceContaining("the late row is in");

    assertThat(realms.eu.number(WITH_PARENT)).isEqualTo(1);
    migrator.rollback(TENANT, Progress.Listener.NONE);
    assertThat(SampleApp.everything(realms.eu)).isEqualTo(eu);
  }

  /** A shared row may go after it was looked at and before the row that refers to it is in. */
  @Test
  void findsRowsThatReferToWhatIsGoneAtTheTarget() {
    realms.schedule();

    assertThatThrownBy(
            () ->
                migrator.start(
                    TENANT, progress -> realms.eu.execute("DELETE FROM label WHERE name = 'red'")))
        .isInstanceOf(MigrationException.VerificationFailed.class)
        .hasMessageContaining("note_label")
        .hasMessageContaining("refer over")
        .hasMessageContaining("to rows that are not in EU");

    realms.eu.execute("INSERT INTO label VALUES ('red', 'ff0000')");
    assertThat(migrator.start(TENANT, Progress.Listener.NONE).state())
        .isEqualTo(MigrationState.READY_TO_COMMIT);
  }

  /** Of a table with a tenant column, and of one without. */
  @Test
  void findsWhatATriggerAtTheTargetHasChanged() {
    for (Map.Entry<String, String> column : Map.of("note", "title", "comment", "body").entrySet()) {
      realms.eu.execute(
          """
          CREATE FUNCTION trap() RETURNS trigger LANGUAGE plpgsql AS $$
          BEGIN NEW.%2$s := NEW.%2$s || '!'; RETURN NEW; END $$;
          CREATE TRIGGER trap BEFORE INSERT ON %1$s FOR EACH ROW EXECUTE FUNCTION trap();
          ALTER TABLE %1$s ENABLE ALWAYS TRIGGER trap;
          """
              .formatted(column.getKey(), column.getValue()));
      realms.schedule();

      assertThatThrownBy(() -> migrator.start(TENANT, Progress.Listener.NONE))
          .isInstanceOf(MigrationException.VerificationFailed.class)
          .hasMessageContaining("public." + column.getKey())
          .hasMessageContaining("differs from its source");

      migrator.rollback(TENANT, Progress.Listener.NONE);
      assertThat(rows(realms.eu, TENANT.clientKey())).isEmpty();
      realms.eu.execute("DROP FUNCTION trap CASCADE");
    }
  }

  private boolean notesAreIn() {
    return realms.eu.number("SELECT count(*) FROM note WHERE client_key = 'tenant-a'") == NOTES;
  }
}
