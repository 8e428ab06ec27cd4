package dev.domicile.sql;

import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationInfo;
import org.jspecify.annotations.Nullable;

/** A schema that Domicile keeps in a database, under the name {@value #NAME}. */
public enum DomicileSchema {
  /** Routes and migrations, in the control database. */
  CONTROL("control"),
  /** Chunks and checkpoints, in each realm database. */
  REALM("realm");

  /** The schema's name in either database. */
  public static final String NAME = "domicile";

  private final String folder;

  DomicileSchema(String folder) {
    this.folder = folder;
  }

  /**
   * Brings the schema to the newest version; does nothing if it is there.
   *
   * @return how many scripts were applied
   * @throws org.flywaydb.core.api.FlywayException if the database cannot be reached or refuses
   */
  public int migrate(DataSource database) {
    return flyway(database).migrate().migrationsExecuted;
  }

  /** How many scripts are still to be applied. */
  public int pending(DataSource database) {
    return flyway(database).info().pending().length;
  }

  /** The version that is there, or null if the schema is not. */
  public @Nullable String version(DataSource database) {
    MigrationInfo current = flyway(database).info().current();
    return current == null ? null : String.valueOf(current.getVersion());
  }

  private Flyway flyway(DataSource database) {
    return Flyway.configure(DomicileSchema.class.getClassLoader())
        .loggers("slf4j")
        .dataSource(database)
        .locations("classpath:dev/domicile/sql/" + folder)
        .defaultSchema(NAME)
        .createSchemas(true)
        .load();
  }
}
