package dev.domicile.migrator.cutover;

import dev.domicile.migrator.Migration;
import dev.domicile.migrator.MigrationException.CutoverTimedOut;
import dev.domicile.migrator.RowSecurity;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.sql.Identifiers;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lead the tenant's reads to its {@link Fence} too, on tables with row-level security: a policy
 * more that fails with the fence's SQLSTATE while the fence is closed, for sessions that name the
 * tenant. It is looked at once for each statement, and holds for whom policies hold.
 */
final class ReadGates {
  private static final Logger LOG = LoggerFactory.getLogger(ReadGates.class);
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration PATIENCE_AT_THE_END = Duration.ofSeconds(3);

  // Creating and dropping a policy locks readers out.
  private static final Duration SHORT = Duration.ofMillis(200);

  private final RealmSession session;
  private final Migration migration;
  private final Fence fence;
  private final String policy;

  /** Those of one migration at one end, over a session outside any transaction. */
  ReadGates(RealmSession session, Migration migration, Fence fence) {
    this.session = session;
    this.migration = migration;
    this.fence = fence;
    this.policy = "domicile_fence_" + migration.id() + "_read";
  }

  /**
   * Raises those that are missing.
   *
   * @param relations the tables and their partitions, as numbers of the catalogue
   * @throws CutoverTimedOut if transactions on a table did not end in time
   */
  void raise(Collection<String> relations) {
    for (String table : without(relations, true)) {
      ShortLocks.take(
          session,
          PATIENCE,
          SHORT,
          table + " in " + session.name() + " is held by long transactions; end them and try again",
          () -> {
            fence.guard();
            session.execute(
                "CREATE POLICY %s ON %s AS RESTRICTIVE FOR SELECT USING (CASE WHEN current_setting(%s, true) = %s THEN domicile.pass_read(%d) ELSE true END)"
                    .formatted(
                        policy,
                        table,
                        Identifiers.literal(RowSecurity.SETTING),
                        Identifiers.literal(migration.tenant().clientKey()),
                        migration.id()));
          });
    }
    List<String> others = without(relations, false);
    if (!others.isEmpty()) {
      LOG.warn(
          "{} belong to other roles in {}: reads of the tenant are not refused there after the"
              + " commit",
          others,
          session.name());
    }
  }

  /** Takes them down; those on tables that are in use for too long stay until the next time. */
  boolean lower() {
    boolean all = true;
    for (String table :
        session.query(
            "SELECT polrelid::regclass::text FROM pg_policy WHERE polname = "
                + Identifiers.literal(policy),
            row -> row.getString(1))) {
      try {
        ShortLocks.take(
            session,
            PATIENCE_AT_THE_END,
            SHORT,
            table + " is in use",
            () -> session.execute("DROP POLICY IF EXISTS %s ON %s".formatted(policy, table)));
      } catch (CutoverTimedOut e) {
        LOG.warn(
            "The policy of {} on {} in {} stays until it is next looked for, and lets all pass: {}",
            migration,
            table,
            session.name(),
            e.getMessage());
        all = false;
      }
    }
    return all;
  }

  private List<String> without(Collection<String> relations, boolean owned) {
    return session.query(
        """
        SELECT c.oid::regclass::text FROM pg_class AS c
        WHERE c.relrowsecurity AND c.oid IN (%s) AND pg_has_role(c.relowner, 'USAGE') = %s
          AND NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = c.oid AND polname = %s)
        ORDER BY 1
        """
            .formatted(String.join(", ", relations), owned, Identifiers.literal(policy)),
        row -> row.getString(1));
  }
}
