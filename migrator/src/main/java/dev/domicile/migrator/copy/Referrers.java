package dev.domicile.migrator.copy;

import dev.domicile.migrator.MigrationException.WrongState;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.plan.TenantRows;
import dev.domicile.migrator.schema.Catalog;
import dev.domicile.migrator.schema.ForeignKey;
import dev.domicile.migrator.schema.Table;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.sql.Identifiers;

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
    for (Table table : Catalog.read(session).tables()) {
      for (ForeignKey key : table.foreignKeys()) {
        if (plan.moves(key.referenced()) && someRefer(table, key)) {
          throw new WrongState(
              "rows of "
                  + table.name()
                  + " that are not the tenant's refer over "
                  + key.name()
                  + " to rows of tenant '"
                  + plan.tenant()
                  + "'; point them elsewhere or delete them first");
        }
      }
    }
  }

  private boolean someRefer(Table table, ForeignKey key) {
    TenantRows referenced = new TenantRows(plan, plan.table(key.referenced()));
    String others =
        plan.moves(table.name())
            ? new TenantRows(plan, plan.table(table.name())).whereNot("t")
            : "true";
    return session.yields(
        "SELECT FROM %s AS t WHERE %s AND (%s) IN (SELECT %s FROM %s AS p WHERE %s)"
            .formatted(
                table.name().sql(),
                others,
                Identifiers.columns("t", key.columns()),
                Identifiers.columns("p", key.referencedColumns()),
                key.referenced().sql(),
                referenced.where("p")));
  }
}
