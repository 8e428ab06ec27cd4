package dev.domicile.migrator;

import static dev.domicile.migrator.TwoRealms.EU;
import static dev.domicile.migrator.TwoRealms.US;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.domicile.router.Realm;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.SampleApp;
import dev.domicile.testkit.TestDatabases;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class StrideIT {
  private static final String ADD =
      "INSERT INTO board (client_key, name) SELECT '%s', 'new ' || i FROM generate_series(1, 20) AS"
          + " i";

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  @Test
  void realmsThatHandedOutTheSameIdsDoSoNoMore() {
    TwoRealms realms = new TwoRealms(databases);
    SampleApp.create(realms.us, 1, 1);
    SampleApp.create(realms.eu, 1, 1);
    SampleApp.addTenant(realms.us, "tenant-a", 700);
    SampleApp.addTenant(realms.eu, "tenant-c", 50);
    Migrator migrator = realms.migrator();
    assertThat(migrator.stride().overlapping())
        .containsExactly("public.board.id", "public.comment.id", "public.note.id");

    assertThat(migrator.stride(3).overlapping()).isEmpty();

    long before = realms.us.number("SELECT max(id) FROM board");
    Set<Long> us = newIds(realms.us, "tenant-a");
    Set<Long> eu = newIds(realms.eu, "tenant-c");
    assertThat(us).hasSize(20).doesNotContainAnyElementsOf(eu);
    assertThat(eu).hasSize(20).allMatch(id -> id > before);
    assertThat(migrator.stride().sequences()).allMatch(sequence -> sequence.increment() == 3);

    Stride now = migrator.stride();
    assertThat(migrator.stride(3)).as("a second time changes nothing").isEqualTo(now);
  }

  @Test
  void aRealmThatIsAddedGetsAStartOfItsOwnAndTheOthersKeepTheirs() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 30);
    Database de = databases.create("de");
    SampleApp.create(de, 1, 1);
    SampleApp.addTenant(de, "tenant-d", 30);
    realms.migrator().stride(4);
    Map<Realm, Long> before = starts(realms.migrator());
    Migrator more =
        new Migrator(
            realms
                .config()
                .withRealms(
                    Map.of(
                        US,
                        TwoRealms.config(realms.us),
                        EU,
                        TwoRealms.config(realms.eu),
                        new Realm("DE"),
                        TwoRealms.config(de),
                        new Realm("FR"),
                        TwoRealms.config(de))),
            "test");

    assertThat(more.stride(4).overlapping()).isEmpty();

    assertThat(starts(more)).hasSize(3).containsAllEntriesOf(before);
  }

  @Test
  void refusesStepsThatLeaveNoRoom() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 5);
    Migrator migrator = realms.migrator();
    Stride before = migrator.stride();
    assertThatThrownBy(() -> migrator.stride(1))
        .isInstanceOf(MigrationException.InvalidRequest.class)
        .hasMessageContaining("too small for 2 databases");

    realms.us.execute("ALTER TABLE note ALTER id SET MAXVALUE 1000");
    realms.eu.execute("SELECT setval(pg_get_serial_sequence('note', 'id'), 2000000)");
    assertThatThrownBy(() -> migrator.stride(7))
        .isInstanceOf(MigrationException.InvalidRequest.class)
        .hasMessageContaining("ends at 1000");
    assertThat(migrator.stride().sequences())
        .filteredOn(sequence -> sequence.column().equals("public.board.id"))
        .as("nothing was changed")
        .isEqualTo(
            before.sequences().stream()
                .filter(sequence -> sequence.column().equals("public.board.id"))
                .toList());
  }

  private static Map<Realm, Long> starts(Migrator migrator) {
    return migrator.stride().sequences().stream()
        .filter(sequence -> sequence.column().equals("public.note.id"))
        .collect(
            Collectors.toMap(
                Stride.Sequence::realm, sequence -> sequence.last() % sequence.increment()));
  }

  private static Set<Long> newIds(Database database, String tenant) {
    database.execute(ADD.formatted(tenant));
    return new HashSet<>(
        database.list("SELECT id FROM board WHERE name LIKE 'new %'").stream()
            .map(Long::valueOf)
            .toList());
  }
}
