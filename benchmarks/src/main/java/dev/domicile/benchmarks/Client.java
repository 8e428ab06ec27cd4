package dev.domicile.benchmarks;

import dev.domicile.testkit.Database;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** A program of Postgres that opens a database, such as {@code psql}, as found on the PATH. */
final class Client {
  private Client() {}

  /** What the program says of its version; empty if there is none. */
  static String version(String program) {
    try {
      Process process = new ProcessBuilder(program, "--version").start();
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      return "";
    }
  }

  /** A call of the program, which finds the database and the role in its environment. */
  static ProcessBuilder of(Database database, String... call) {
    ProcessBuilder builder = new ProcessBuilder(call);
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    URI address = URI.create(database.url().substring("jdbc:".length()));
    builder.environment().put("PGHOST", address.getHost());
    builder.environment().put("PGPORT", String.valueOf(address.getPort()));
    builder.environment().put("PGDATABASE", address.getPath().substring(1));
    builder.environment().put("PGUSER", database.user());
    builder.environment().put("PGPASSWORD", database.password());
    return builder;
  }
}
