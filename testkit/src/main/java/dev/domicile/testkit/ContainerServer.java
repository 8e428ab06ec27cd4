package dev.domicile.testkit;

import org.testcontainers.postgresql.PostgreSQLContainer;

/** A server in a container, from the image that {@code domicile.test.postgres.image} names. */
final class ContainerServer implements PostgresServer {
  private final PostgreSQLContainer container =
      new PostgreSQLContainer(System.getProperty("domicile.test.postgres.image", "postgres:17"));

  ContainerServer() {
    container.setCommand("postgres", "-c", "wal_level=logical");
    container.start();
    Statements.createRole(admin());
  }

  @Override
  public Database admin() {
    return new Database(
        container.getDatabaseName(),
        container.getJdbcUrl(),
        container.getUsername(),
        container.getPassword());
  }

  @Override
  public void close() {
    container.stop();
  }
}
