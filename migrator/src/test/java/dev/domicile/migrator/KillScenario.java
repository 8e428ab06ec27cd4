package dev.domicile.migrator;

import static dev.domicile.migrator.KillStage.leftovers;
import static dev.domicile.migrator.KillStage.others;
import static dev.domicile.migrator.KillStage.rows;
import static dev.domicile.migrator.KillStage.takesWrites;
import static org.assertj.core.api.Assertions.assertThat;

import dev.domicile.router.TenantId;
import java.util.List;

/** What a migrator is doing when it is killed, how it goes on, and what has to hold then. */
enum KillScenario {
  /** A move, which goes on. */
  MOVE("update \"domicile\".\"route\""),
  /** A move, which is rolled back if it has not gone through. */
  GIVE_UP("update \"domicile\".\"route\""),
  /** A rollback of a complete copy. */
  ROLLBACK("DELETE FROM"),
  /** A purge of the old copy. */
  PURGE("DELETE FROM");

  private final String essence;

  KillScenario(String essence) {
    this.essence = essence;
  }

  /** A part of a statement that the scenario cannot do without. */
  String essence() {
    return essence;
  }

  /** A move is resumed after one half of the points and taken back after the other. */
  boolean isTurnOf(boolean other) {
    return switch (this) {
      case MOVE -> other;
      case GIVE_UP -> !other;
      case ROLLBACK, PURGE -> true;
    };
  }

  /** What happens before, undisturbed. */
  void arrange(KillStage stage, TenantId tenant) {
    stage.schedule(tenant);
    switch (this) {
      case MOVE, GIVE_UP -> {}
      case ROLLBACK -> stage.start(tenant);
      case PURGE -> stage.move(tenant);
    }
  }

  /** What is disturbed. */
  void act(KillStage stage, TenantId tenant) {
    switch (this) {
      case MOVE, GIVE_UP -> stage.move(tenant);
      case ROLLBACK -> stage.rollback(tenant);
      case PURGE -> stage.purge(tenant);
    }
  }

  /** The command line that does what is disturbed. */
  List<String> verb(TenantId tenant) {
    return switch (this) {
      case MOVE, GIVE_UP -> List.of("move", tenant.clientKey(), "--to", TwoRealms.EU.name());
      case ROLLBACK -> List.of("rollback", tenant.clientKey());
      case PURGE -> List.of("purge", tenant.clientKey());
    };
  }

  /** How it goes on afterwards. */
  void resume(KillStage stage, TenantId tenant) {
    if (this == GIVE_UP && stage.state(tenant) != MigrationState.COMMITTED) {
      stage.rollback(tenant);
    } else {
      act(stage, tenant);
    }
  }

  /** What has to hold in the end; leaves nothing of the migration behind. */
  void check(KillStage stage, TenantId tenant, Before before) {
    switch (this) {
      case MOVE -> moved(stage, tenant, before);
      case ROLLBACK -> rolledBack(stage, tenant, before);
      case PURGE -> purged(stage, tenant, before);
      case GIVE_UP -> {
        if (stage.state(tenant) == MigrationState.COMMITTED) {
          moved(stage, tenant, before);
        } else {
          rolledBack(stage, tenant, before);
        }
      }
    }
  }

  private static void moved(KillStage stage, TenantId tenant, Before before) {
    assertThat(stage.state(tenant)).isEqualTo(MigrationState.COMMITTED);
    assertThat(stage.home(tenant)).isEqualTo(TwoRealms.EU);
    assertThat(rows(stage.eu, tenant)).isEqualTo(before.tenants());
    assertThat(rows(stage.us, tenant)).as("the old copy").isEqualTo(before.tenants());
    assertThat(takesWrites(stage.eu, tenant)).isTrue();
    assertThat(takesWrites(stage.us, tenant)).isFalse();
    stage.purge(tenant);
    purged(stage, tenant, before);
  }

  private static void purged(KillStage stage, TenantId tenant, Before before) {
    assertThat(stage.state(tenant)).isEqualTo(MigrationState.PURGED);
    assertThat(rows(stage.us, tenant)).isEmpty();
    assertThat(rows(stage.eu, tenant)).isEqualTo(before.tenants());
    assertThat(takesWrites(stage.eu, tenant)).isTrue();
    nothingElse(stage, tenant, before);
  }

  private static void rolledBack(KillStage stage, TenantId tenant, Before before) {
    assertThat(stage.state(tenant)).isEqualTo(MigrationState.ROLLED_BACK);
    assertThat(stage.home(tenant)).isEqualTo(TwoRealms.US);
    assertThat(rows(stage.us, tenant)).isEqualTo(before.tenants());
    assertThat(rows(stage.eu, tenant)).isEmpty();
    assertThat(takesWrites(stage.us, tenant)).isTrue();
    nothingElse(stage, tenant, before);
  }

  private static void nothingElse(KillStage stage, TenantId tenant, Before before) {
    assertThat(others(stage.us, tenant)).isEqualTo(before.othersInUs());
    assertThat(others(stage.eu, tenant)).isEqualTo(before.othersInEu());
    long migration = stage.migrator().migration(tenant).id();
    assertThat(leftovers(stage.us, migration)).as("left in US").isEmpty();
    assertThat(leftovers(stage.eu, migration)).as("left in EU").isEmpty();
  }

  /** The rows of both realms before anything happened. */
  record Before(List<String> tenants, List<String> othersInUs, List<String> othersInEu) {
    Before(KillStage stage, TenantId tenant) {
      this(
          KillStage.rows(stage.us, tenant),
          KillStage.others(stage.us, tenant),
          KillStage.others(stage.eu, tenant));
    }
  }
}
