package dev.domicile.router;

import dev.domicile.testkit.Database;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A process of PgBouncer before a database, which lends connections by transaction. */
final class PgBouncer implements AutoCloseable {
  private final Database server;
  private final int port;
  private final Process process;

  /**
   * Starts the program.
   *
   * @param command the program, perhaps after one that runs it as another user than root, which it
   *     does not like; split at spaces
   */
  PgBouncer(String command, Database server, Path folder) {
    this.server = server;
    URI address = URI.create(server.url().substring("jdbc:".length()));
    try {
      try (ServerSocket free = new ServerSocket(0)) {
        port = free.getLocalPort();
      }
      Path settings = folder.resolve("pgbouncer.ini");
      Files.writeString(
          settings,
          """
          [databases]
          * = host=127.0.0.1 port=%d user=%s password=%s
          [pgbouncer]
          listen_addr = 127.0.0.1
          listen_port = %d
          unix_socket_dir =
          auth_type = any
          pool_mode = transaction
          default_pool_size = 3
          ignore_startup_parameters = extra_float_digits
          """
              .formatted(address.getPort(), server.user(), server.password(), port));
      // Another user may run it.
      if (!folder.toFile().setExecutable(true, false)
          || !settings.toFile().setReadable(true, false)) {
        throw new IOException("PgBouncer cannot be let at its settings");
      }
      List<String> words = new ArrayList<>(List.of(command.split(" ")));
      words.add(settings.toString());
      process =
          new ProcessBuilder(words)
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("pgbouncer.log").toFile())
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot start PgBouncer", e);
    }
  }

  Database database() {
    String url = "jdbc:postgresql://127.0.0.1:" + port + "/" + server.name();
    return new Database(server.name(), url, server.user(), server.password());
  }

  @Override
  public void close() {
    process.destroy();
  }
}
