package dev.domicile.migrator.cutover;

import dev.domicile.migrator.MigrationException;
import dev.domicile.migrator.MigrationException.StatementFailed;
import dev.domicile.migrator.MigrationException.VerificationFailed;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A way to apply changes where foreign keys and unique indexes are checked at each statement: no
 * one order of statements suits all changes. All entries together are one state of the data; a
 * batch may miss what a later one brings.
 *
 * @param limit how many entries are taken along at once
 * @param addFirst whether new rows are added before others are changed
 * @param deleteLast whether what is gone is deleted after all else was written
 */
record Attempt(int limit, boolean addFirst, boolean deleteLast) {
  private static final int BATCH = 5_000;
  private static final int ALL = Integer.MAX_VALUE;
  private static final Set<String> CONFLICTS = Set.of("23503", "23505");

  /**
   * The attempts, in the order to make them.
   *
   * @param cascades whether what is deleted takes other rows along
   */
  static List<Attempt> inOrder(boolean cascades) {
    return cascades
        ? List.of(
            new Attempt(BATCH, false, true),
            new Attempt(ALL, false, true),
            new Attempt(ALL, true, true))
        : List.of(
            new Attempt(BATCH, false, false),
            new Attempt(ALL, false, false),
            new Attempt(ALL, true, false),
            new Attempt(ALL, true, true));
  }

  /** Whether it takes along all that is to be seen. */
  boolean takesAll() {
    return limit == ALL;
  }

  /** Makes one after the other until one of them fits. */
  static <T> T inTurn(List<Attempt> attempts, Function<Attempt, T> work) {
    @Nullable MigrationException conflict = null;
    for (Attempt next : attempts) {
      try {
        return work.apply(next);
      } catch (StatementFailed | VerificationFailed e) {
        // The rows that these hang from may be in the next batch.
        if (!isConflict(e) || (next.takesAll() && e instanceof VerificationFailed)) {
          throw e;
        }
        conflict = together(conflict, e);
      }
    }
    throw Objects.requireNonNull(conflict);
  }

  /** Whether it says that rows do not fit to those that are there, or that others are missing. */
  static boolean isConflict(MigrationException error) {
    return error instanceof VerificationFailed
        || (error instanceof StatementFailed failed && CONFLICTS.contains(failed.sqlState()));
  }

  private static MigrationException together(
      @Nullable MigrationException first, MigrationException next) {
    if (first == null) {
      return next;
    }
    first.addSuppressed(next);
    return first;
  }
}
