package dev.domicile.example;

import dev.domicile.router.RouterConfig;
import dev.domicile.router.flyway.ApplicationSchema;
import dev.domicile.router.flyway.SchemaReport;
import dev.domicile.sql.DomicileSchema;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.springframework.stereotype.Component;

/** Brings every database to the version that this app needs, before it serves anybody. */
@Component
final class Schemas {

  Schemas(RouterConfig config) {
    DataSource control = config.control().unpooled("example-schema");
    DomicileSchema.CONTROL.migrate(control);
    Flyway.configure().dataSource(control).locations("classpath:db/control").load().migrate();
    SchemaReport report =
        new ApplicationSchema(config.realms(), flyway -> flyway.locations("classpath:db/realm"))
            .migrate();
    if (!report.isLevel()) {
      throw new IllegalStateException("not every realm has the schema: " + report);
    }
  }
}
