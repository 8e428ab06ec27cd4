package dev.domicile.testkit;

/**
 * A server that somebody else runs, named by {@code domicile.test.postgres.url} (a JDBC URL of its
 * maintenance database), {@code .user} and {@code .password} of a superuser.
 */
final class ExternalServer implements PostgresServer {
  private final Database admin;

  ExternalServer() {
    admin =
        new Database(
            "postgres",
            System.getProperty(
                "domicile.test.postgres.url", "jdbc:postgresql://localhost:5432/postgres"),
            System.getProperty("domicile.test.postgres.user", "postgres"),
            System.getProperty("domicile.test.postgres.password", "postgres"));
    Statements.createRole(admin);
  }

  @Override
  public Database admin() {
    return admin;
  }

  @Override
  public void close() {
    // It was not started here.
  }
}
