package dev.domicile.migrator.history;

import dev.domicile.migrator.TableRules;
import dev.domicile.migrator.TwoRealms;
import dev.domicile.testkit.Database;
import java.util.List;
import java.util.Map;

/**
 * The tables that writers write to. Every transaction leaves one mark that nobody else has: a
 * token, which says itself whose it is, or a remark, which hangs from a paper in a folder.
 */
final class HistoryApp {
  static final String TENANT = TwoRealms.TENANT.clientKey();
  static final String NEIGHBOUR = TwoRealms.NEIGHBOUR;
  static final int ACCOUNTS = 12;
  static final long MONEY = 1000;

  static final TableRules RULES =
      new TableRules(List.of("public"), "client_key", Map.of(), List.of());

  private static final String TABLES =
      """
      CREATE TABLE account (client_key text, id int, balance bigint NOT NULL,
                            PRIMARY KEY (client_key, id));
      CREATE TABLE counter (client_key text, writer text, value bigint NOT NULL,
                            PRIMARY KEY (client_key, writer));
      CREATE TABLE token (id text PRIMARY KEY, client_key text NOT NULL, writer text NOT NULL);
      CREATE INDEX ON token (client_key, id);
      CREATE TABLE folder (id text PRIMARY KEY, client_key text NOT NULL);
      CREATE TABLE paper (id text PRIMARY KEY,
                          folder_id text NOT NULL REFERENCES folder ON DELETE CASCADE);
      CREATE INDEX ON paper (folder_id);
      CREATE TABLE remark (id text PRIMARY KEY,
                           paper_id text NOT NULL REFERENCES paper ON DELETE CASCADE);
      CREATE INDEX ON remark (paper_id);
      """;

  private HistoryApp() {}

  static void create(Database realm) {
    realm.execute(TABLES);
  }

  /** Adds a tenant with accounts, and a counter, a folder and two papers for each writer. */
  static void addTenant(Database realm, String tenant, List<String> writers, int ballast) {
    realm.execute(
        "INSERT INTO account SELECT '%s', i, %d FROM generate_series(1, %d) AS i"
            .formatted(tenant, MONEY, ACCOUNTS));
    for (String writer : writers) {
      realm.execute(
          """
          INSERT INTO counter VALUES ('%1$s', '%2$s', 0);
          INSERT INTO folder VALUES ('%1$s-%2$s', '%1$s');
          INSERT INTO paper VALUES ('%1$s-%2$s-1', '%1$s-%2$s'), ('%1$s-%2$s-2', '%1$s-%2$s')
          """
              .formatted(tenant, writer));
    }
    // So that a copy takes its time, in many chunks.
    realm.execute(
        """
        INSERT INTO token SELECT '%1$s-ballast-' || i, '%1$s', 'ballast'
        FROM generate_series(1, %2$d) AS i;
        ANALYZE
        """
            .formatted(tenant, ballast));
  }

  /** The marks of the tenant's transactions. */
  static List<String> marks(Database realm) {
    return realm.list(
        """
        SELECT id FROM token WHERE client_key = '%1$s' AND writer <> 'ballast'
        UNION ALL
        SELECT r.id FROM remark AS r JOIN paper AS p ON p.id = r.paper_id
          JOIN folder AS f ON f.id = p.folder_id WHERE f.client_key = '%1$s'
        """
            .formatted(TENANT));
  }

  /** How many rows the tenant has in all tables together. */
  static long rows(Database realm) {
    return realm.number(
        """
        SELECT (SELECT count(*) FROM account WHERE client_key = '%1$s')
             + (SELECT count(*) FROM counter WHERE client_key = '%1$s')
             + (SELECT count(*) FROM token WHERE client_key = '%1$s')
             + (SELECT count(*) FROM folder WHERE client_key = '%1$s')
             + (SELECT count(*) FROM paper WHERE id LIKE '%1$s-%%')
             + (SELECT count(*) FROM remark WHERE paper_id LIKE '%1$s-%%')
        """
            .formatted(TENANT));
  }
}
