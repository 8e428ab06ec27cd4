package dev.domicile.migrator.copy;

import dev.domicile.migrator.plan.KeyRange;
import dev.domicile.migrator.plan.TenantRows;
import dev.domicile.migrator.session.RealmSession;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
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
    CompletableFuture<RowDigest> there =
        CompletableFuture.supplyAsync(() -> RowDigest.of(source, rows.leaving(), range), executor);
    RowDigest here;
    try {
      here = RowDigest.of(target, rows, range);
    } finally {
      // The session must be free again before anybody else uses it, or closes it.
      there.handle((digest, error) -> error == null).join();
    }
    return new BothEnds(join(there), here);
  }

  /** Whether both hold the same rows. */
  public boolean equal() {
    return source.equals(target);
  }

  private static RowDigest join(CompletableFuture<RowDigest> digest) {
    try {
      return digest.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }
}
