package dev.domicile.migrator.cutover;

import java.util.UUID;

/** The trigger function that fences a table whose rows reach their tenant over a parent. */
final class ChildFence {
  // The same words as in domicile.refuse_write.
  private static final String MESSAGE =
      "this realm takes no more writes of the tenant, which is being moved or has moved";
  private static final String HINT =
      "Look up the tenant''s route again and repeat the transaction there.";

  private ChildFence() {}

  /**
   * Writes the function.
   *
   * <p>The look at the parent goes by the writer's snapshot. One that is older than the fence may
   * not see whose the parent is by now, so such a transaction fails to serialize on this table,
   * whosever row it writes, and is repeated.
   *
   * @param transaction the transaction that raises the fence, as a number
   * @param oldRow the condition that row OLD is the tenant's
   * @param newRow the condition that row NEW is the tenant's
   */
  static String create(
      String function, long migrationId, String transaction, String oldRow, String newRow) {
    // The conditions hold the tenant's key; a quote that nobody can guess keeps it inside.
    String quote = "$domicile_" + UUID.randomUUID().toString().replace('-', '_') + "$";
    return """
    CREATE FUNCTION %1$s() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS %2$s
    DECLARE
      refused boolean := false;
    BEGIN
      IF current_setting('domicile.migration', true) = '%3$d' THEN
        RETURN NULL;
      END IF;
      IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable')
          AND NOT pg_visible_in_snapshot('%4$s'::xid8, pg_current_snapshot()) THEN
        RAISE EXCEPTION 'the transaction is older than the fence of a tenant; repeat it'
          USING ERRCODE = 'serialization_failure';
      END IF;
      IF TG_OP <> 'INSERT' THEN
        refused := coalesce(%5$s, false);
      END IF;
      IF TG_OP <> 'DELETE' AND NOT refused THEN
        refused := coalesce(%6$s, false);
      END IF;
      IF refused THEN
        RAISE EXCEPTION '%7$s' USING ERRCODE = '%8$s', HINT = '%9$s',
          TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
      END IF;
      RETURN NULL;
    END
    %2$s
    """
        .formatted(
            function,
            quote,
            migrationId,
            transaction,
            oldRow,
            newRow,
            MESSAGE,
            Fence.SQLSTATE,
            HINT);
  }
}
