package dev.domicile.testkit;

/**
 * A running Postgres server on which databases can be made.
 *
 * <p>Databases belong to the role {@value #ROLE}, which is no superuser and has to show its
 * password, so that nothing passes here which a managed Postgres would refuse.
 */
public interface PostgresServer extends AutoCloseable {

  /** The ordinary role that owns the databases. */
  String ROLE = "app";

  /** The password of {@link #ROLE}. */
  String PASSWORD = "app-password";

  /** The maintenance database, opened by the superuser. */
  Database admin();

  /** Stops the server, if it was started here. */
  @Override
  void close();

  /** Creates an empty database owned by {@link #ROLE}; the name must be free. */
  default Database createDatabase(String name) {
    executeOnAdmin("CREATE DATABASE \"" + name + "\" OWNER " + ROLE + strategy());
    return new Database(name, urlOf(name), ROLE, PASSWORD);
  }

  /**
   * Creates a database with all that the template holds; nobody may be connected to the template.
   */
  default Database cloneDatabase(String name, Database template) {
    executeOnAdmin(
        "CREATE DATABASE \"%s\" TEMPLATE \"%s\" OWNER %s".formatted(name, template.name(), ROLE)
            + strategy());
    return new Database(name, urlOf(name), ROLE, PASSWORD);
  }

  /** How {@code CREATE DATABASE} is to copy its template, as a clause that begins with a space. */
  default String strategy() {
    return "";
  }

  /** Drops the database and every connection to it. */
  default void dropDatabase(Database database) {
    executeOnAdmin("DROP DATABASE IF EXISTS \"" + database.name() + "\" WITH (FORCE)");
  }

  /** The same database, opened by the server's superuser. */
  default Database asSuperuser(Database database) {
    return database.as(admin().user(), admin().password());
  }

  private String urlOf(String name) {
    return admin().url().replaceFirst("/[^/?]*(\\?.*)?$", "/" + name);
  }

  private void executeOnAdmin(String sql) {
    Statements.runOutsideTransaction(admin(), sql);
  }
}
