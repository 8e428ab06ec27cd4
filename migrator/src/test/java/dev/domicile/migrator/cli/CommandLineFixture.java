package dev.domicile.migrator.cli;

import dev.domicile.migrator.TwoRealms;
import dev.domicile.testkit.Database;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs verbs against two realms with a configuration file, as a user would. */
public final class CommandLineFixture {
  private final Path config;

  /** Writes the configuration into the folder. */
  public CommandLineFixture(Path folder, TwoRealms realms) throws IOException {
    this(folder, yaml(realms.control, realms.us, realms.eu));
  }

  /** Writes that configuration into the folder. */
  public CommandLineFixture(Path folder, String yaml) throws IOException {
    config = folder.resolve("domicile.yaml");
    write(yaml);
  }

  /** A configuration of these three databases, with small chunks. */
  public static String yaml(Database control, Database us, Database eu) {
    return """
    control:
    %s
    realms:
      US:
    %s
      EU:
    %s
    tables:
      shared: [label]
    copy:
      chunkRows: 50
    """
        .formatted(
            database(control).indent(2).stripTrailing(),
            database(us).indent(4).stripTrailing(),
            database(eu).indent(4).stripTrailing());
  }

  /** Replaces the configuration. */
  public void write(String yaml) throws IOException {
    Files.writeString(config, yaml);
  }

  /** Where the configuration is. */
  public Path config() {
    return config;
  }

  /** Runs a verb in this process. */
  public Outcome run(String... verb) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    List<String> arguments = new ArrayList<>(List.of(verb));
    arguments.add("--config");
    arguments.add(config.toString());
    int code =
        Main.run(
            new PrintWriter(out, true),
            new PrintWriter(err, true),
            arguments.toArray(String[]::new));
    return new Outcome(code, out.toString(), err.toString().lines().toList());
  }

  /** Runs a verb in a process of its own. */
  public Process start(String... verb) throws IOException {
    return startWith("-Xmx256m", verb);
  }

  /** The same with another heap. */
  public Process startWith(String heap, String... verb) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                heap,
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                Main.class.getName()));
    command.addAll(List.of(verb));
    command.addAll(List.of("--config", config.toString()));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.to(new File(config + ".log")))
        .start();
  }

  private static String database(Database database) {
    return "url: %s%nuser: %s%npassword: %s%n"
        .formatted(database.url(), database.user(), database.password());
  }

  /** What a verb left behind. */
  public record Outcome(int code, String out, List<String> errors) {}
}
