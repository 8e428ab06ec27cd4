package dev.domicile.migrator.plan;

import dev.domicile.migrator.schema.TableName;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.router.Realm;
import dev.domicile.sql.Identifiers;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Asks the catalogue of one realm about the tables of a plan.
 *
 * @param realm the realm
 * @param session a session to its database
 * @param tables the tables, those that are there
 */
record TableFacts(Realm realm, RealmSession session, Collection<TableName> tables) {

  /**
   * Runs a query in which {@code {tables}} stands for the condition that {@code n} and {@code c}
   * are the schema and the relation of one of the tables.
   */
  <T> List<T> query(String sql, RealmSession.RowMapper<T> mapper) {
    if (tables.isEmpty()) {
      return List.of();
    }
    String names =
        tables.stream()
            .map(
                name ->
                    "(%s, %s)"
                        .formatted(
                            Identifiers.literal(name.schema()), Identifiers.literal(name.table())))
            .collect(Collectors.joining(", ", "(n.nspname, c.relname) IN (", ")"));
    return session.query(sql.replace("{tables}", names), mapper);
  }

  /** The table that the columns {@code nspname} and {@code relname} of a row name. */
  static TableName table(ResultSet row) throws SQLException {
    return new TableName(row.getString("nspname"), row.getString("relname"));
  }
}
