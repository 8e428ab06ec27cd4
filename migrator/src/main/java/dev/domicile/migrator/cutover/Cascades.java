package dev.domicile.migrator.cutover;

import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.sql.Identifiers;
import java.util.stream.Collectors;

/**
 * Foreign keys that delete or change rows when those that they refer to are deleted. What they take
 * along is in no note: rows that have left a parent before it was deleted would be lost, with all
 * that hangs from them, if the parent went first.
 */
final class Cascades {
  private Cascades() {}

  /** Whether deleting rows of the plan's tables may change others in that database. */
  static boolean follow(RealmSession session, Plan plan) {
    if (plan.foreignKeysDeferred() || plan.tables().isEmpty()) {
      return false;
    }
    return session.test(
        "SELECT EXISTS (SELECT FROM pg_constraint WHERE contype = 'f' AND confdeltype IN ('c', 'n', 'd')"
            + " AND confrelid IN ("
            + plan.tables().stream()
                .map(table -> Identifiers.literal(table.name().sql()) + "::regclass")
                .collect(Collectors.joining(", "))
            + "))");
  }
}
