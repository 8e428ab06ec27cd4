package dev.domicile.migrator;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.domicile.migrator.copy.Ledger;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.testkit.TestDatabases;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class LedgerIT {
  @RegisterExtension final TestDatabases databases = new TestDatabases();

  @Test
  void stopsTheProcessThatAnotherOneHasTakenOverFrom() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 5);
    Migration migration = realms.schedule();
    Migration later = at(migration, migration.epoch() + 1);
    try (RealmSession target = RealmSession.open("realms.EU", TwoRealms.config(realms.eu))) {
      Ledger first = Ledger.takeOver(target, migration);
      assertThatCode(() -> first.lease().guard(target)).doesNotThrowAnyException();
      Ledger second = Ledger.takeOver(target, later);

      assertThatThrownBy(() -> first.lease().guard(target))
          .isInstanceOf(MigrationException.TakenOver.class)
          .hasMessageContaining("taken over by another process");
      assertThatCode(() -> second.lease().guard(target)).doesNotThrowAnyException();
      assertThatThrownBy(() -> Ledger.takeOver(target, migration))
          .isInstanceOf(MigrationException.TakenOver.class);
    }
  }

  private static Migration at(Migration migration, long epoch) {
    return new Migration(
        migration.id(),
        migration.tenant(),
        migration.source(),
        migration.target(),
        migration.state(),
        epoch,
        migration.routeEpoch(),
        migration.windowStart(),
        migration.windowEnd(),
        migration.error(),
        migration.committedAt(),
        migration.openedAt(),
        migration.copies());
  }
}
