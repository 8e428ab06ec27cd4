package dev.domicile.migrator.copy;

import dev.domicile.migrator.MigrationException.WrongState;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.plan.TenantRows;
import dev.domicile.migrator.schema.Catalog;
import dev.domicile.migrator.schema.ForeignKey;
import dev.domicile.migrator.schema.Table;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.sql.Identifiers;
import java.util.List;
import java.util.Map;

/**
 * Finds rows of others that refer to the tenant's. Deleting the tenant's rows would delete or
 * change them too, where the foreign key says CASCADE or SET NULL.
 */
public final class Referrers {
  private final RealmSession session;
  private final Plan plan;

  /** Among the rows that the session reaches. */
  public Referrers(RealmSession session, Plan plan) {
    this.session = session;
    this.plan = plan;
  }

  /**
   * Makes sure that there are none.
   *
   * @throws WrongState if there are; nothing was deleted
   */
  public void requireNone() {
    List<Map.Entry<Table, ForeignKey>> keys =
        Catalog.read(session).tables().stream()
            .flatMap(
                table ->
                    table.foreignKeys().stream()
                        .filter(key -> plan.moves(key.referenced()))
                        .map(key -> Map.entry(table, key)))
            .toList();
    List<Boolean> refer =
        session.haveRows(
            keys.stream().map(each -> referrers(each.getKey(), each.getValue())).toList());
    for (int i = 0; i < keys.size(); i++) {
      if (refer.get(i)) {
        throw new WrongState(
            "rows of "
                + keys.get(i).getKey().name()
                + " that are not the tenant's refer over "
                + keys.get(i).getValue().name()
                + " to rows of tenant '"
                + plan.tenant()
                + "'; point them elsewhere or delete them first");
      }
    }
  }

  private String referrers(Table table, ForeignKey key) {
    TenantRows referenced = new TenantRows(plan, plan.table(key.referenced()));
    String others =
        plan.moves(table.name())
            ? new TenantRows(plan, plan.table(table.name())).whereNot("t")
            : "true";
    return "SELECT FROM %s AS t WHERE %s AND (%s) IN (SELECT %s FROM %s AS p WHERE %s)"
        .formatted(
            table.name().sql(),
            others,
            Identifiers.columns("t", key.columns()),
            Identifiers.columns("p", key.referencedColumns()),
            key.referenced().sql(),
            referenced.where("p"));
  }
}
