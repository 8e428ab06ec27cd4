package dev.domicile.migrator.cutover;

import dev.domicile.migrator.Migration;
import dev.domicile.migrator.session.RealmSession;

/**
 * Advisory locks beside a fence, each a pair of numbers; the second is the migration's. They are
 * held until the running transaction ends.
 */
enum FenceLock {
  /** Writers share it, by pass_fence; who takes it alone has waited for all of them. */
  WRITERS(1685024105),
  /** Held by who moves rows into the tenant. */
  MOVERS(1685024106);

  private final int first;

  FenceLock(int first) {
    this.first = first;
  }

  void take(RealmSession session, Migration migration) {
    session.execute("SELECT " + call(migration.id()));
  }

  /** The call that takes it. */
  String call(long migrationId) {
    return "pg_advisory_xact_lock(" + first + ", " + migrationId % (1L << 31) + ")";
  }
}
