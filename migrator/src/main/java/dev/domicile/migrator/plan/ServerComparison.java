package dev.domicile.migrator.plan;

import dev.domicile.migrator.Finding;
import dev.domicile.migrator.schema.Catalog;
import dev.domicile.migrator.schema.Column;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.router.Realm;
import java.util.ArrayList;
import java.util.List;

/** Compares what is so of a whole database: its server's version, its encoding, its collations. */
final class ServerComparison {
  private static final int OLDEST = 14;
  private static final int NEWEST = 18;
  private static final int NAMED = 3;

  private ServerComparison() {}

  static List<Finding> find(
      TableFacts source, TableFacts target, Catalog sourceCatalog, Catalog targetCatalog) {
    List<Finding> findings = new ArrayList<>();
    findings.addAll(version(source.realm(), version(source.session())));
    findings.addAll(version(target.realm(), version(target.session())));
    String here = encoding(source.session());
    String there = encoding(target.session());
    if (!here.equals(there)) {
      findings.add(
          Finding.error(
              "encoding-differs",
              "realms." + target.realm(),
              "has the encoding " + there + ", and " + source.realm() + " has " + here,
              "create the database anew with ENCODING '" + here + "'"));
    }
    List<String> apart = notProvenAlike(target, sourceCatalog, targetCatalog);
    if (!apart.isEmpty()) {
      findings.add(
          Finding.warning(
              "collation-differs",
              "realms." + target.realm(),
              "is not proven to sort texts as "
                  + source.realm()
                  + " does, in "
                  + apart.size()
                  + " columns such as "
                  + String.join(", ", apart.subList(0, Math.min(NAMED, apart.size()))),
              "see that the application does not mind; keys are compared by bytes"));
    }
    return findings;
  }

  /** What is to say about a server of that version. */
  static List<Finding> version(Realm realm, int version) {
    String subject = "realms." + realm;
    if (version < OLDEST) {
      return List.of(
          Finding.error(
              "server-version",
              subject,
              "is Postgres " + version + ", which is too old",
              "upgrade it to " + OLDEST + " or newer"));
    }
    return version > NEWEST
        ? List.of(
            Finding.warning(
                "server-version",
                subject,
                "is Postgres " + version + ", with which moves were never tried",
                "rehearse the move with a copy of the data"))
        : List.of();
  }

  private static List<String> notProvenAlike(
      TableFacts target, Catalog sourceCatalog, Catalog targetCatalog) {
    List<String> apart = new ArrayList<>();
    target
        .tables()
        .forEach(
            name -> {
              for (Column column : sourceCatalog.table(name).orElseThrow().columns()) {
                targetCatalog
                    .table(name)
                    .flatMap(table -> table.column(column.name()))
                    .filter(other -> !Collations.orderAlike(column.collation(), other.collation()))
                    .ifPresent(other -> apart.add(name + "." + column.name()));
              }
            });
    return apart;
  }

  private static int version(RealmSession session) {
    return (int) session.number("SELECT current_setting('server_version_num')::int / 10000");
  }

  private static String encoding(RealmSession session) {
    return session
        .first("SELECT current_setting('server_encoding')", row -> row.getString(1))
        .orElseThrow();
  }
}
