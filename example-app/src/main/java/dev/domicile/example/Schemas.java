package dev.domicile.example;

import dev.domicile.migrator.Migrator;
import dev.domicile.migrator.MigratorConfig;
import dev.domicile.router.flyway.ApplicationSchema;
import dev.domicile.router.flyway.SchemaReport;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.springframework.stereotype.Component;

/** Brings every database to the version that this app needs, before it serves anybody. */
@Component
final class Schemas {

  Schemas(MigratorConfig config) {
    new Migrator(config, "example").init(false);
    DataSource control = config.control().unpooled("example-schema");
    Flyway.configure().dataSource(control).locations("classpath:db/control").load().migrate();
    SchemaReport report =
        new ApplicationSchema(config.realms(), flyway -> flyway.locations("classpath:db/realm"))
            .migrate();
    if (!report.isLevel()) {
      throw new IllegalStateException("not every realm has the schema: " + report);
    }
  }
}
