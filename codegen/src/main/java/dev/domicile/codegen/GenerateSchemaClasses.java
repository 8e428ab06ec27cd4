package dev.domicile.codegen;

import dev.domicile.testkit.Database;
import dev.domicile.testkit.EmbeddedServer;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.stream.Stream;
import org.flywaydb.core.Flyway;
import org.jooq.codegen.GenerationTool;
import org.jooq.meta.jaxb.Configuration;
import org.jooq.meta.jaxb.Generate;
import org.jooq.meta.jaxb.Generator;
import org.jooq.meta.jaxb.Jdbc;
import org.jooq.meta.jaxb.Logging;
import org.jooq.meta.jaxb.Target;

/** Applies the Flyway scripts to an embedded Postgres and lets jOOQ read the result. */
public final class GenerateSchemaClasses {
  private static final List<String> SCHEMAS = List.of("control", "realm");

  private GenerateSchemaClasses() {}

  /**
   * Generates the packages {@code dev.domicile.sql.control} and {@code dev.domicile.sql.realm};
   * does nothing if neither scripts nor jOOQ changed since the last run.
   *
   * @param args the folder of the scripts, the folder for the sources, and the version of Postgres
   *     that must answer: a plugin's class path can hold another one unnoticed
   */
  public static void main(String[] args) throws Exception {
    Path scripts = Path.of(args[0]);
    Path output = Path.of(args[1]);
    Path stamp = output.resolve("generated.sha256");
    String fingerprint = fingerprint(scripts);
    if (Files.exists(stamp) && Files.readString(stamp).equals(fingerprint)) {
      return;
    }
    try (EmbeddedServer server = EmbeddedServer.start()) {
      String version = server.admin().list("SHOW server_version").get(0);
      if (!args[2].startsWith(version)) {
        throw new IllegalStateException("Postgres " + version + " runs, expected " + args[2]);
      }
      for (String schema : SCHEMAS) {
        generate(server.createDatabase(schema), schema, scripts.resolve(schema), output);
      }
    }
    Files.writeString(stamp, fingerprint);
  }

  private static void generate(Database database, String name, Path scripts, Path output)
      throws Exception {
    Flyway.configure()
        .loggers("slf4j")
        .dataSource(database.url(), database.user(), database.password())
        .locations("filesystem:" + scripts)
        .defaultSchema("domicile")
        .createSchemas(true)
        .load()
        .migrate();
    GenerationTool.generate(
        new Configuration()
            .withLogging(Logging.WARN)
            .withJdbc(
                new Jdbc()
                    .withUrl(database.url())
                    .withUser(database.user())
                    .withPassword(database.password()))
            .withGenerator(
                new Generator()
                    .withDatabase(
                        new org.jooq.meta.jaxb.Database()
                            .withInputSchema("domicile")
                            .withExcludes("flyway_schema_history")
                            .withIncludeRoutines(false))
                    .withGenerate(
                        new Generate()
                            .withJavaTimeTypes(true)
                            .withGlobalObjectReferences(true)
                            .withJavadoc(false))
                    .withTarget(
                        new Target()
                            .withPackageName("dev.domicile.sql." + name)
                            .withDirectory(output.toString()))));
  }

  private static String fingerprint(Path scripts) throws IOException, NoSuchAlgorithmException {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    digest.update(org.jooq.Constants.FULL_VERSION.getBytes(StandardCharsets.UTF_8));
    try (Stream<Path> files = Files.walk(scripts)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        digest.update(file.getFileName().toString().getBytes(StandardCharsets.UTF_8));
        digest.update(Files.readAllBytes(file));
      }
    }
    return new BigInteger(1, digest.digest()).toString(16);
  }
}
