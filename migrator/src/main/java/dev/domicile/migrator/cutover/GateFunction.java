package dev.domicile.migrator.cutover;

import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.plan.TablePlan;
import dev.domicile.migrator.plan.TenantPath.ByParent;
import dev.domicile.migrator.plan.TenantRows;
import dev.domicile.migrator.schema.TableName;
import dev.domicile.sql.Identifiers;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The trigger function of one table: asks the fence whether a write of the tenant's row passes, and
 * notes the row's key.
 *
 * <p>Where a row says itself whose it is, the trigger's condition has kept the rows of others away.
 * Where its parent has to be looked up, that goes by the writer's snapshot, and two things can hide
 * whose the row is. The parent may be gone, deleted earlier in the same statement. Or it may have
 * become the tenant's in the meantime, which a snapshot at REPEATABLE READ does not see: the last
 * such move is told by a sequence, which knows no snapshots. In both cases the row is taken for the
 * tenant's; to note a row too many does no harm.
 */
final class GateFunction {
  // Types whose texts depend on no setting of the session.
  private static final Set<String> PLAIN =
      Set.of("smallint", "integer", "bigint", "text", "uuid", "boolean", "name");
  private static final String SETTINGS =
      """
      SET TimeZone = 'UTC' SET DateStyle = 'ISO, YMD' SET IntervalStyle = 'postgres'
      SET extra_float_digits = 1 SET bytea_output = 'hex'
      """;

  private final long migrationId;
  private final Plan plan;
  private final TablePlan table;
  private final TenantRows rows;
  private final List<TablePlan> children;
  private final List<TableName> below;
  private final String moves;
  private final boolean logged;

  /**
   * The function of one table.
   *
   * @param moves the sequence that holds the last transaction that moved rows into the tenant
   * @param logged whether rows are noted in the server's log, from where a {@link Slot} brings them
   */
  GateFunction(long migrationId, Plan plan, TablePlan table, String moves, boolean logged) {
    this.migrationId = migrationId;
    this.plan = plan;
    this.table = table;
    this.rows = new TenantRows(plan, table);
    this.children = children(plan, table.name()).toList();
    this.below = below(plan, table.name());
    this.moves = moves;
    this.logged = logged;
  }

  /**
   * The condition that a writer's session is to ask the fence. The migration's own sessions name it
   * and are let past. So are those of other migrations, where a row has one tenant at the most:
   * theirs, whose rows nobody else can move into other hands at an end that they write to. Without
   * that each copied row would be looked up once for every tenant in its soak there.
   */
  String asked() {
    String named = "current_setting('domicile.migration', true)";
    return table.path() instanceof ByParent && plan.hasOneTenant(table)
        ? "coalesce(" + named + ", '') = ''"
        : named + " IS DISTINCT FROM '" + migrationId + "'";
  }

  /** The statement that creates or replaces it. */
  String create(String function) {
    // The body holds the tenant's key; a quote that nobody can guess keeps it inside.
    String quote = "$domicile_" + UUID.randomUUID().toString().replace('-', '_') + "$";
    return """
    CREATE OR REPLACE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp %s AS %s
    DECLARE
      was    boolean := false;
      is_now boolean := false;
      stale  boolean := false;
      noted  boolean := false;
    BEGIN
    %s
    %s
    %s
      RETURN NULL;
    END
    %s
    """
        .formatted(
            function,
            keysArePlain() ? "" : SETTINGS,
            quote,
            table.path().parentPaths().isEmpty() ? byItself() : byParent(),
            note(),
            noteMove(),
            quote);
  }

  private String byItself() {
    String pass = "  noted := " + passFence() + ";\n";
    return below.isEmpty()
        ? pass
        : pass
            + """
              IF TG_OP = 'UPDATE' THEN
                was := %s;
                is_now := %s;
              ELSE
                is_now := TG_OP = 'INSERT';
              END IF;
            """
                .formatted(rows.owned("OLD"), rows.owned("NEW"));
  }

  private String byParent() {
    List<String> references =
        table.path().parentPaths().stream().flatMap(p -> p.columns().stream()).distinct().toList();
    return """
      IF TG_OP <> 'INSERT' THEN
        was := %s;
      END IF;
      IF TG_OP = 'UPDATE' AND ROW(%s) IS NOT DISTINCT FROM ROW(%s) THEN
        is_now := was;
      ELSIF TG_OP <> 'DELETE' THEN
        is_now := %s;
      END IF;
      stale := current_setting('transaction_isolation') IN ('repeatable read', 'serializable')
          AND NOT pg_visible_in_snapshot(
              (SELECT last_value FROM %s)::text::xid8, pg_current_snapshot());
      IF was OR is_now OR stale THEN
        noted := %s;
      ELSIF (was OR is_now) IS NULL THEN
        noted := domicile.fence_is_open(%d);
      END IF;
    """
        .formatted(
            rows.owned("OLD"),
            Identifiers.columns("NEW", references),
            Identifiers.columns("OLD", references),
            rows.owned("NEW"),
            moves,
            passFence(),
            migrationId);
  }

  private String passFence() {
    return "domicile.pass_fence(" + migrationId + ", TG_TABLE_SCHEMA, TG_TABLE_NAME)";
  }

  private String note() {
    if (table.key().isEmpty()) {
      return """
        IF noted THEN
          %s
        END IF;
      """
          .formatted(note("'{}'::text[]"));
    }
    return """
      IF noted AND TG_OP <> 'INSERT' THEN
        %s
      END IF;
      IF noted AND (TG_OP = 'INSERT' OR TG_OP = 'UPDATE' AND ROW(%s) IS DISTINCT FROM ROW(%s)) THEN
        %s
      END IF;
    """
        .formatted(
            note(key("OLD")),
            Identifiers.columns("NEW", table.keyNames()),
            Identifiers.columns("OLD", table.keyNames()),
            note(key("NEW")));
  }

  private String note(String key) {
    if (logged) {
      return NoteMessage.emit(migrationId, table.name(), key);
    }
    return "INSERT INTO domicile.change_log (migration_id, table_name, key) VALUES (%d, %s, %s);"
        .formatted(migrationId, Identifiers.literal(table.name().toString()), key);
  }

  private String key(String row) {
    return table.keyNames().stream()
        .map(c -> row + "." + Identifiers.quote(c) + "::text")
        .collect(Collectors.joining(", ", "ARRAY[", "]"));
  }

  /**
   * A row that changes hands takes along what hangs from it, and no write of those rows tells. Who
   * still saw it in other hands may be writing to them: such transactions are waited for when the
   * change is taken along, and old snapshots find its transaction in the sequence.
   *
   * <p>Where no foreign key backs a path, rows may be there before the one that they hang from, and
   * stay behind it. So an insertion is a change of hands too: where an update takes a row to
   * another partition it is the half that is seen.
   */
  private String noteMove() {
    if (below.isEmpty()) {
      return "";
    }
    String tables =
        below.stream()
            .map(name -> Identifiers.literal(name.toString()))
            .collect(Collectors.joining(", "));
    return """
      IF noted AND (TG_OP = 'UPDATE' AND (was IS DISTINCT FROM is_now OR stale)%s) THEN
        INSERT INTO domicile.change_log (migration_id, table_name)
        SELECT %d, unnest(ARRAY[%s]);
        IF is_now IS NOT FALSE OR stale THEN
          PERFORM %s;
          PERFORM setval('%s', pg_current_xact_id()::text::bigint);
        END IF;
      END IF;
    """
        .formatted(loose(), migrationId, tables, FenceLock.MOVERS.call(migrationId), moves);
  }

  private String loose() {
    return children.stream()
        .flatMap(
            child ->
                child.path().parentPaths().stream()
                    .filter(path -> path.parent().equals(table.name()) && !child.isBacked(path))
                    .flatMap(
                        path ->
                            Stream.of(hanging(child, path, "OLD"), hanging(child, path, "NEW"))))
        .collect(Collectors.joining());
  }

  private static String hanging(TablePlan child, ByParent path, String row) {
    return " OR TG_OP <> '%s' AND EXISTS (SELECT FROM %s AS c WHERE (%s) = (%s))"
        .formatted(
            row.equals("OLD") ? "INSERT" : "DELETE",
            child.name().sql(),
            Identifiers.columns("c", path.columns()),
            Identifiers.columns(row, path.parentColumns()));
  }

  private static Stream<TablePlan> children(Plan plan, TableName parent) {
    return plan.tables().stream()
        .filter(t -> t.path().parentPaths().stream().anyMatch(p -> p.parent().equals(parent)));
  }

  /** The tables whose rows reach the tenant over this one. */
  private static List<TableName> below(Plan plan, TableName top) {
    List<TableName> found = new ArrayList<>(List.of(top));
    for (int i = 0; i < found.size(); i++) {
      children(plan, found.get(i))
          .map(TablePlan::name)
          .filter(name -> !found.contains(name))
          .forEach(found::add);
    }
    return found.subList(1, found.size());
  }

  private boolean keysArePlain() {
    return table.key().stream()
        .allMatch(key -> PLAIN.contains(key.type()) || key.type().startsWith("character"));
  }
}
