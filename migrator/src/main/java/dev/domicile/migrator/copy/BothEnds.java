package dev.domicile.migrator.copy;

import dev.domicile.migrator.plan.KeyRange;
import dev.domicile.migrator.plan.TenantRows;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.migrator.session.Together;
import java.util.concurrent.Executor;

/**
 * The digests of one range at the source and at the target, computed at the same time.
 *
 * @param source what the source holds
 * @param target what the target holds
 */
public record BothEnds(RowDigest source, RowDigest target) {

  /** Computes both; the source's on a thread of the executor. */
  public static BothEnds of(
      RealmSession source,
      RealmSession target,
      TenantRows rows,
      KeyRange range,
      Executor executor) {
    return Together.run(
        executor,
        () -> RowDigest.of(source, rows.leaving(), range),
        () -> RowDigest.of(target, rows, range),
        BothEnds::new);
  }

  /** Whether both hold the same rows. */
  public boolean equal() {
    return source.equals(target);
  }
}
