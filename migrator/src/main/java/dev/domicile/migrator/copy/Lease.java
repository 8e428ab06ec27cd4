package dev.domicile.migrator.copy;

import static dev.domicile.sql.realm.Tables.COPY;

import dev.domicile.migrator.Migration;
import dev.domicile.migrator.MigrationException.TakenOver;
import dev.domicile.migrator.session.RealmSession;
import java.util.function.Function;
import org.jooq.Select;
import org.jooq.SelectConditionStep;

/**
 * Keeps two processes from working on one copy: who takes it over raises the epoch in the target,
 * and every transaction of the one before finds that out and fails.
 */
public final class Lease {
  private final Migration migration;

  /** The lease of the process that has the migration at that epoch. */
  public Lease(Migration migration) {
    this.migration = migration;
  }

  /**
   * Takes the copy over, from nobody or from a process that may still run.
   *
   * @throws TakenOver if somebody with a later epoch has it; a rollback keeps it for good
   */
  public void takeOver(RealmSession target) {
    int taken =
        target.domicile(
            query ->
                query
                    .insertInto(COPY)
                    .set(COPY.MIGRATION_ID, migration.id())
                    .set(COPY.CLIENT_KEY, migration.tenant().clientKey())
                    .set(COPY.EPOCH, migration.epoch())
                    .onConflict(COPY.MIGRATION_ID)
                    .doUpdate()
                    .set(COPY.EPOCH, migration.epoch())
                    .where(
                        COPY.EPOCH.lt(migration.epoch()),
                        COPY.CLIENT_KEY.eq(migration.tenant().clientKey()))
                    .execute());
    if (taken == 0) {
      throw takenOver();
    }
  }

  /**
   * Makes sure, until the running transaction ends, that nobody takes the copy over.
   *
   * @throws TakenOver if somebody has
   */
  public void guard(RealmSession target) {
    hold(target, SelectConditionStep::forShare);
  }

  /**
   * The same, and no other transaction that guards the copy runs meanwhile: those in flight, of
   * lost connections too, are waited for.
   */
  public void guardAlone(RealmSession target) {
    hold(target, SelectConditionStep::forUpdate);
  }

  private void hold(RealmSession target, Function<SelectConditionStep<?>, Select<?>> lock) {
    boolean ours =
        target.domicile(
            query ->
                query.fetchExists(
                    lock.apply(
                        query
                            .selectOne()
                            .from(COPY)
                            .where(
                                COPY.MIGRATION_ID.eq(migration.id()),
                                COPY.EPOCH.eq(migration.epoch())))));
    if (!ours) {
      throw takenOver();
    }
  }

  private TakenOver takenOver() {
    return new TakenOver(
        migration + " was taken over by another process; this one has stopped, follow that one");
  }
}
