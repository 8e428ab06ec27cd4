package dev.domicile.migrator;

import dev.domicile.migrator.MigrationException.InvalidRequest;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.router.DatabaseConfig;
import dev.domicile.sql.DomicileSchema;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.flywaydb.core.api.FlywayException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Domicile's own schemas in all configured databases. */
final class DomicileSchemas {
  private static final Logger LOG = LoggerFactory.getLogger(DomicileSchemas.class);

  private DomicileSchemas() {}

  static Map<String, Integer> init(MigratorConfig config, boolean dryRun) {
    Map<String, Integer> scripts = new LinkedHashMap<>();
    scripts.put("control", init("control", config.control(), DomicileSchema.CONTROL, dryRun));
    new TreeMap<>(config.realms())
        .forEach(
            (realm, database) -> {
              String name = "realms." + realm;
              scripts.put(name, init(name, database, DomicileSchema.REALM, dryRun));
            });
    return scripts;
  }

  private static int init(
      String name, DatabaseConfig database, DomicileSchema schema, boolean dryRun) {
    RealmSession.open(name, database).close();
    try {
      return dryRun
          ? schema.pending(database.unpooled("domicile-init"))
          : schema.migrate(database.unpooled("domicile-init"));
    } catch (FlywayException e) {
      LOG.debug("Flyway failed on {}", name, e);
      throw new InvalidRequest(
          "database "
              + name
              + " does not let "
              + database.user()
              + " create Domicile's tables; GRANT CREATE ON DATABASE to it");
    }
  }
}
